import './text/tables.js';
import { say } from './answer-ui.js';
import { download } from './api.js';
import { toast } from './dialog.js';
import { h, replace } from './dom.js';
import { bytes, duration, num, time, visible } from './format.js';
import { n, t } from './i18n.js';
import { menu } from './menu.js';
import { badge, bar, isAlive, marks, through } from './run-parts.js';
import { spentText } from './run-spend.js';
import { pastRuns } from './tables-runs.js';

// figures describes the last run of a table in a line.
function figures(run) {
  if (!run) return t('tables.notAsked');
  if (!run.rows) return [isAlive(run) && t('runs.why.planning'), run.error?.error].filter(Boolean).join(' · ');
  const left = run.state === 'running' && run.live?.eta != null && t('tables.left', { time: duration(run.live.eta) });
  const waits = run.in_batches > 0 && n('runs.inBatches', run.in_batches);
  return [t('runs.ofRows', { done: num(through(run)), rows: num(run.rows) }), left, waits, spentText(run)].filter(Boolean).join(' · ');
}

const trouble = (run) => [run?.failed > 0 && n('tables.nFailed', run.failed), run?.blocked > 0 && n('runs.nBlocked', run.blocked)].filter(Boolean).join(' · ');

// item is a table in the list. It is updated in place, since a click on a replaced element would be lost.
export function item(id) {
  const folder = h('span', { class: 'muted' });
  const name = h('span');
  const link = h('a', { class: 'tables-link', href: '/tables/' + encodeURIComponent(id) }, folder, name);
  const facts = h('span', { class: 'muted num' });
  const state = badge();
  const more = h('span', { class: 'tables-marks' });
  const progress = bar();
  const how = h('span', { class: 'num muted' });
  const bad = h('span', { class: 'tables-bad' });
  const when = h('time');
  const actions = h('div', { class: 'tables-actions' });
  const past = pastRuns(id);
  const node = h('li', { class: 'tables-item', dataset: { id } },
    h('div', { class: 'tables-name' }, link, h('span', { class: 'tables-facts' }, facts, past.opener, more)),
    h('div', { class: 'tables-bar' }, progress.node, h('span', { class: 'tables-figures' }, state.node, how, bad)), h('div', { class: 'tables-when muted num' }, when), actions, past.node);
  let told = '';

  function update(table) {
    const { run } = table;
    const shown = visible(table.name);
    const slash = shown.lastIndexOf('/') + 1;
    say(folder, shown.slice(0, slash));
    say(name, shown.slice(slash));
    say(facts, [table.format && t('tables.format.' + table.format), table.size > 0 && bytes(table.size)].filter(Boolean).join(' · '));
    state.node.hidden = progress.node.hidden = !run;
    if (run) {
      state.update(run.state);
      progress.update(run);
    }
    say(how, figures(run));
    say(bad, trouble(run));
    when.dateTime = run?.started ?? table.modified;
    say(when, t(run ? 'tables.started' : 'tables.modified', { time: time(when.dateTime) }));
    marks(more, run, table.job ? [[t('tables.job'), t('tables.jobWhy', { name: visible(table.job) })]] : []);
    past.update(table);
    const now = JSON.stringify([run && run.state !== 'unreadable', shown]);
    if (now === told) return;
    told = now;
    replace(actions, run && run.state !== 'unreadable' && actionsOf(id, shown));
  }

  return { node, link, update, turn: past.turn };
}

function actionsOf(id, name) {
  const path = '/api/runs/' + encodeURIComponent(id);
  const save = (format, text) => h('button', { type: 'button', on: { click: () => download(`${path}/output?format=${format}`).catch((error) => toast(error.message, 'bad')) } }, t(text));
  return menu(t('tables.actions', { name }), h('a', { href: `/tables/${encodeURIComponent(id)}/report` }, t('tables.report')),
    save('xlsx', 'tables.asXLSX'), save('csv', 'tables.asCSV'), save('jsonl', 'tables.asJSONL'));
}
