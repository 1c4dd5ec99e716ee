import './text/tables.js';
import { get } from './api.js';
import { problem } from './dialog.js';
import { h, replace } from './dom.js';
import { num, time, visible } from './format.js';
import { n, t } from './i18n.js';
import { badge, isAlive } from './run-parts.js';
import { spentText } from './run-spend.js';

const open = new Set(); // the ids of the tables whose lists are open, also when the page is drawn anew

// pastRuns is the list of all runs of a table in the list, the newest first, with the button that opens it.
export function pastRuns(id) {
  const node = h('div', { class: 'tables-past', id: 'tables-past-' + id, hidden: true });
  const opener = h('button', { class: 'tables-opener', type: 'button', hidden: true, 'aria-expanded': 'false', 'aria-controls': node.id, on: { click: () => turn(node.hidden) } });
  let table = null;
  let loaded = ''; // what the list was loaded for
  let runs = null;

  // turn opens or closes the list, and reports whether that changed something.
  function turn(on) {
    if (opener.hidden || node.hidden !== on) return false;
    if (!on && node.contains(document.activeElement)) opener.focus();
    node.hidden = !on;
    open[on ? 'add' : 'delete'](id);
    opener.setAttribute('aria-expanded', String(on));
    if (on) update(table);
    return true;
  }

  async function load() {
    try {
      const answer = await get(`/api/tables/${encodeURIComponent(id)}/runs`);
      runs = answer.runs;
      draw(answer.more);
    } catch (error) {
      loaded = '';
      replace(node, problem(error));
    }
  }

  function draw(more) {
    const list = runs.map((run) => entry(run, `/tables/${encodeURIComponent(id)}?version=${run.version}&run=${run.run}`));
    replace(node, h('ol', { class: 'tables-runs', 'aria-label': t('tables.runsOf', { name: visible(table.name) }) }, list),
      h('p', { class: 'help' }, more && [t('tables.moreRuns'), ' '], h('a', { href: `/tables/${encodeURIComponent(id)}/report` }, t('tables.report'))));
  }

  function update(now) {
    table = now;
    opener.hidden = !now.runs;
    opener.textContent = n('tables.nRuns', now.runs);
    if (node.hidden) return void (open.has(id) && turn(true));
    const wanted = JSON.stringify([now.runs, now.run?.state, now.run?.started, now.run?.ended]);
    if (wanted === loaded) return;
    loaded = wanted;
    load();
  }

  return { node, opener, update, turn };
}

// entry is a run in the list, which leads to the table with what that run asked. What one in progress has done so far is said above the list.
function entry(run, to) {
  const state = badge();
  state.update(run.state);
  const counts = !isAlive(run) && [
    t('runs.ofRows', { done: num(run.completed + run.failed + run.skipped), rows: num(run.rows) }), run.failed > 0 && n('tables.nFailed', run.failed), spentText(run),
  ];
  return h('li', null,
    h('span', { class: 'num' }, t('tables.runNumber', { n: num(run.run) })), h('time', { class: 'num', datetime: run.started }, time(run.started)),
    h('a', { class: 'tables-asked', href: to, title: run.prompt },
      h('b', null, run.columns.map(visible).join(', ')), ' ', h('span', { class: 'muted' }, run.prompt)),
    h('span', { class: 'tables-figures' }, run.trial ? h('span', { class: 'badge', dataset: { state: 'tried' } }, t('tables.trial')) : state.node,
      run.sandbox && h('span', { class: 'run-mark', title: t('runs.sandboxWhy') }, t('runs.sandbox')), counts && h('span', { class: 'num muted' }, counts.filter(Boolean).join(' · '))));
}
