import './text/table.js';
import './text/runs.js';
import { h } from './dom.js';
import { t } from './i18n.js';
import { causeName } from './run-parts.js';

const hues = 6;

// hue returns the colour of a choice: choices have colours in turn. None of them says that a choice is good or bad, as green and red would.
const hue = (choices, text) => {
  const at = choices.indexOf(text);
  return at < 0 ? null : String(at % hues);
};

// columnsOf returns the columns of the grid: those of the table, then the answers, a property of a schema each. An answer that was never asked
// has at -1.
export function columnsOf(look, draft) {
  const inputs = (look?.columns ?? []).map((c, i) => ({
    id: `i${i}`, at: i, name: c.name || t('table.noName'), kind: c.numeric ? 'number' : 'input', numeric: c.numeric, dates: c.dates, ours: c.ours,
  })).filter((c) => !c.ours); // answers that a run has written into the table are shown as such
  const answers = (look?.answers ?? []).flatMap((a, i) => partsOf(a, i));
  const known = (look?.answers ?? []).map((a) => a.name);
  const names = draft.columns.map((c) => c.name);
  for (const [i, a] of answers.entries()) { // a column that the user has just given another name keeps its answers
    const draftName = names[a.at];
    if (names.includes(a.answer.name) || !draftName || known.includes(draftName)) continue;
    answers[i] = { ...a, name: a.field < 0 ? draftName : a.name, answer: { ...a.answer, name: draftName, was: a.answer.name } };
    known.push(draftName);
  }
  const planned = draft.columns.filter((c) => c.name && !known.includes(c.name)).map((c) => ({
    id: 'new:' + c.name, at: -1, field: -1, name: c.name, kind: 'answer',
    answer: { name: c.name, kind: c.form, choices: c.choices, fields: [], needs: [] },
  }));
  return [...inputs, ...answers, ...planned];
}

function partsOf(answer, at) {
  const part = (field) => ({
    id: field < 0 ? `a${at}` : `a${at}.${field}`, at, field, name: field < 0 ? answer.name : answer.fields[field], kind: 'answer', answer,
  });
  if (answer.kind !== 'fields' || !answer.fields?.length) return [part(-1)];
  return answer.fields.map((_, i) => part(i));
}

const state = (text, kind) => h('span', { class: 'tb-state', dataset: { kind } }, text);

// cellOf returns what the grid shows in a cell: a text, or a node. compares says that answers of another version are shown beside those of this
// one, not only until there are any.
export function cellOf(row, column, look, busy, compares) {
  if (column.kind !== 'answer') return row.values[column.at] ?? '';
  const cell = row.cells[column.at];
  if (!cell) return '';
  const text = textOf(cell, column);
  const was = cell.was && cell.was.state === 'completed' ? textOf(cell.was, column) : null;
  const open = cell.state === 'pending' && !cell.asking && !cell.in_batch;
  const before = h('span', { class: 'tb-before', title: t('table.notYet') }, was);
  if (open && cell.before) return outdated(textOf(cell.before, column));
  if (was !== null && open) return before;
  const now = cell.state === 'completed' ? shown(text, cell, column) : missing(cell, row, column, look, busy);
  if (was !== null && !compares) return cell.state === 'pending' ? h('span', { class: 'tb-versions' }, now, ' ', before) : now;
  if (was === null || (cell.state === 'completed' && was === text)) return now;
  return h('span', { class: 'tb-versions' }, now, h('del', { class: 'tb-was', title: t('table.wasTitle') }, was || '–'));
}

// textAt returns the text of a cell for copying: an answer, or nothing where there is none.
export function textAt(row, column) {
  if (column.kind === 'line') return String(row.line);
  if (column.kind !== 'answer') return row.values[column.at] ?? '';
  const cell = row.cells[column.at];
  return cell?.state === 'completed' ? textOf(cell, column) : '';
}

const textOf = (cell, column) => (column.field >= 0 ? cell.fields?.[column.field] ?? '' : cell.text);

// outdated shows the answer from before one that it uses was edited by hand.
const outdated = (text) => h('span', { class: 'tb-before', title: t('table.outdated') }, h('span', { role: 'img', 'aria-label': t('table.outdated') }, '↻ '), text || '–');

function shown(text, cell, column) {
  const colour = column.answer.kind === 'choices' ? hue(column.answer.choices ?? [], text) : null;
  if (colour === null && !cell.edited) return text;
  const node = h('span', { class: colour === null ? 'tb-text' : 'tb-pill', dataset: colour === null ? {} : { hue: colour } }, text);
  if (!cell.edited) return node;
  return h('span', null, node, h('span', { class: 'tb-edited', title: t('table.edited'), role: 'img', 'aria-label': t('table.edited') }, '✎'));
}

function missing(cell, row, column, look, busy) {
  if (column.field > 0 && cell.state !== 'pending') return ''; // the first field says why
  if (cell.asking) return state(t('table.asking'), 'ask');
  if (cell.in_batch) return state(t('table.inBatch'), 'ask');
  if (cell.state === 'failed') return state([cell.cause && causeName(cell.cause), cell.text].filter(Boolean).join(': '), 'bad');
  if (cell.state === 'blocked') return state(t('table.blocked'), 'warn');
  if (cell.state === 'skipped') return state(t(column.answer.when?.length ? 'table.skippedWhen' : 'table.skipped'), 'wait');
  if (!busy) return state(t('table.notAsked'), 'wait');
  const done = (name) => row.cells[look.answers.findIndex((a) => a.name === name)]?.state === 'completed';
  const needed = (column.answer.needs ?? []).find((name) => !done(name));
  return state(needed ? t('table.waitsFor', { name: needed }) : t('table.waits'), 'wait');
}
