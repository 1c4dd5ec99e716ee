import './text/runs.js';
import { h, replace } from './dom.js';
import { n, t } from './i18n.js';
import { duration, num, time } from './format.js';
import { known, runs, subscribe } from './live.js';

const searchable = 10;

export const badge = (state) => h('span', { class: 'badge', dataset: { state } }, t('runs.state.' + state));

export const through = (run) => run.completed + run.failed + run.blocked + run.skipped;

// share is how much of a run is done, from 0 to 1. Of a live one, its jobs tell.
export function share(run) {
  if (run.state === 'completed') return 1;
  const live = run.live?.jobs ? run.live.done / run.live.jobs : 0;
  return Math.min(1, Math.max(live, run.rows ? through(run) / run.rows : 0));
}

function bar(run) {
  const inner = h('span');
  inner.style.width = share(run) * 100 + '%';
  return h('div', { class: 'progress', role: 'progressbar', 'aria-label': t('runs.progress'), 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-valuenow': Math.floor(share(run) * 100) }, inner);
}

function item(run) {
  const figures = [
    run.rows ? t('runs.ofRows', { done: num(through(run)), rows: num(run.rows) }) : '–',
    run.live?.eta != null && run.state === 'running' ? `${t('runs.eta').toLowerCase()} ${duration(run.live.eta)}` : '',
  ];
  return h('li', { class: 'runs-item', dataset: { id: run.id } },
    h('div', { class: 'runs-name' },
      h('a', { href: '/runs/' + run.id }, run.name),
      h('span', { class: 'row' }, badge(run.state), run.live && !run.here && h('span', { class: 'chip' }, t('runs.elsewhere')), run.sandbox && h('span', { class: 'chip' }, t('runs.sandbox')))),
    h('div', { class: 'runs-bar' }, bar(run), h('span', { class: 'num muted' }, figures.filter(Boolean).join(' · '))),
    h('div', { class: 'runs-when muted num' },
      run.failed + run.blocked > 0 && h('span', { class: 'runs-bad' }, n('runs.nFailed', run.failed + run.blocked)),
      h('span', null, time(run.started))));
}

export default {
  title: 'runs.title',
  render(root, params, nav) {
    const list = h('ul', { class: 'runs-list panel' });
    const search = h('input', { class: 'input runs-search', type: 'search', 'aria-label': t('runs.search'), placeholder: t('runs.search'), hidden: true, on: { input: () => draw() } });
    const none = h('div', { class: 'empty panel', hidden: true }, h('h2', null, t('runs.none')), h('p', null, t('runs.noneText')),
      h('a', { class: 'button primary', href: '/new' }, t('runs.begin')));
    const noMatch = h('p', { class: 'muted', hidden: true, role: 'status' }, t('runs.noMatch'));
    replace(root, h('div', { class: 'stack runs' },
      h('div', { class: 'toolbar runs-head' }, h('div', null, h('h1', null, t('runs.title')), h('p', { class: 'muted' }, t('runs.intro'))), h('a', { class: 'button primary', href: '/new' }, t('runs.begin'))),
      search, list, noMatch, none));
    replace(list, Array.from({ length: 3 }, () => h('li', { class: 'runs-item' }, h('div', { class: 'skeleton' }))));

    function draw() {
      if (!known()) return;
      const all = [...runs()].sort((x, y) => (x.started < y.started ? 1 : x.started > y.started ? -1 : 0));
      const wanted = search.value.trim().toLowerCase();
      const found = all.filter((r) => r.name.toLowerCase().includes(wanted));
      search.hidden = all.length <= searchable;
      none.hidden = all.length > 0;
      list.hidden = found.length === 0;
      noMatch.hidden = all.length === 0 || found.length > 0;
      const focused = document.activeElement?.closest?.('.runs-item')?.dataset.id;
      replace(list, found.map(item));
      if (focused) list.querySelector(`[data-id="${focused}"] a`)?.focus({ preventScroll: true });
    }

    function one(run) {
      const old = list.querySelector(`[data-id="${run.id}"]`);
      if (!old) return draw();
      const had = old.contains(document.activeElement);
      const fresh = item(run);
      old.replaceWith(fresh);
      if (had) fresh.querySelector('a').focus({ preventScroll: true });
    }

    return subscribe((e) => {
      if (e.type === 'runs') draw();
      if (e.type === 'run') one(e.run);
    });
  },
};

export { bar };
