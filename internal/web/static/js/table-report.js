import './text/runs.js';
import { download, ticket } from './api.js';
import { problem, toast } from './dialog.js';
import { h, replace } from './dom.js';
import { visible } from './format.js';
import { t } from './i18n.js';
import { run as known } from './live.js';
import { isAlive } from './run-parts.js';

// The report is a page of its own, which is shown in a frame as tall as the report.
export default {
  title: 'runs.report',
  render(root, { id }) {
    const path = '/api/runs/' + encodeURIComponent(id);
    const name = known(id) ? visible(known(id).name) : t('runs.one');
    const errors = h('div', { class: 'stack' });
    const frame = h('iframe', { class: 'report-frame', title: t('runs.report'), on: { load: loaded } });
    const fresh = h('button', { class: 'button', type: 'button', hidden: known(id) && !isAlive(known(id)), on: { click: load } }, t('runs.reportAgain'));
    const save = h('button', { class: 'button', type: 'button', on: { click: () => download(path + '/report?save').catch((error) => toast(error.message, 'bad')) } }, t('runs.reportSave'));
    const sizes = new ResizeObserver(() => requestAnimationFrame(fit));
    replace(root, h('div', { class: 'stack report' }, h('h1', { class: 'visually-hidden' }, t('runs.report')),
      h('div', { class: 'toolbar report-head' }, h('a', { class: 'run-back', href: '/tables/' + encodeURIComponent(id) }, '← ', name), h('div', { class: 'row' }, fresh, save)), errors, frame));

    async function load() {
      replace(errors);
      frame.hidden = false;
      root.setAttribute('aria-busy', 'true');
      try {
        frame.src = await ticket(path + '/report?frame');
      } catch (error) {
        fail(error);
      }
    }

    // loaded shows what the server answered instead of a report, if it did.
    function loaded() {
      const inside = frame.contentDocument;
      if (!frame.src || !inside) return;
      root.removeAttribute('aria-busy');
      if (inside.contentType === 'application/json') return void fail(JSON.parse(inside.body.textContent));
      sizes.disconnect();
      sizes.observe(inside.documentElement);
      fit();
    }

    function fit() {
      const inside = frame.contentDocument?.documentElement;
      if (inside) frame.style.height = inside.getBoundingClientRect().height + 'px';
    }

    function fail(error) {
      root.removeAttribute('aria-busy');
      frame.hidden = true;
      replace(errors, problem(error), h('div', null, h('button', { class: 'button small', type: 'button', on: { click: load } }, t('common.again'))));
    }

    load();
    return () => sizes.disconnect();
  },
};
