import './text/runs.js';
import { get, post } from './api.js';
import { announce, confirm, problem } from './dialog.js';
import { h, replace } from './dom.js';
import { t } from './i18n.js';
import { num } from './format.js';
import { rowCell } from './row-cell.js';

const slow = 150; // a skeleton is shown if a row takes longer

// rowPanel shows a whole row next to the table. near(index, step) resolves to the index of the row before or after, if there is one.
export function rowPanel(id, index, { near, onClose, onEdited }) {
  const path = '/api/runs/' + encodeURIComponent(id);
  const title = h('h2', { id: 'row-title', tabindex: -1 }, t('runs.line'));
  const body = h('div', { class: 'row-body stack' });
  const button = (name, key, sign, fn) => h('button', { class: 'icon-button', type: 'button', 'aria-label': t(name), title: key ? `${t(name)} (${key})` : t(name), 'aria-keyshortcuts': key ? key.replace('↑', 'ArrowUp').replace('↓', 'ArrowDown') : null, on: { click: fn } }, sign);
  const dialog = h('dialog', { class: 'row-dialog', 'aria-labelledby': 'row-title', on: { cancel: (e) => { if (e.target === dialog) { e.preventDefault(); leave(); } }, close: () => gone(), keydown: (e) => keys(e), pointerdown: (e) => { pressed = e.target; }, click: (e) => e.target === dialog && pressed === dialog && leave() } },
    h('header', { class: 'row-head' }, title, h('div', { class: 'row-go' }, button('runs.before', 'Alt+↑', '↑', () => move(-1)), button('runs.after', 'Alt+↓', '↓', () => move(1)), button('common.close', '', '×', () => leave()))), body);
  let cells = [];
  let told = '';
  let turn = 0;
  let pressed = null;
  let quiet = false; // closed by the page, which needs no notice then

  const unsaved = () => cells.some((cell) => cell.changed());

  async function load(aloud = false) {
    const mine = ++turn;
    const wait = setTimeout(() => { told = ''; cells = []; replace(body, [1, 2, 3].map(() => h('div', { class: 'skeleton row-skeleton' }))); }, told && !aloud ? 60000 : slow);
    try {
      const row = await get(`${path}/row?index=${index}`);
      if (mine === turn) show(row, aloud);
    } catch (error) {
      if (mine === turn) failed(error);
    } finally {
      clearTimeout(wait);
    }
  }

  function failed(error) {
    if (told && error.code === 'offline') return; // what is shown stays
    told = '';
    cells = [];
    replace(body, problem(error), h('div', null, h('button', { class: 'button', type: 'button', on: { click: () => load(true) } }, t('common.again'))));
  }

  // show does not redraw what is unchanged: it may be selected, scrolled, or being read.
  function show(row, aloud) {
    if (JSON.stringify(row) === told) return;
    told = JSON.stringify(row);
    const place = row.path || (row.sheet ? row.sheet + ' · ' : '') + t('runs.rowTitle', { line: num(row.line) });
    title.textContent = place;
    if (aloud) announce(place);
    const scrolled = dialog.scrollTop;
    const had = body.contains(document.activeElement);
    cells = row.cells.map((cell) => rowCell(cell, { many: row.cells.length > 1, save: (change) => save(row, cell, change) }));
    replace(body, cells.map((cell) => cell.node),
      h('details', { open: row.values.length <= 8 }, h('summary', null, t('runs.cells')),
        h('dl', { class: 'facts' }, row.values.map((v) => [h('dt', { dir: 'auto' }, v.column || '–'), h('dd', { class: 'row-pre', dir: 'auto' }, v.value || '–')]))));
    dialog.scrollTop = aloud ? 0 : scrolled;
    if (had) title.focus({ preventScroll: true });
  }

  async function save(row, { column, key }, change) {
    const cell = await post(path + '/edit', { index: row.index, column, key, ...change });
    told = '';
    announce(t(change.undo ? 'runs.undone' : 'runs.saved'));
    onEdited();
    return cell;
  }

  async function move(step) {
    if (unsaved() && !(await dropped())) return;
    const mine = ++turn;
    const to = await near(index, step).catch(() => undefined);
    if (mine !== turn) return;
    if (to === undefined) return announce(t(step < 0 ? 'runs.first' : 'runs.last'));
    index = to;
    load(true);
  }

  const dropped = () => confirm({ title: t('runs.dropTitle'), text: t('runs.dropText'), ok: t('runs.drop'), danger: true });

  async function leave() {
    if (!unsaved() || (await dropped())) dialog.close();
  }

  function gone() {
    turn++;
    dialog.remove();
    if (!quiet) onClose();
  }

  function keys(e) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[e.key];
    if (e.key === 'Escape') {
      e.preventDefault(); // otherwise the browser closes the dialog with unsaved text
      leave();
    } else if (step && e.altKey) {
      e.preventDefault();
      move(step);
    }
  }

  document.body.append(dialog);
  dialog.showModal();
  title.focus();
  load(true);
  return {
    close() {
      quiet = true;
      dialog.close();
    },
    // refresh loads the row again, unless the user is editing.
    refresh: () => !cells.some((cell) => cell.editing()) && load(),
  };
}
