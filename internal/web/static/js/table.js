import './text/table.js';
import './text/runs.js';
import { get, post } from './api.js';
import { keepDraft } from './chat-draft.js';
import { announce, problem, toast } from './dialog.js';
import { h, patch, replace } from './dom.js';
import { num } from './format.js';
import { Grid } from './grid.js';
import { n, t } from './i18n.js';
import { placeholder } from './names.js';
import { closePopover } from './popover.js';
import { cellOf, columnsOf, textAt } from './table-cells.js';
import { columnPanel } from './table-column.js';
import { columnMenu, filterBar } from './table-filter.js';
import { tableHead } from './table-head.js';
import { planFoot } from './table-plan.js';
import { rowPanel } from './table-row.js';
import { runLine } from './table-run.js';
import { limits } from './table-settings.js';
import { Store, versionsOf } from './table-store.js';
import { visitBar } from './table-visit.js';
import { answerHead, inputHead } from './table-heads.js';
import { takeFiles, uploader } from './tables-upload.js';

const [least, most, widest, answerWidth, letter] = [72, 260, 640, 220, 7.4]; // pixels
const judged = 60; // rows from which the width of a column is judged
const mostKept = 200; // columns whose texts are known at the next visit

const layoutKey = (id) => 'table.layout:' + id;

function kept(id) {
  try {
    return JSON.parse(localStorage.getItem(layoutKey(id))) ?? {};
  } catch {
    return {};
  }
}

function keep(id, layout) {
  try {
    localStorage.setItem(layoutKey(id), JSON.stringify(layout));
  } catch {
    // the layout then lasts as long as the page
  }
}

let left = null; // what was shown of the table that was left last: the user comes back to it, in another language, too

