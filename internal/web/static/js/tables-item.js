import './text/tables.js';
import { download } from './api.js';
import { toast } from './dialog.js';
import { h, replace } from './dom.js';
import { bytes, duration, num, rubles, time, visible } from './format.js';
import { n, t } from './i18n.js';
import { menu } from './menu.js';

const alive = ['planning', 'connecting', 'running', 'paused', 'stopping', 'writing'];

export const isAlive = (run) => Boolean(run) && alive.includes(run.state);

const through = (run) => run.completed + run.failed + run.blocked + run.skipped;

// share returns how much of a run is done, from 0 to 1. For a live run, requests count, too.
function share(run) {
  if (run.state === 'completed') return 1;
  const live = run.live?.jobs ? run.live.done / run.live.jobs : 0;
  return Math.min(1, Math.max(live, run.rows ? through(run) / run.rows : 0));
}

function cost({ spent, sandbox }) {
  if (!spent?.prices_of && !spent?.cost_rub) return '';
  return t(sandbox ? 'tables.atRealPrices' : 'tables.costs', { cost: '≈\u202f' + rubles(spent.cost_rub) });
}

// figures describes the last run of a table in a line.
function figures(run) {
  if (!run) return t('tables.notAsked');
  if (!run.rows) return [isAlive(run) && t('tables.reading'), run.error?.error].filter(Boolean).join(' · ');
  const left = run.state === 'running' && run.live?.eta != null && t('tables.left', { time: duration(run.live.eta) });
  const waits = run.in_batches > 0 && n('tables.inBatches', run.in_batches);
  return [t('tables.ofRows', { done: num(through(run)), rows: num(run.rows) }), left, waits, cost(run)].filter(Boolean).join(' · ');
}

const trouble = (run) => [run?.failed > 0 && n('tables.nFailed', run.failed), run?.blocked > 0 && n('tables.nBlocked', run.blocked)].filter(Boolean).join(' · ');

// marks returns what is special about a table: [text, explanation].
function marks({ run, job }) {
  const foreign = isAlive(run) && !run.here && [t('tables.elsewhere'), t(run.live?.steered ? 'tables.steeredWhy' : 'tables.elsewhereWhy')];
  return [foreign, run?.sandbox && [t('tables.sandbox'), t('tables.sandboxWhy')], job && [t('tables.job'), t('tables.jobWhy', { name: visible(job) })]].filter(Boolean);
}

const tell = (node, text) => { if (node.textContent !== text) node.textContent = text; };

// item is a table in the list. It is updated in place, since a click on a replaced element would be lost.
export function item(id) {
  const folder = h('span', { class: 'muted' });
  const name = h('span');
  const link = h('a', { class: 'tables-link', href: '/tables/' + encodeURIComponent(id) }, folder, name);
  const facts = h('span', { class: 'muted num' });
  const state = h('span', { class: 'badge' });
  const more = h('span', { class: 'tables-marks' });
  const inner = h('span');
  const progress = h('div', { class: 'progress', role: 'progressbar', 'aria-label': t('tables.progress'), 'aria-valuemin': 0, 'aria-valuemax': 100 }, inner);
  const how = h('span', { class: 'num muted' });
  const bad = h('span', { class: 'tables-bad' });
  const when = h('time');
  const actions = h('div', { class: 'tables-actions' });
  const node = h('li', { class: 'tables-item', dataset: { id } },
    h('div', { class: 'tables-name' }, link, h('span', { class: 'tables-facts' }, facts, more)),
    h('div', { class: 'tables-bar' }, progress, h('span', { class: 'tables-figures' }, state, how, bad)), h('div', { class: 'tables-when muted num' }, when), actions);
  let told = '';

  function update(table) {
    const { run } = table;
    const shown = visible(table.name);
    const slash = shown.lastIndexOf('/') + 1;
    tell(folder, shown.slice(0, slash));
    tell(name, shown.slice(slash));
    tell(facts, [table.format && t('tables.format.' + table.format), table.size > 0 && bytes(table.size), table.runs > 1 && n('tables.nRuns', table.runs)].filter(Boolean).join(' · '));
    state.hidden = progress.hidden = !run;
    if (run && state.dataset.state !== run.state) { // its pulse would restart
      state.dataset.state = run.state;
      state.textContent = t('tables.state.' + run.state);
    }
    if (run) {
      inner.style.width = share(run) * 100 + '%';
      progress.setAttribute('aria-valuenow', Math.floor(share(run) * 100));
      progress.dataset.live = String(isAlive(run));
    }
    tell(how, figures(run));
    tell(bad, trouble(run));
    when.dateTime = run?.started ?? table.modified;
    tell(when, t(run ? 'tables.started' : 'tables.modified', { time: time(when.dateTime) }));
    const now = JSON.stringify([marks(table), Boolean(run), shown]);
    if (now === told) return;
    told = now;
    replace(more, marks(table).map(([text, why]) => h('span', { class: 'tables-mark', title: why }, text)));
    replace(actions, run && run.state !== 'unreadable' && actionsOf(id, shown));
  }

  return { node, link, update };
}

function actionsOf(id, name) {
  const path = '/api/runs/' + encodeURIComponent(id);
  const save = (format, text) => h('button', { type: 'button', on: { click: () => download(`${path}/output?format=${format}`).catch((error) => toast(error.message, 'bad')) } }, t(text));
  return menu(t('tables.actions', { name }), h('a', { href: `/tables/${encodeURIComponent(id)}/report` }, t('tables.report')),
    save('xlsx', 'tables.asXLSX'), save('csv', 'tables.asCSV'), save('jsonl', 'tables.asJSONL'));
}
