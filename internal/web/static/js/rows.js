import './text/runs.js';
import { h, replace } from './dom.js';
import { t } from './i18n.js';
import { num } from './format.js';
import { Pages } from './rows-window.js';
import { Scroll } from './rows-scroll.js';

const spare = 8; // rows beyond the visible ones
const again = 500;
const calm = 60;

const narrow = matchMedia('(max-width: 48rem)');
const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
const rowHeight = () => Math.round((narrow.matches ? 4.75 : 2.75) * rem());

const badge = (state, name = state) => h('span', { class: 'badge', dataset: { state } }, t('runs.row.' + name));

// rowsTable shows any number of rows. Only the visible ones are in the document.
export function rowsTable(id, { onOpen, onTotal, onError }) {
  const space = h('div', { class: 'rows-space', role: 'rowgroup' });
  const head = h('div', { class: 'rows-head', role: 'rowgroup' });
  const empty = h('p', { class: 'rows-empty muted', hidden: true });
  const table = h('div', { class: 'rows', role: 'grid', tabindex: 0, 'aria-label': t('runs.table'), 'aria-readonly': 'true', on: { keydown: (e) => pressed(e), click: (e) => clicked(e) } }, head, space);
  const shown = new Map();
  const pages = new Pages(id, () => came(), (error) => failed(error));
  const room = () => Math.max(table.clientHeight - head.offsetHeight, tall);
  const scroll = new Scroll(table, space, () => pages.total * tall, room, (far) => draw(far));
  let tall = rowHeight();
  let active = 0;
  let poll = 0;
  let wanting = 0;

  function draw(far = false) {
    const first = Math.max(0, Math.floor(scroll.top / tall) - spare);
    const last = Math.min(pages.total - 1, Math.ceil((scroll.top + room()) / tall) + spare);
    const shift = scroll.shift();
    for (const [i, row] of shown) if (i < first || i > last) { row.node.remove(); shown.delete(i); }
    for (let i = first; i <= last; i++) {
      const row = shown.get(i) ?? add(i);
      row.node.style.transform = `translateY(${i * tall + shift}px)`;
      fill(row, i);
    }
    mark();
    clearTimeout(wanting);
    const want = () => pages.want(first, Math.max(last, first));
    if (far) wanting = setTimeout(want, calm); // dragging the bar passes most of the rows
    else want();
  }

  function add(i) {
    const row = { node: h('div', { class: 'rows-row', role: 'row', id: `row-${i}`, 'aria-rowindex': i + 2, dataset: { at: i } }), told: null };
    shown.set(i, row);
    space.append(row.node);
    return row;
  }

  function fill(row, i) {
    const data = pages.row(i);
    const told = data ? JSON.stringify(data) : '';
    if (told === row.told) return;
    row.told = told;
    if (!data) return replace(row.node, h('span', { role: 'gridcell', class: 'rows-wait' }, h('span', { class: 'visually-hidden' }, t('common.loading'))));
    replace(row.node,
      h('span', { role: 'gridcell', class: 'rows-line num muted' }, data.sheet && h('span', { class: 'rows-sheet' }, data.sheet), h('span', null, num(data.line))),
      h('span', { role: 'gridcell', class: 'rows-text rows-prompt', dir: 'auto' }, data.prompt),
      h('div', { class: 'rows-answers' }, data.cells.map((c) => h('span', { role: 'gridcell', class: 'rows-text', dir: 'auto', dataset: { state: c.state } }, c.text))),
      h('span', { role: 'gridcell', class: 'rows-state' }, states(data)));
  }

  function states(data) {
    return [badge(data.state, data.state === 'pending' && data.cells.some((c) => c.in_batch) ? 'batched' : data.state), data.cells.some((c) => c.edited) && badge('edited')];
  }

  function mark() {
    for (const [i, row] of shown) row.node.setAttribute('aria-selected', String(i === active));
    if (shown.has(active)) table.setAttribute('aria-activedescendant', `row-${active}`);
    else table.removeAttribute('aria-activedescendant');
  }

  function pressed(e) {
    if (e.altKey || e.metaKey) return;
    const page = Math.max(1, Math.floor(room() / tall) - 1);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }[e.key];
    if (e.key === 'Enter' || e.key === ' ') {
      e.preventDefault();
      open();
    } else if (step && pages.total) {
      e.preventDefault();
      go(active + step);
    }
  }

  // go makes a row active and scrolls to it.
  function go(to) {
    active = Math.max(0, Math.min(pages.total - 1, to));
    if (active * tall < scroll.top) scroll.to(active * tall);
    else if ((active + 1) * tall > scroll.top + room()) scroll.to((active + 1) * tall - room());
    draw();
  }

  function open() {
    const row = pages.row(active);
    if (row) onOpen(row.index, active);
  }

  function clicked(e) {
    const at = e.target.closest('.rows-row')?.dataset.at;
    if (at === undefined || !getSelection().isCollapsed) return; // selecting text does not open the row
    active = Number(at);
    mark();
    open();
  }

  function came() {
    table.setAttribute('aria-rowcount', pages.total + 1);
    empty.hidden = pages.total > 0;
    empty.textContent = t(!pages.complete && (pages.filter || pages.text) ? 'runs.looking' : pages.filter || pages.text ? 'runs.noRows' : 'runs.noRowsYet');
    active = Math.max(0, Math.min(active, pages.total - 1));
    scroll.fit();
    onTotal(pages.total, pages.complete);
    draw();
    clearTimeout(poll);
    if (!pages.complete) poll = setTimeout(refresh, again);
  }

  function failed(error) {
    clearTimeout(poll);
    onError(error);
  }

  function refresh() {
    pages.outdated();
    draw();
  }

  function measure() {
    const place = scroll.top / tall;
    tall = rowHeight();
    table.style.setProperty('--row', tall + 'px');
    scroll.fit();
    scroll.to(place * tall);
    draw();
  }

  const resized = new ResizeObserver(() => { scroll.fit(); draw(); });
  resized.observe(table);
  narrow.addEventListener('change', measure);
  table.style.setProperty('--row', tall + 'px');

  return {
    node: h('div', { class: 'rows-box' }, table, empty),
    refresh,
    columns(names) {
      table.style.setProperty('--columns', Math.max(1, names.length));
      table.setAttribute('aria-colcount', names.length + 3);
      replace(head, h('div', { class: 'rows-row', role: 'row', 'aria-rowindex': 1 }, [t('runs.line'), t('runs.prompt'), ...names, t('runs.state')].map((name) => h('span', { role: 'columnheader', class: 'rows-name', title: name }, name))));
      draw();
    },
    choose(filter, text) {
      pages.choose(filter, text);
      for (const row of shown.values()) row.node.remove();
      shown.clear();
      active = 0;
      scroll.to(0);
      draw();
    },
    find: (index, guess) => pages.find(index, guess),
    go,
    // near resolves to the row before or after the one with an index, which is at a place unless it is no longer shown.
    async near(index, at, step) {
      const to = step < 0 ? at - 1 : (await pages.need(at))?.index === index ? at + 1 : at;
      const row = to < 0 ? undefined : await pages.need(to);
      if (!row) return undefined;
      go(to);
      return { index: row.index, at: to };
    },
    focus: () => table.focus({ preventScroll: true }),
    close() {
      clearTimeout(poll);
      clearTimeout(wanting);
      resized.disconnect();
      scroll.close();
      narrow.removeEventListener('change', measure);
      pages.stop();
    },
  };
}
