import './text/table.js';
import './text/runs.js';
import { h } from './dom.js';
import { num } from './format.js';
import { t } from './i18n.js';

const most = 3; // values in a header

// sign marks a column by which the rows are sorted or filtered.
function sign(store, id) {
  const sorted = store.query.sort.find((s) => s.column === id);
  const filtered = store.query.filters.some((f) => f.column === id);
  return (sorted || filtered) && h('span', { class: 'tb-sign' }, sorted ? (sorted.desc ? '↓' : '↑') : '', filtered ? '▾' : '');
}

// inputHead is the header of a column of the table.
export const inputHead = (store, column) => h('span', { class: 'tb-th' }, h('span', { class: 'tb-th-name', title: column.name }, column.name), sign(store, column.id));

// answerHead is the header of an answer column: its name, what it is, the most frequent values, each a filter, and how much is done.
export function answerHead(store, column) {
  const { answer } = column;
  const first = column.field <= 0;
  const counts = column.at >= 0 ? store.counts?.columns?.[column.at] : null;
  const whole = column.at >= 0 ? store.whole?.columns?.[column.at] : null;
  const at = store.draft.columns.findIndex((c) => c.name === answer.name);
  const active = store.panel === 'column' && at === store.draft.active;
  const tally = (filter, text, kind) => h('button', { class: 'tb-tally', type: 'button', tabindex: -1, dataset: { kind }, on: { click: (e) => { e.stopPropagation(); store.filter(column.id, filter); } } }, text);
  const choices = answer.kind === 'choices' ? whole?.values ?? [] : [];
  const values = choices.slice(0, most).map((v) => tally({ op: 'one_of', values: [v.value] }, `${v.value} ${num(v.count)}`));
  const others = choices.slice(most);
  if (others.length) values.push(tally({ op: 'one_of', values: others.map((v) => v.value) }, `${t('table.others')} ${num(others.reduce((sum, v) => sum + v.count, 0))}`));
  const rest = store.busy() ? [] : ['skipped', 'pending']; // with them, the figures of a column of choices make up all rows
  const states = ['failed', 'blocked', ...rest].filter((s) => whole?.states?.[s] > 0).map((s) => tally({ op: 'state', values: [s] }, `${t('runs.row.' + s)} ${num(whole.states[s])}`, rest.includes(s) ? '' : 'bad'));
  const what = column.at < 0 ? t('table.isNew') : column.field >= 0 ? answer.name : t('table.kind.' + (answer.kind || 'text'), { n: num(answer.choices?.length ?? 0) });
  const share = counts?.total > 0 ? counts.done / counts.total : 0;
  return h('span', { class: 'tb-th tb-th-answer', dataset: active ? { active: '' } : {} },
    h('span', { class: 'tb-th-name', title: column.name }, h('span', { class: 'tb-th-text' }, column.name), sign(store, column.id), h('span', { class: 'tb-th-more', 'aria-hidden': 'true' }, '···')),
    h('span', { class: 'tb-th-kind' }, what, first && answer.when?.length > 0 && ' · ' + t('table.if', { when: answer.when.join(', ') })),
    first && (values.length > 0 || states.length > 0) && h('span', { class: 'tb-th-tallies' }, values, states),
    first && counts?.total > 0 && h('span', { class: 'tb-th-bar', 'aria-hidden': 'true' }, bar(share)));
}

function bar(share) {
  const inner = h('span');
  inner.style.width = share * 100 + '%';
  return inner;
}

