import './text/runs.js';
import { h, replace } from './dom.js';
import { t } from './i18n.js';
import { num } from './format.js';
import { Pages } from './rows-window.js';

const tallest = 8e6; // pixels; browsers cut off what is much taller
const spare = 8;
const again = 500;

const narrow = matchMedia('(max-width: 48rem)');
const rowHeight = () => (narrow.matches ? 76 : 44);

const badge = (cell) => h('span', { class: 'badge', dataset: { state: cell.state } }, t('runs.row.' + cell.state));

// rowsTable shows any number of rows, of which only those in sight are in the document.
export function rowsTable(id, { onOpen, onTotal, onError }) {
  const space = h('div', { class: 'rows-space', role: 'rowgroup' });
  const head = h('div', { class: 'rows-head', role: 'rowgroup' });
  const empty = h('p', { class: 'rows-empty muted', role: 'status', hidden: true });
  const node = h('div', { class: 'rows', role: 'grid', tabindex: 0, 'aria-label': t('runs.table'), on: { scroll: () => scrolled(), keydown: (e) => pressed(e), click: (e) => clicked(e) } }, head, space, empty);
  const shown = new Map();
  const pages = new Pages(id, () => came(), (error) => failed(error));
  let columns = [];
  let active = 0;
  let top = 0; // in pixels of a table without bounds
  let timer = 0;

  const height = () => pages.total * rowHeight();
  const room = () => Math.max(node.clientHeight - head.offsetHeight, rowHeight());
  const scale = () => {
    const real = Math.min(height(), tallest);
    return real > room() ? (height() - room()) / (real - room()) : 1;
  };

  function scrolled() {
    if (Math.abs(node.scrollTop * scale() - top) > scale()) top = node.scrollTop * scale();
    draw();
  }

  function moveTo(wanted) {
    top = Math.max(0, Math.min(wanted, height() - room()));
    node.scrollTop = top / scale();
    draw();
  }

  function draw() {
    const tall = rowHeight();
    const first = Math.max(0, Math.floor(top / tall) - spare);
    const last = Math.min(pages.total - 1, Math.ceil((top + room()) / tall) + spare);
    space.style.height = Math.min(height(), tallest) + 'px';
    const shift = node.scrollTop - top;
    for (const [i, row] of shown) if (i < first || i > last) { row.node.remove(); shown.delete(i); }
    for (let i = first; i <= last; i++) {
      const row = shown.get(i) ?? add(i);
      row.node.style.transform = `translateY(${i * tall + shift}px)`;
      fill(row, i);
    }
    mark();
    if (pages.total || !pages.complete) pages.want(first, Math.max(last, first));
  }

  function add(i) {
    const row = { node: h('div', { class: 'rows-row', role: 'row', id: `row-${i}`, 'aria-rowindex': i + 2, dataset: { at: i } }), told: '' };
    shown.set(i, row);
    space.append(row.node);
    return row;
  }

  function fill(row, i) {
    const data = pages.row(i);
    const told = data ? JSON.stringify(data) : '';
    if (told === row.told && row.node.firstChild) return;
    row.told = told;
    if (!data) return replace(row.node, h('span', { role: 'gridcell', class: 'muted' }, t('runs.loading')));
    const cells = data.cells.map((c) => h('span', { role: 'gridcell', class: 'rows-text', dataset: { state: c.state } }, c.text));
    replace(row.node,
      h('span', { role: 'gridcell', class: 'rows-line num muted' }, data.sheet ? `${data.sheet} ${num(data.line)}` : num(data.line)),
      h('span', { role: 'gridcell', class: 'rows-text rows-prompt' }, data.prompt), cells, h('span', { role: 'gridcell', class: 'rows-state' }, states(data)));
  }

  function states(data) {
    const worst = ['pending', 'failed', 'blocked', 'completed', 'skipped'].find((s) => data.cells.some((c) => c.state === s));
    return [badge({ state: worst ?? 'skipped' }), data.cells.some((c) => c.edited) && badge({ state: 'edited' })];
  }

  function mark() {
    for (const [i, row] of shown) row.node.setAttribute('aria-selected', String(i === active));
    if (shown.has(active)) node.setAttribute('aria-activedescendant', `row-${active}`);
    else node.removeAttribute('aria-activedescendant');
  }

  function pressed(e) {
    const page = Math.max(1, Math.floor(room() / rowHeight()) - 1);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }[e.key];
    if (e.key === 'Enter' && pages.row(active)) return onOpen(pages.row(active).index, active);
    if (!step || !pages.total) return;
    e.preventDefault();
    go(active + step);
  }

  // go makes a row the active one and brings it into sight.
  function go(to) {
    active = Math.max(0, Math.min(pages.total - 1, to));
    const tall = rowHeight();
    if (active * tall < top) moveTo(active * tall);
    else if ((active + 1) * tall > top + room()) moveTo((active + 1) * tall - room());
    else draw();
  }

  function clicked(e) {
    const at = e.target.closest('.rows-row')?.dataset.at;
    if (at === undefined) return;
    active = Number(at);
    mark();
    if (pages.row(active)) onOpen(pages.row(active).index, active);
  }

  function came() {
    node.setAttribute('aria-rowcount', pages.total + 1);
    empty.hidden = pages.total > 0;
    empty.textContent = t(pages.complete ? 'runs.noRows' : pages.filter || pages.text ? 'runs.looking' : 'runs.noRowsYet');
    active = Math.max(0, Math.min(active, pages.total - 1));
    if (top > Math.max(0, height() - room())) moveTo(height());
    onTotal(pages.total, pages.complete);
    draw();
    if (!pages.complete) poll();
  }

  function poll() {
    clearTimeout(timer);
    timer = setTimeout(() => { pages.outdated(); draw(); if (!pages.total) pages.want(0, 0); }, again);
  }

  function failed(error) {
    onError(error);
    if (error.status === 0) poll();
  }

  const resized = new ResizeObserver(() => draw());
  resized.observe(node);
  narrow.addEventListener('change', draw);

  return {
    node,
    columns(names) {
      columns = names;
      node.style.setProperty('--columns', Math.max(1, columns.length));
      node.setAttribute('aria-colcount', columns.length + 3);
      replace(head, h('div', { class: 'rows-row', role: 'row', 'aria-rowindex': 1 }, [t('runs.line'), t('runs.prompt'), ...columns, t('runs.state')].map((name) => h('span', { role: 'columnheader' }, name))));
      draw();
    },
    choose(filter, text) {
      pages.choose(filter, text);
      for (const row of shown.values()) row.node.remove();
      shown.clear();
      active = 0;
      moveTo(0);
      pages.want(0, 0);
    },
    refresh() {
      pages.outdated();
      draw();
      if (!pages.total) pages.want(0, 0);
    },
    // near is the row that stands that far from another in the table, for those who go through them.
    near(at, step) {
      if (at + step < 0 || at + step >= pages.total) return undefined;
      go(at + step);
      return pages.row(at + step);
    },
    focus: () => node.focus({ preventScroll: true }),
    close() {
      clearTimeout(timer);
      resized.disconnect();
      narrow.removeEventListener('change', draw);
      pages.choose('', '');
    },
  };
}
