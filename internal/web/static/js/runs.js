import './text/runs.js';
import { h, replace } from './dom.js';
import { n, t } from './i18n.js';
import { duration, num, time, visible } from './format.js';
import { known, runs, subscribe } from './live.js';
import { spentText } from './run-spend.js';
import { badge, bar, isAlive, marks, through } from './run-parts.js';

const searchable = 10;

// figures describes the progress of a run in a line.
function figures(run) {
  if (!run.rows) return t(isAlive(run) ? 'runs.why.planning' : 'runs.unknownRows');
  const left = run.state === 'running' && run.live?.eta != null && t('runs.left', { time: duration(run.live.eta) });
  const waits = run.in_batches > 0 && n('runs.inBatches', run.in_batches);
  return [t('runs.ofRows', { done: num(through(run)), rows: num(run.rows) }), left, waits, spentText(run)].filter(Boolean).join(' · ');
}

const trouble = (run) => [run.failed > 0 && n('runs.nFailed', run.failed), run.blocked > 0 && n('runs.nBlocked', run.blocked)].filter(Boolean).join(' · ');

// item is a run in the list. It is updated in place, since a click on a replaced element would be lost.
function item(id) {
  const link = h('a', { href: '/runs/' + encodeURIComponent(id) });
  const state = badge();
  const more = h('span', { class: 'row run-marks' });
  const progress = bar();
  const how = h('span', { class: 'num muted' });
  const bad = h('span', { class: 'runs-bad' });
  const when = h('time');
  const node = h('li', { class: 'runs-item', dataset: { id } },
    h('div', { class: 'runs-name' }, link, h('span', { class: 'row' }, state.node, more)),
    h('div', { class: 'runs-bar' }, progress.node, how), h('div', { class: 'runs-when muted num' }, bad, when));
  return {
    node,
    update(run) {
      link.textContent = visible(run.name);
      state.update(run.state);
      progress.update(run);
      marks(more, run);
      how.textContent = figures(run);
      bad.textContent = trouble(run);
      when.textContent = time(run.started);
      when.dateTime = run.started;
    },
  };
}

const newestFirst = (x, y) => (x.started < y.started ? 1 : x.started > y.started ? -1 : 0);

export default {
  title: 'runs.title',
  render(root) {
    const items = new Map();
    const list = h('ul', { class: 'runs-list panel', 'aria-label': t('runs.title') });
    const search = h('input', { class: 'input runs-search', type: 'search', 'aria-label': t('runs.search'), placeholder: t('runs.search'), hidden: true, on: { input: () => draw() } });
    const none = h('div', { class: 'empty panel', hidden: true }, h('h2', null, t('runs.none')), h('p', null, t('runs.noneText')),
      h('a', { class: 'button primary', href: '/new' }, t('runs.begin')));
    const noMatch = h('p', { class: 'muted', role: 'status' });
    replace(root, h('div', { class: 'stack runs' },
      h('div', { class: 'toolbar runs-head' }, h('div', null, h('h1', null, t('runs.title')), h('p', { class: 'muted' }, t('runs.intro'))), h('a', { class: 'button primary', href: '/new' }, t('runs.begin'))),
      search, noMatch, list, none));
    replace(list, Array.from({ length: 3 }, () => h('li', { class: 'runs-item' }, h('div', { class: 'skeleton' }))));

    function draw() {
      if (!known()) return;
      const all = [...runs()].sort(newestFirst);
      search.hidden = all.length <= searchable && !search.value;
      const wanted = search.value.trim().toLowerCase();
      const found = all.filter((run) => run.name.toLowerCase().includes(wanted));
      none.hidden = all.length > 0;
      list.hidden = found.length === 0;
      noMatch.textContent = all.length > 0 && found.length === 0 ? t('runs.noMatch') : '';
      place(found);
    }

    // place moves only the items whose place has changed, since moving loses the focus.
    function place(found) {
      for (const [id, one] of items) if (!found.some((run) => run.id === id)) { one.node.remove(); items.delete(id); }
      for (const node of [...list.children]) if (!node.dataset.id) node.remove();
      found.forEach((run, i) => {
        if (!items.has(run.id)) items.set(run.id, item(run.id));
        const one = items.get(run.id);
        one.update(run);
        if (list.children[i] !== one.node) list.insertBefore(one.node, list.children[i] ?? null);
      });
    }

    return subscribe((e) => {
      if (e.type === 'runs' || (e.type === 'run' && !items.has(e.run.id))) draw();
      else if (e.type === 'run') items.get(e.run.id).update(e.run);
    });
  },
};