// The workbench: one table, its answers in it, and one panel beside it.
function render(root, params, nav) {
  const store = new Store(params.id);
  if (left?.id === params.id) Object.assign(store, { query: left.query, was: left.was });
  const errors = h('div', { class: 'tb-errors' });
  const side = h('aside', { class: 'tb-side', 'aria-label': t('table.panel') });
  const work = h('div', { class: 'tb-work' });
  const facts = {};
  let columns = [];
  const heads = new Map();
  let widths = {};
  let measured = false;
  let fitting = 0;
  let place = 0; // of the row in the panel
  let gone = false;
  let sought = null; // the column that is brought into sight, and the columns of the grid that were
  let trouble = null; // why there are no rows
  let parts = [];
  let layout = kept(params.id);

  const grid = new Grid({
    label: t('table.table'), loading: t('common.loading'),
    empty: (complete) => t(store.filtered() ? (complete ? 'table.noRows' : 'table.looking') : complete ? 'table.noRowsAtAll' : 'table.reading'),
    render: (row, column) => (column.kind === 'line' ? lineOf(row) : cellOf(row, columns.find((c) => c.id === column.id) ?? column, store.look ?? { answers: [] }, store.busy(), Boolean(store.was))),
    text: (row, column) => textAt(row, columns.find((c) => c.id === column.id) ?? column),
    onOpen: (row, column, _, key) => opened(row.index, column, key),
    onSelect: (selection) => selected(selection),
    onHeader: (column, node) => header(column, node),
    onCopy: ({ rows, of, error }) => (error ? toast(t('common.notCopied'), 'bad') : rows < of ? toast(n('table.copiedCut', rows), 'warn') : announce(n('table.copied', rows))),
    onType: (text) => filter.focus(text),
    onError: (error) => wrong(error),
    onWindow: ({ total, complete, known }) => {
      store.shown = { total, complete, known: known ?? total };
      drawTrouble(null);
      measure();
      store.tell('shown');
    },
    onLayout: (now) => { layout = { ...layout, ...now }; keep(params.id, layout); },
  });
  const filter = filterBar(store, () => {
    openColumn(store.draft.active);
    foot.focus();
  });
  const wrap = h('button', { class: 'button small tb-wrap', type: 'button', title: t('table.wrapWhy'), 'aria-pressed': 'false', on: { click: () => dense(layout.density === 'wrap' ? 'one' : 'wrap') } }, t('table.wrap'));
  const head = tableHead(store, [filter.search, wrap]);
  const line = runLine(store);
  const visit = visitBar(store);

  function wrong(error) {
    if (error.code === 'offline' || gone) return; // the page reports it, and reloads everything afterwards
    drawTrouble(error);
  }

  // drawTrouble says why there are no rows, unless the head says the same already.
  function drawTrouble(error) {
    trouble = error;
    replace(errors, error && [error.message !== store.lookError?.message && problem(error), h('div', null, h('button', { class: 'button small', type: 'button', on: { click: () => { drawTrouble(null); store.lookAgain(); source(); } } }, t('common.again')))]);
  }

  // source shows other rows.
  function source() {
    const fetch = (whole) => (from, count, signal) => post(store.path + '/rows', store.reading({ from, n: count, whole }), signal);
    grid.source({ fetch: fetch(false), whole: fetch(true), ordered: store.query.sort.length === 0 });
  }

  // measure gives each column a width that suits its first texts, once they are there. What is left goes to those with long texts. The length of
  // the texts of a table is kept: the width of a column is the same at the next visit, whatever is filtered then.
  function measure(again = false) {
    const { total, complete } = store.shown;
    if ((measured && !again) || !store.look || !(total >= judged || (complete && total > 0))) return;
    measured = true;
    const first = Array.from({ length: judged }, (_, i) => grid.row(i)).filter(Boolean);
    const found = (c) => Math.max(c.name.length + 3, ...first.map((row) => textAt(row, c).split('\n')[0].length));
    const whole = !store.filtered() && !store.query.sort.length;
    if (whole) layout = { ...layout, letters: Object.fromEntries(columns.filter((c) => c.kind !== 'answer').slice(0, mostKept).map((c) => [c.name, layout.letters?.[c.name] ?? found(c)])) };
    if (whole) keep(params.id, layout);
    const letters = (c) => (c.kind === 'answer' ? null : layout.letters?.[c.name]) ?? found(c);
    widths = Object.fromEntries(columns.map((c) => [c.id, c.kind === 'answer' ? answerWidth : Math.round(Math.max(least, Math.min(most, letters(c) * letter + 20)))]));
    const shown = columns.filter((c) => !layout.hidden?.includes(c.id));
    const long = shown.filter((c) => widths[c.id] === most || (c.kind === 'answer' && letters(c) * letter > answerWidth));
    const room = grid.node.clientWidth - 80 - shown.reduce((sum, c) => sum + (layout.widths?.[c.id] ?? widths[c.id]), 0);
    if (room > 0) for (const c of long) widths[c.id] = Math.min(widest, widths[c.id] + Math.floor(room / long.length));
    draw();
  }

  // fit measures again when the window has another size.
  function fit() {
    clearTimeout(fitting);
    fitting = setTimeout(() => measured && measure(true), 200);
  }

  const sorted = (id) => { const s = store.query.sort.find((one) => one.column === id); return s && (s.desc ? 'descending' : 'ascending'); };

  const lineOf = (row) => (row.sheet && store.look?.all_sheets ? `${row.sheet} ${num(row.line)}` : num(row.line));

  // headOf returns the header of a column, which stays the same node while what is in it changes.
  function headOf(c) {
    const fresh = c.kind === 'answer' ? answerHead(store, c) : inputHead(store, c);
    const kept = heads.get(c.id);
    if (!kept) heads.set(c.id, fresh);
    else patch(kept, [...fresh.childNodes]);
    kept?.toggleAttribute('data-active', fresh.hasAttribute('data-active'));
    return kept ?? fresh;
  }

  // asked returns the column that the answers are about: the first one that the prompt names, else the first one of texts.
  function asked() {
    const inputs = columns.filter((c) => c.kind !== 'answer' && !layout.hidden?.includes(c.id));
    const prompt = store.prompted();
    const place = (c) => prompt.indexOf(placeholder(c.name));
    return inputs.filter((c) => place(c) >= 0).sort((a, b) => place(a) - place(b))[0] ?? inputs.find((c) => !c.numeric && !c.dates);
  }

  function draw() {
    columns = columnsOf(store.look, store.draft);
    const source = asked();
    const shown = columns.map((c) => ({ id: c.id, name: c.name, kind: c.kind, numeric: c.numeric, sort: sorted(c.id), width: layout.widths?.[c.id] ?? widths[c.id] ?? (c.kind === 'answer' ? answerWidth : undefined), hidden: layout.hidden?.includes(c.id), head: headOf(c), pinned: c.id === source?.id }));
    grid.columns([{ id: 'line', kind: 'line', name: columns.some((c) => c.name === '№') ? t('table.row') : '№' }, ...shown]);
  }

  function header(column, node) {
    const of = columns.find((c) => c.id === column.id) ?? column;
    const hide = h('button', { class: 'tb-item', type: 'button', on: { click: () => { close(); hideColumn(of.id); } } }, t('table.hide'));
    const at = of.kind === 'answer' ? store.draft.columns.findIndex((c) => c.name === of.answer.name) : -1;
    const edit = at >= 0 && h('button', { class: 'tb-item', type: 'button', on: { click: () => { close(); openColumn(at); } } }, t('table.editColumn'));
    const take = of.kind === 'answer' && at < 0 && h('button', { class: 'tb-item', type: 'button', on: { click: () => { close(); takeColumn(of.answer.name); } } }, t('table.takeColumn'));
    const had = of.kind === 'answer' && versionsOf(store, of.answer.name).length;
    const versions = had > 1 && h('button', { class: 'tb-item', type: 'button', 'aria-haspopup': 'true', on: { click: () => { close(); if (at >= 0) openColumn(at); else takeColumn(of.answer.name); panel.versions(); } } }, t('table.versionsN', { n: num(had) }));
    const close = columnMenu(store, of, node, h('div', { class: 'tb-items' }, edit, take, versions, hide, layout.hidden?.length > 0 && h('button', { class: 'tb-item', type: 'button', on: { click: () => { close(); showAll(); } } }, n('table.showHidden', layout.hidden.length))));
  }

  // dense sets whether texts wrap in their cells.
  function dense(kind) {
    layout = { ...layout, density: kind };
    keep(params.id, layout);
    grid.density(kind);
    wrap.setAttribute('aria-pressed', String(kind === 'wrap'));
  }

  function hideColumn(id) {
    layout = { ...layout, hidden: [...new Set([...(layout.hidden ?? []), id])] };
    keep(params.id, layout);
    draw();
  }

  function showAll() {
    layout = { ...layout, hidden: [] };
    keep(params.id, layout);
    draw();
  }

  // takeColumn edits a column of the version that is shown.
  function takeColumn(name) {
    const of = store.versionNow();
    if (of) store.backTo(of);
    openColumn(Math.max(0, store.draft.columns.findIndex((c) => c.name === name)));
  }

  function openSide() {
    side.dataset.open = '';
    work.classList.remove('tb-folded');
  }

  function openColumn(at) {
    openSide();
    store.row = null;
    store.activate(at);
  }

  // openRow reports whether the row is in the panel: the user may keep the one that is being edited, and then the grid keeps it, too.
  async function openRow(index) {
    openSide();
    if (!(await row.show(index))) {
      if (store.row !== null && store.selection.active?.index === index) grid.select(store.row);
      return false;
    }
    grid.find(index).then((at) => { if (at >= 0) place = at; }, () => {});
    store.show(index);
    remember(index);
    row.reveal(answerAt(grid.selected().active.col));
    return true;
  }

  // answerAt returns the name of the answer column that a column of the grid shows.
  const answerAt = (id) => columns.find((c) => c.id === id)?.answer?.name;

  // fieldAt returns the field of that answer, if the column shows one.
  const fieldAt = (id) => columns.find((c) => c.id === id && c.field >= 0)?.name;

  // opened opens a row or, with the key that edits, or once it is open, the editor of its answer in a column.
  async function opened(index, column, key) {
    const edits = key === 'edit' || (key && store.panel === 'row' && store.row === index);
    if (await openRow(index) && edits) row.edit(answerAt(column.id), answerAt(column.id), fieldAt(column.id));
  }

  // remember stores the row in the address, so that a reload restores it.
  function remember(index) {
    const query = index === null ? '' : '?row=' + index;
    history.replaceState(history.state, '', location.pathname + query);
  }

  async function closeRow() {
    if (!(await row.leave())) return;
    store.show(null);
    remember(null);
    grid.focus();
  }

  function selected({ rows, active }) {
    const before = store.selection.active?.index;
    const count = rows.reduce((sum, [from, to]) => sum + to - from + 1, 0);
    store.selection = { active: grid.row(active.row) ?? null, count, positions: rows };
    if (store.selection.active && store.selection.active.index !== before) {
      if (store.panel === 'row') openRow(store.selection.active.index);
      else store.render(80);
    } else if (store.panel === 'row') row.reveal(answerAt(active.col));
    if (store.draft.scope === 'selected') store.choose(count ? 'selected' : 'all');
    store.tell('selection');
  }

  // move goes to the next row or the one before. A row that no longer passes the filter, since its answer was changed, has no place: then the row
  // that has taken it is the next one.
  async function move(step) {
    const index = store.row ?? store.selection.active?.index ?? 0;
    const there = (await grid.find(index)) >= 0;
    const next = there ? await grid.near(index, step) : await grid.at(place + Math.min(step, 0));
    if (next) {
      if (store.panel === 'row' && !(await openRow(next.index))) return undefined;
      grid.select(next.index);
    }
    else announce(t(step < 0 ? 'runs.first' : 'runs.last'));
    return next;
  }
  store.turn = move;
  store.columnId = () => columns.find((c) => c.kind === 'answer' && c.answer.name === store.column().name)?.id ?? '';

  // chat opens a conversation with the row in it.
  function chat(row) {
    const lines = row.values.filter((v) => v.value).map((v) => `${v.column}: ${v.value}`);
    const answers = row.cells.filter((c) => c.completion).map((c) => `${c.column}: ${c.completion}`);
    keepDraft(null, [...lines, ...answers].join('\n').slice(0, 20000) + '\n\n');
    nav('/chat');
  }

  const row = rowPanel(store, { move, chat });
  const panel = columnPanel(store, facts);
  const run = limits(store);
  const foot = planFoot(store, () => grid.focus());
  const title = h('h2', { class: 'tb-side-title', tabindex: -1 });
  const turner = (step, sign, label, key) => h('button', {
    class: 'icon-button', type: 'button', 'aria-label': t(label), title: t('table.rowKeys', { what: t(label), key: sign }),
    'aria-keyshortcuts': `${key} Alt+${key}`, on: { click: () => move(step) },
  }, sign);
  const turns = h('span', { class: 'tb-turn' }, turner(-1, '↑', 'table.rowBefore', 'ArrowUp'), turner(1, '↓', 'table.rowAfter', 'ArrowDown'));
  const shut = h('button', { class: 'icon-button', type: 'button', 'aria-label': t('common.close'), title: t('common.close'), on: { click: () => (store.panel === 'row' ? closeRow() : fold()) } }, '×');
  const scroll = h('div', { class: 'tb-side-scroll', tabindex: -1 });
  const unfold = h('button', { class: 'button small tb-unfold', type: 'button', on: { click: () => focusSide() } }, t('table.openPanel'));

  function focusSide() {
    openSide();
    if (store.panel === 'row') (row.node.querySelector('button') ?? title).focus();
    else panel.focus();
  }

  function fold() {
    delete side.dataset.open;
    work.classList.add('tb-folded');
    grid.focus();
  }

  function drawSide() {
    const isRow = store.panel === 'row';
    turns.hidden = !isRow;
    title.textContent = isRow ? store.rowTitle ?? '' : store.column().name || t('table.column');
    if (scroll.firstChild !== (isRow ? row.node : panel.node)) {
      replace(scroll, isRow ? row.node : [panel.node, run.node]);
      scroll.scrollTop = 0;
    }
    foot.node.hidden = isRow;
  }

  // turnsRows reports whether an arrow key without others goes to another row: in the panel, but not where it moves in a text or a list.
  const turnsRows = (e) => side.contains(e.target) && !e.ctrlKey && !e.metaKey && !e.shiftKey
    && !e.target.matches('input, textarea, select, .menu-list *')
    && !(e.target.tabIndex === 0 && e.target.matches('div, pre') && e.target.scrollHeight > e.target.clientHeight);

  function keys(e) {
    if (e.isComposing || e.keyCode === 229) return;
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey) && store.panel === 'column' && !e.defaultPrevented) {
      e.preventDefault();
      foot.attempt();
    } else if (e.key === 'F6') { // as between the panes of a spreadsheet program
      e.preventDefault();
      if (side.contains(document.activeElement)) grid.focus();
      else focusSide();
    } else if (e.key === 'Escape' && !e.defaultPrevented && store.panel === 'row') {
      e.preventDefault();
      closeRow();
    } else if ((e.key === 'ArrowUp' || e.key === 'ArrowDown') && store.panel === 'row' && !e.defaultPrevented && (e.altKey || turnsRows(e))) {
      e.preventDefault();
      move(e.key === 'ArrowUp' ? -1 : 1);
    } else if (editsRow(e)) {
      e.preventDefault();
      const { col } = grid.selected().active;
      row.edit(undefined, answerAt(col), fieldAt(col));
    }
  }

  // editsRow reports whether a key begins to edit the answer of the row in the panel: F2, and Enter where it does nothing else.
  const editsRow = (e) => store.panel === 'row' && side.contains(e.target) && !e.defaultPrevented && !e.ctrlKey && !e.metaKey && !e.altKey && !e.target.matches('input, textarea, select')
    && (e.key === 'F2' || (e.key === 'Enter' && !e.target.matches('button, a, summary')));

  replace(side, h('header', { class: 'tb-side-head' }, title, turns, shut), scroll, foot.node);
  replace(work, h('div', { class: 'tb-main' }, errors, grid.node), side, unfold);
  parts = [head, visit, panel, run, foot];

  function update(what) {
    if (gone) return;
    if (store.error && !store.table) return lost(store.error);
    for (const part of parts) part.update(what);
    if (what === 'look' && trouble) drawTrouble(trouble);
    if (['run', 'table', 'source', 'versions', 'draft', 'look', 'counts'].includes(what)) line.update(store.run);
    if (['shown', 'source', 'counts', 'run', 'trying', 'draft'].includes(what)) filter.update();
    if (['look', 'columns', 'versions', 'source'].includes(what) || (what === 'draft' && told() !== drawn)) { drawn = told(); draw(); measure(); if (sought) reveal(); }
    if (what === 'counts') columns.forEach(headOf);
    if (what === 'run' && store.busy() !== busy) { busy = store.busy(); draw(); }
    const asks = Boolean(store.trying) || store.starting;
    if (what === 'added' || (what === 'trying' && asks) || (what === 'plan' && store.starting)) {
      sought = { name: store.column().name, ids: '' };
      reveal();
    }
    if (what === 'look' && !asks) sought = null;
    if (what === 'source') { measured = false; source(); }
    if (what === 'unhidden') toast(t('table.filterDropped'), 'warn');
    if (what === 'rows') { grid.refresh(); row.refresh(); }
    if (['panel', 'draft', 'title'].includes(what)) drawSide();
    if (what === 'connection') line.stale(store.offline);
  }

  let drawn = '';
  let busy = false;

  // reveal shows the column that the user has added or asked, with as many of its fields as there is room for, once for those it has: they are
  // there when it is asked.
  function reveal() {
    const ids = columns.filter((c) => c.kind === 'answer' && c.answer.name === sought.name).map((c) => c.id);
    if (!ids.length || sought.ids === ids.join()) return;
    sought.ids = ids.join();
    grid.reveal(-1, ids.at(-1));
    grid.reveal(-1, ids[0]);
  }

  const told = () => JSON.stringify([store.draft.columns.map((c) => [c.name, c.form]), store.draft.active, asked()?.id]);

  function lost(error) {
    if (error.status === 404) replace(root, h('div', { class: 'empty page-state' }, h('h1', null, t('table.gone')), h('p', null, t('table.goneText')), h('a', { class: 'button', href: '/tables' }, t('table.all'))));
    else replace(root, h('div', { class: 'stack page-state' }, problem(error), h('div', null, h('button', { class: 'button', type: 'button', on: { click: () => store.refresh() } }, t('common.again')))));
  }

  // added opens a table that was dropped here.
  async function added(names) {
    const { tables } = await get('/api/tables').catch(() => ({ tables: [] }));
    const made = names.length === 1 && tables.find((one) => one.name === names[0]);
    if (!gone) nav(made ? '/tables/' + encodeURIComponent(made.id) : '/tables');
  }

  let uploads = null;
  const stopFiles = takeFiles((files, folder) => uploads?.add(files, folder), (is) => page.classList.toggle('tables-dropping', is));
  store.watch(update);
  if (left?.id === params.id && left.details) line.unfold(true);
  const seen = () => !document.hidden && store.refresh();
  document.addEventListener('visibilitychange', seen);
  addEventListener('resize', fit);
  const page = h('div', { class: 'tb', on: { keydown: keys } }, head.node, line.node, visit.node, filter.node, work);
  replace(root, page);
  dense(layout.density ?? 'one');
  drawSide();
  const known = (hello) => {
    Object.assign(facts, hello);
    uploads = uploader(hello, added);
    errors.before(uploads.node);
  };
  get('/api/hello').then(known, () => {}).then(() => store.open()).then(() => {
    if (gone || !store.table) return;
    if (params.version) store.openVersion(params.version, Number(params.run));
    source();
    if (params.row !== undefined) openRow(Number(params.row));
  });

  return () => {
    gone = true;
    stopFiles();
    left = { id: params.id, query: store.query, was: store.was, details: line.isOpen() };
    closePopover();
    document.removeEventListener('visibilitychange', seen);
    removeEventListener('resize', fit);
    clearTimeout(fitting);
    store.close();
    filter.close();
    line.close();
    grid.close();
  };
}

export default { title: 'table.title', render };
