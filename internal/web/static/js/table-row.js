import './text/table.js';
import './text/runs.js';
import { post } from './api.js';
import { announce, confirm, problem, toast } from './dialog.js';
import { h, replace } from './dom.js';
import { num, time } from './format.js';
import { n, t } from './i18n.js';
import { rowCell } from './row-cell.js';
import { needsKey } from './table-key.js';
import { emptyQuery } from './table-store.js';

const slow = 150; // a skeleton is shown if a row takes longer

// rowPanel shows a whole row beside the grid: its cells, prompts and answers, which can be edited.
export function rowPanel(store, { move, chat }) {
  const body = h('div', { class: 'tb-panel-body stack', tabindex: -1, on: { focusin: (e) => hold(e.target) } });
  const said = h('div', { role: 'status' }); // what comes of asking the row again
  let cells = [];
  let held = ''; // the column whose answer had the focus last
  let told = '';
  let index = null;
  let shown = null;
  let turn = 0;

  let loading = Promise.resolve();

  const unsaved = () => cells.some((cell) => cell.changed());
  let question = null; // whether an edit is dropped, while the user is asked
  const dropped = () => (question ??= confirm({ title: t('runs.dropTitle'), text: t('runs.dropText'), ok: t('runs.drop'), danger: true }).finally(() => { question = null; }));

  // leave reports whether the row may go. What the user drops is not asked about again while another one loads.
  async function leave() {
    if (unsaved() && !(await dropped())) return false;
    told = '';
    cells = [];
    return true;
  }

  async function load(aloud) {
    const mine = ++turn;
    const wait = setTimeout(() => aloud && skeleton(), slow);
    try {
      const row = await post(store.path + '/row', store.reading({ index }));
      if (mine === turn) draw(row, aloud);
    } catch (error) {
      if (mine === turn && !(told && error.code === 'offline')) {
        told = '';
        cells = [];
        replace(body, problem(error), h('div', null, h('button', { class: 'button', type: 'button', on: { click: () => load(true) } }, t('common.again'))));
      }
    } finally {
      clearTimeout(wait);
    }
  }

  function hold(target) {
    const at = cells.findIndex((cell) => cell.node.contains(target));
    if (at >= 0) held = shown.cells[at].column;
  }

  function skeleton() {
    told = '';
    cells = [];
    if (body.contains(document.activeElement)) body.focus({ preventScroll: true }); // until there is a button again
    replace(body, [1, 2, 3].map(() => h('div', { class: 'skeleton row-skeleton' })));
  }

  // draw does not redraw what is unchanged: it may be selected, scrolled, or being read.
  function draw(row, aloud) {
    if (JSON.stringify(row) === told || (!aloud && cells.some((cell) => cell.editing()))) return; // the user may have begun meanwhile
    told = JSON.stringify(row);
    shown = row;
    const place = titleOf(row);
    store.rowTitle = place;
    store.tell('title');
    if (aloud) announce(place);
    cells = row.cells.map((cell) => rowCell(cell, { many: row.cells.length > 1, schema: schemaOf(cell.column), save: (change) => save(row, cell, change) }));
    const again = h('button', { class: 'button small', type: 'button', on: { click: () => needsKey(() => askAgain(row)) } }, t('table.askRow'));
    const talk = h('button', { class: 'button small quiet', type: 'button', on: { click: () => chat(row) } }, t('table.chatRow'));
    const had = body.contains(document.activeElement);
    const late = outdated(row);
    replace(body, h('div', { class: 'row' }, again, talk), said, late > 0 && h('p', { class: 'note', role: 'status' }, n('runs.outdatedRow', late)), cells.map((cell) => cell.node),
      h('details', { open: row.values.length <= 12 || !row.cells.length }, h('summary', null, t('runs.cells')),
        h('dl', { class: 'facts' }, row.values.map((v) => [h('dt', { dir: 'auto' }, v.column || '–'), h('dd', { class: 'row-pre', dir: 'auto' }, v.value || '–')]))));
    if (had) {
      const one = cells[row.cells.findIndex((c) => c.column === held)];
      (one?.node ?? body).querySelector('.row-answer button')?.focus({ preventScroll: true });
      one?.node.querySelector('.row-answer').scrollIntoView({ block: 'nearest' });
    }
  }

  const outdated = (row) => row.cells.filter((c) => c.before).length;
  const schemaOf = (column) => store.versionNow()?.columns.find((c) => c.completion_column === column)?.schema;
  const titleOf = (row) => row.path || (row.sheet ? row.sheet + ' · ' : '') + t('runs.rowTitle', { line: num(row.line) });

  async function save(row, { column, key }, { version, ...change }) {
    const cell = await post(store.path + '/edit', store.reading({ index: row.index, column, key, of: version, ...change }));
    told = '';
    announce(t(change.undo ? 'runs.undone' : 'runs.saved'));
    store.later();
    store.planAgain(0); // what uses the answer is asked again
    return cell;
  }

  // say shows in the panel, and reads aloud, what comes of asking a row again. Once another row is shown, it names the row.
  function say(row, text, error) {
    if (row.index !== index) return void toast(`${titleOf(row)}: ${text || error.message}`, error ? 'bad' : '');
    replace(said, error ? problem(error) : h('p', { class: 'note' }, text));
  }

  // askAgain tries this row alone: by the draft, so that a changed prompt can be tried on a wrong answer. An editor in which nothing is written
  // gives way to what comes.
  async function askAgain(row) {
    if (store.trying || store.busy()) return void say(row, t('table.askLater'));
    for (const cell of cells) cell.rest();
    try {
      const one = await post(store.path + '/selection', store.reading({ positions: [[row.index, row.index]], query: emptyQuery() }));
      if (!store.ready(one)) return void say(row, t('table.settle'));
      say(row, t('table.rowAsking'));
      const tried = await store.try(one, 1, true);
      if (store.tryError) throw store.tryError;
      if (tried) say(row, cameOf(tried, await post(store.path + '/row', store.reading({ index: row.index }))));
      else replace(said);
    } catch (error) {
      say(row, '', error);
    }
    load(false);
  }

  // cameOf says what came of asking a row again: the requests that were sent, and whether the row still lacks answers.
  function cameOf({ requests }, row) {
    const lost = row.cells.filter((c) => c.state === 'failed' || c.state === 'blocked');
    if (!requests) return t(row.cells.some((c) => c.in_batch) ? 'table.triedWaits' : lost.length ? 'table.rowNotSent' : 'table.rowHas');
    const sent = n('table.tried', requests);
    const last = row.cells.map((c) => c.at).filter(Boolean).sort().at(-1);
    const at = last ? time(last) : '';
    return `${sent} ${lost.length ? t('table.rowLost', { at, why: lost[0].error || t('runs.row.' + lost[0].state) }) : t('table.rowCame', { at })}`;
  }

  return {
    node: body,
    async show(to) {
      if (to === index && told) return true;
      if (unsaved() && !(await leave())) return false;
      if (to !== index) replace(said);
      index = to;
      loading = load(true);
      return true;
    },
    leave,
    move: (step) => move(step),
    // edit opens the editor of the answer in a column, else that of the one that has the focus, that in the usual column, one that is lost, or the
    // first. In that of the usual column, it begins in a field.
    async edit(column, usual, field) {
      await loading;
      const at = (is) => cells[shown?.cells.findIndex(is) ?? -1];
      const lost = (c) => c.state === 'failed' || c.state === 'blocked';
      const one = at((c) => c.column === column) ?? cells.find((c) => c.node.contains(document.activeElement)) ?? at((c) => c.column === usual) ?? at(lost) ?? cells[0];
      one?.edit(one === at((c) => c.column === usual) ? field : undefined);
    },
    row: () => shown,
    // reveal brings the answer in a column into view, with what was asked as far as there is room. Without such an answer, nothing moves.
    async reveal(column) {
      held = column ?? held;
      await loading;
      const at = shown?.cells.findIndex((c) => c.column === column) ?? -1;
      if (!cells[at]) return;
      (at > 0 ? cells[at].node : body).scrollIntoView({ block: 'start' });
      cells[at].node.querySelector('.row-answer').scrollIntoView({ block: 'nearest' });
    },
    // refresh loads the row again, unless the user is editing.
    refresh: () => index !== null && store.panel === 'row' && !cells.some((cell) => cell.editing()) && load(false),
  };
}
