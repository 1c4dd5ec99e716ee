import './text/runs.js';
import { h, replace } from './dom.js';
import { num, time } from './format.js';
import { n, t } from './i18n.js';

const most = 50; // batches in the table

// batchState returns what the service says of a batch, in the language of the page if the word is known.
function batchState({ id, status }) {
  if (!id) return t('runs.batchUnsure');
  const key = 'runs.batch.' + status;
  return !status ? t('runs.batchThere') : t(key) === key ? status : t(key);
}

// linesOf returns how many lines of batches there are, and how many are done.
export function linesOf(batches) {
  const sum = (name) => batches.reduce((x, b) => x + (b[name] ?? 0), 0);
  return { lines: sum('lines'), done: sum('done') };
}

// onlyWaits reports whether a run waits for batches and sends no requests meanwhile.
export const onlyWaits = (run) => run.batches?.length > 0 && !(run.live?.in_flight > 0);

// batchesCard lists the open batches of a run.
export function batchesCard() {
  const title = h('h2', { class: 'bars-title', id: 'run-batches' });
  const body = h('tbody');
  const more = h('p', { class: 'help', hidden: true });
  const head = ['runs.batch', 'runs.state', 'runs.batchDone', 'runs.batchPosted'].map((name, i) => h('th', { scope: 'col', class: i > 1 ? 'num' : null }, t(name)));
  const node = h('section', { class: 'card stack run-batches', hidden: true, 'aria-labelledby': title.id }, title,
    h('div', { class: 'run-batches-box', tabindex: 0, role: 'group', 'aria-labelledby': title.id }, h('table', { class: 'table' }, h('thead', null, h('tr', null, head)), body)), more);
  let drawn = '';
  return {
    node,
    update({ batches = [], live }) {
      node.hidden = batches.length === 0;
      const told = JSON.stringify([batches, Boolean(live)]);
      if (told === drawn) return;
      drawn = told;
      const { lines } = linesOf(batches);
      title.textContent = n('runs.batchesTitle', batches.length, { lines: num(lines) });
      more.hidden = batches.length <= most;
      more.textContent = more.hidden ? '' : n('runs.batchesMore', batches.length - most);
      replace(body, batches.slice(0, most).map((b) => h('tr', null,
        h('td', null, b.id ? h('code', { title: b.id }, b.id.length > 12 ? b.id.slice(0, 8) + '…' : b.id) : '–'), h('td', null, batchState(b)),
        h('td', { class: 'num' }, live ? t('runs.ofRows', { done: num(b.done ?? 0), rows: num(b.lines) }) : num(b.lines)), h('td', { class: 'num' }, time(b.posted)))));
    },
  };
}
