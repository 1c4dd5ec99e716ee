import { copyText } from './copy.js';
import { h, replace } from './dom.js';
import { Body } from './grid-body.js';
import { Columns } from './grid-columns.js';
import { mostCopied, selectedRows, tsv } from './grid-copy.js';
import { drag, pull } from './grid-drag.js';
import { Head } from './grid-head.js';
import { command } from './grid-keys.js';
import { Scroll } from './grid-scroll.js';
import { Selection } from './grid-selection.js';
import { Windows } from './grid-windows.js';

const spare = 6; // rows beyond the visible ones, once no page is skipped any more
const ahead = 40; // rows beyond the visible ones that are loaded
const again = 500; // the most milliseconds between two looks at a table that is still being read, or sorted
const soon = 50;
const calm = 60; // milliseconds without a jump before rows are loaded: dragging the bar passes most of them
const held = 150; // milliseconds for which the old rows stay when a new source is slow
const heights = { one: 2, wrap: 4.2 }; // em
const step = 16; // pixels by which a key widens a column
const controls = 'a, button, input, select, textarea, summary, [contenteditable]';

let grids = 0;

// Grid shows any number of rows; only the visible ones are in the document. It knows nothing of what the rows are.
//
// Options: label, the name for screen readers; loading, the text for a row that is not there yet; render(row, column) → node or text, the
// content of a cell, which must depend on the row alone (columns() draws everything again); text(row, column), the text of a cell for
// copying, by default that of render; empty(complete) → node or text, shown in place of no rows.
// Calls: onOpen(row, column, position, key), where key is 'open' or 'edit' if a key said so, onHeader(column, node), onSelect(selection), onCopy({ rows, of, most, text, error }), onType(text),
// onWindow(answer) for each window that arrives, onError(error) if one is refused (refresh asks again), onLayout(layout) after the user has
// changed a width.
export class Grid {
  constructor(options) {
    this.options = { label: '', loading: '…', render: () => '', ...options };
    this.name = `grid${++grids}`;
    this.columnsOf = new Columns();
    this.selection = new Selection();
    this.windows = new Windows((answer) => this.came(answer), (error) => this.failed(error));
    const { name, columnsOf: columns } = this;
    const onResize = (id, width, done) => this.resize(id, width, done);
    this.head = new Head({ name, columns, onResize, onFit: (id) => this.fitColumn(id) });
    this.space = h('div', { class: 'grid-space', role: 'rowgroup' });
    this.view = h('div', {
      class: 'grid-view', role: 'grid', tabindex: 0, 'aria-label': this.options.label, 'aria-multiselectable': 'true',
      'aria-readonly': 'true', 'aria-busy': 'true',
      on: {
        keydown: (e) => this.pressed(e), pointerdown: (e) => this.grabbed(e), click: (e) => this.clicked(e),
        dblclick: (e) => this.opened(e),
      },
    }, this.head.node, this.space);
    this.nothing = h('div', { class: 'grid-empty', hidden: true });
    this.node = h('div', { class: 'grid', dataset: { density: 'one' } }, this.view, this.nothing);
    this.body = new Body(this.space, { name, columns, render: this.options.render, loading: this.options.loading });
    this.size = { width: 0, height: 0, head: 0 };
    this.tall = 32;
    this.drawn = 0; // the place that is drawn
    this.pause = soon;
    this.scroll = new Scroll(this.view, this.space, () => this.length() * this.tall, () => this.room(), (far) => this.draw(far));
    this.timers = { poll: 0, want: 0, hold: 0, rest: 0 };
    this.frame = 0;
    this.resized = new ResizeObserver(() => { // a frame later, since measuring changes sizes
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => this.measure());
    });
    this.resized.observe(this.view);
    this.resized.observe(this.head.node);
  }

  // columns sets the columns: { id, name, kind: 'number' | 'line' | 'input' | 'answer', width, hidden, wrap, numeric, sort, head, pinned }. The
  // one of the kind line is frozen, and a pinned one stays beside it where the grid is wide enough; wrap false keeps a column to one line; numeric aligns an answer as a number; sort is 'ascending' or
  // 'descending'. Everything is drawn again.
  columns(given) {
    this.columnsOf.set(given);
    this.body.again();
    this.arrange();
  }

  // arrange shows the columns after there are others, or others are hidden.
  arrange() {
    const { active } = this.selection;
    this.head.again();
    this.view.setAttribute('aria-colcount', this.columnsOf.all.length + 1);
    if (this.columnsOf.at(active.col) < 0) this.selection.to(active.row, this.columnsOf.all[0]?.id ?? '');
    this.draw();
  }

  // source sets where rows come from, and drops those that are there: fetch(from, n, signal) → { total, complete, rows }. A source may
  // have whole, which is fetch with texts that are not shortened, and ordered, which says that rows are in the order of their indexes.
  source(source) {
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    this.windows.use(source);
    this.pause = soon;
    this.held = true;
    this.view.setAttribute('aria-busy', 'true');
    this.timers.hold = setTimeout(() => this.begin(), held);
    this.windows.want(0, this.last(0) + ahead);
  }

  // begin shows the rows of a new source from the first one.
  begin() {
    clearTimeout(this.timers.hold);
    this.held = false;
    this.selection.to(0, this.selection.active.col || (this.columnsOf.all[0]?.id ?? ''));
    this.scroll.fit();
    this.scroll.to(0);
    this.draw();
    this.told();
  }

  refresh() {
    this.windows.outdated();
    if (this.held) this.windows.want(0, this.last(0) + ahead);
    else this.draw();
  }

  // length is how many rows there are, or for how many there is room if that is not known yet.
  length() {
    return this.windows.total >= 0 ? this.windows.total : Math.ceil(this.room() / this.tall);
  }

  room() {
    return Math.max(this.size.height - this.size.head, this.tall);
  }

  last(top) {
    return Math.ceil((top + this.room()) / this.tall);
  }

  measure() {
    const place = this.scroll.top / this.tall;
    const { fontStyle, fontWeight, fontSize, fontFamily } = getComputedStyle(this.view);
    const em = parseFloat(fontSize);
    this.body.font = `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`;
    const least = matchMedia('(pointer: coarse)').matches ? 2.75 : 0;
    this.size = { width: this.view.clientWidth, height: this.view.clientHeight, head: this.head.node.offsetHeight };
    const tall = Math.round(Math.max(least, heights[this.node.dataset.density]) * em);
    if (this.size.width !== this.columnsOf.room && this.size.width > 0) this.columnsOf.place(this.size.width);
    if (tall !== this.tall) {
      this.tall = tall;
      this.scroll.fit();
      this.scroll.to(place * tall);
    }
    this.node.style.setProperty('--grid-row', tall + 'px');
    this.node.style.setProperty('--grid-head', this.size.head + 'px');
    this.scroll.fit();
    this.draw();
  }

  draw(far = false) {
    if (this.held || !this.size.height) return;
    const columns = this.columnsOf;
    const seen = columns.seen(this.view.scrollLeft, this.size.width);
    const skipped = Math.abs(this.scroll.top - this.drawn) >= this.room() - this.tall; // the rows before and after may be skipped, too
    const beyond = skipped ? 0 : spare;
    this.drawn = this.scroll.top;
    clearTimeout(this.timers.rest);
    if (skipped) this.timers.rest = setTimeout(() => this.draw(), calm);
    const first = Math.max(0, Math.floor(this.scroll.top / this.tall) - beyond);
    const last = Math.min(this.length(), this.last(this.scroll.top) + beyond) - 1;
    const shift = this.scroll.shift();
    this.node.toggleAttribute('data-aside', this.view.scrollLeft > 0);
    if (this.width !== columns.width || this.frozen !== columns.frozen) {
      [this.width, this.frozen] = [columns.width, columns.frozen];
      this.space.style.width = columns.width + 'px';
      this.node.style.setProperty('--grid-frozen', columns.frozen + 'px');
    }
    this.head.show(seen);
    this.body.show(first, last, { columns: seen, place: (at) => at * this.tall + shift, data: (at) => this.windows.row(at) });
    this.mark();
    clearTimeout(this.timers.want);
    const end = Math.max(0, this.windows.total - 1);
    const want = () => this.windows.want(Math.max(0, first - ahead), Math.min(end, last + ahead));
    if (far) this.timers.want = setTimeout(want, calm);
    else want();
  }

  came(answer) {
    const total = this.windows.total;
    this.view.setAttribute('aria-busy', String(!answer.complete));
    this.view.setAttribute('aria-rowcount', answer.complete || total > 0 ? total + 1 : -1);
    if (this.held) this.begin();
    this.selection.within(total);
    this.scroll.fit();
    this.nothing.hidden = total > 0;
    if (total === 0) replace(this.nothing, this.options.empty?.(answer.complete));
    this.draw();
    clearTimeout(this.timers.poll);
    this.pause = answer.complete ? soon : Math.min(again, 2 * this.pause);
    if (!answer.complete) this.timers.poll = setTimeout(() => this.refresh(), this.pause);
    this.options.onWindow?.(answer);
  }

  failed(error) {
    clearTimeout(this.timers.poll);
    this.options.onError?.(error);
  }

  // mark shows what is selected, and tells it to screen readers.
  mark() {
    const { active, rows, cols } = this.selection;
    const columns = this.columnsOf;
    const [from, to] = cols ? cols.map((id) => columns.at(id)).sort((a, b) => a - b) : [0, Infinity];
    const inside = (at, id) => rows.length > 0 && this.selection.hasRow(at) && from <= columns.at(id) && columns.at(id) <= to;
    const marked = (at, id) => (at === active.row && id === active.col ? 'active' : inside(at, id) ? 'selected' : '');
    this.body.mark((at) => at === active.row || this.selection.hasRow(at), (at) => !cols && this.selection.hasRow(at), marked);
    this.head.mark((id) => active.row < 0 && id === active.col);
    const id = active.row < 0 ? `${this.name}-head-${active.col}` : this.body.active;
    const there = active.row < 0 ? this.head.cells.has(active.col) : this.body.shown.get(active.row)?.cells.has(active.col);
    if (!there) this.view.removeAttribute('aria-activedescendant');
    else if (this.view.getAttribute('aria-activedescendant') !== id) this.view.setAttribute('aria-activedescendant', id);
  }

  // told draws what is selected and reports it.
  told() {
    this.mark();
    this.options.onSelect?.(this.selected());
  }

  // selected returns { rows: [[from, to], …] by position, columns: ids or null for whole rows, active: { row, col } }. Moving to a cell
  // selects no rows; the row of active is -1 in the header.
  selected() {
    const { rows, cols, active } = this.selection;
    const [from, to] = cols ? cols.map((id) => this.columnsOf.at(id)).sort((a, b) => a - b) : [];
    const columns = cols && this.columnsOf.all.slice(from, to + 1).map((c) => c.id);
    return { rows: rows.map((range) => [...range]), columns, active: { ...active } };
  }

  // select makes the row with an index the active one, and null clears the selection. It resolves to whether the row was found.
  async select(index) {
    if (index === null) {
      this.selection.clear();
      this.told();
      return true;
    }
    const at = await this.find(index);
    if (at >= 0) this.go(at);
    return at >= 0;
  }

  // go makes a cell the active one, and scrolls to it.
  go(row, col = this.selection.active.col) {
    this.selection.to(Math.max(-1, Math.min(row, Math.max(0, this.windows.total - 1))), col);
    this.reveal(this.selection.active.row, col);
    this.told();
  }

  // find resolves to the position of the row with an index, -1 if it is not found.
  async find(index) {
    try {
      return await this.windows.find(index);
    } catch (error) {
      this.failed(error);
      return -1;
    }
  }

  row(position) {
    return this.windows.row(position);
  }

  // at resolves to the row at a position, undefined if there is none.
  async at(position) {
    return position < 0 || position >= this.windows.total ? undefined : this.windows.need(position);
  }

  // near resolves to the row that is so many rows after the one with an index, undefined if there is none.
  async near(index, step) {
    const at = await this.find(index);
    return at < 0 || at + step < 0 || at + step >= this.windows.total ? undefined : this.windows.need(at + step);
  }

  // reveal scrolls to a row, and to a column if one is given.
  reveal(position, col) {
    const { scroll, tall } = this;
    const top = position * tall;
    if (position >= 0 && top < scroll.top) scroll.to(top);
    else if (position >= 0 && top + tall > scroll.top + this.room()) scroll.to(top + tall - this.room());
    const one = this.columnsOf.byId.get(col);
    if (one) this.view.scrollLeft = this.columnsOf.toward(one, this.view.scrollLeft);
    this.draw();
  }

  pressed(e) {
    if (e.target !== this.view) return; // a control that the page has put into the grid
    const what = command(e);
    if (!what || !this.does(what)) return;
    e.preventDefault();
    e.stopPropagation();
  }

  // does obeys a key, and reports whether it meant something here.
  does(what) {
    const { active } = this.selection;
    const column = this.columnsOf.byId.get(active.col);
    const total = this.windows.total;
    switch (what.name) {
      case 'type':
        if (!this.options.onType) return false;
        this.options.onType(what.text);
        return true;
      case 'move': return this.move(what);
      case 'open':
      case 'edit': return active.row < 0 ? this.header(column) : this.open(active.row, column, what.name);
      case 'fit': return active.row < 0 && column ? this.fitColumn(active.col) : false;
      case 'line':
        if (active.row < 0) return this.header(column);
        if (total > 0) this.selection.line(active.row, what);
        break;
      case 'column':
        if (total > 0) this.selection.column(total);
        break;
      case 'all':
        this.selection.all(total);
        break;
      case 'clear':
        if (!this.selection.clear()) return false;
        break;
      case 'copy':
        this.copy();
        return true;
    }
    this.told();
    return true;
  }

  move({ down = 0, right = 0, pages = 0, extend }) {
    const columns = this.columnsOf.all;
    if (!columns.length) return false;
    const { active } = this.selection;
    const at = Math.max(0, this.columnsOf.at(active.col));
    if (active.row < 0 && extend && right) return this.resize(active.col, columns[at].width + Math.sign(right) * step, true);
    const page = Math.max(1, Math.floor(this.room() / this.tall) - 1);
    const most = Math.max(0, this.windows.total - 1);
    const least = active.row === 0 && down === -1 && !extend ? -1 : 0; // only a step up leads to the header
    let row = Math.max(least, Math.min(most, active.row + down + pages * page));
    if (active.row < 0) row = down > 0 || pages > 0 ? Math.min(most, down > 1 ? most : Math.ceil(this.scroll.top / this.tall)) : -1;
    const col = columns[Math.max(0, Math.min(columns.length - 1, at + right))].id;
    if (extend && active.row >= 0 && this.windows.total > 0) this.selection.reach(row, col);
    else this.selection.to(row, col);
    this.reveal(row, col);
    this.told();
    return true;
  }

  open(row, column, key) {
    if (!column || row < 0 || (this.windows.total >= 0 && row >= this.windows.total)) return false;
    const data = this.windows.row(row);
    if (data) this.options.onOpen?.(data, column.column, row, key);
    else this.windows.need(row).then((late) => late && this.selection.active.row === row && this.options.onOpen?.(late, column.column, row, key), () => {});
    return true;
  }

  header(column) {
    if (column) this.options.onHeader?.(column.column, this.head.cells.get(column.id)?.node);
    return true;
  }

  // place returns the row and the column at a point of the window; the column of the numbers of rows has no id.
  place({ clientX, clientY }) {
    const box = this.view.getBoundingClientRect();
    const x = clientX - box.left - this.view.clientLeft;
    const y = clientY - box.top - this.view.clientTop - this.size.head;
    const row = Math.max(0, Math.min(this.windows.total - 1, Math.floor((this.scroll.top + y) / this.tall)));
    const one = this.columnsOf.on(x, this.view.scrollLeft);
    return { row, col: one?.id ?? '', y };
  }

  // grabbed begins a selection by the mouse. A finger scrolls, and selects by a tap.
  grabbed(e) {
    this.touched = e.pointerType !== 'mouse';
    if (e.button !== 0 || this.touched || e.target.closest(controls) || !e.target.closest('.grid-row')) return;
    e.preventDefault(); // selects no text
    this.view.focus({ preventScroll: true });
    const at = this.place(e);
    this.pick(at, e);
    const whole = !at.col;
    drag(this.view, e, { onMove: (now) => this.dragged(now, whole, at) });
  }

  pick({ row, col }, { shiftKey, ctrlKey, metaKey }) {
    if (this.windows.total <= 0) return;
    if (ctrlKey || metaKey || !col) this.selection.line(row, { add: ctrlKey || metaKey, extend: shiftKey });
    else if (shiftKey) this.selection.reach(row, col);
    else this.selection.to(row, col);
    this.told();
  }

  dragged(e, whole, from) {
    const box = this.view.getBoundingClientRect();
    const down = pull(e.clientY, box.top + this.size.head, box.top + this.size.height);
    const right = whole ? 0 : pull(e.clientX, box.left + this.columnsOf.frozen, box.left + this.size.width);
    const { row, col } = this.place(e);
    const { active } = this.selection;
    if ((row === from.row && (whole || col === from.col) && !this.selection.rows.length) || this.windows.total <= 0) return;
    if (down) this.scroll.to(this.scroll.top + down);
    if (right) this.view.scrollLeft += right;
    if (down || right) this.draw();
    if (row === active.row && (whole || col === active.col || !col)) return;
    if (whole) this.selection.line(row, { extend: true });
    else this.selection.reach(row, col || active.col);
    this.told();
  }

  clicked(e) {
    if (e.target.closest(controls)) return;
    const name = e.target.closest('.grid-name');
    if (name?.dataset.id && !e.target.closest('.grid-grip')) {
      this.view.focus({ preventScroll: true });
      this.selection.to(-1, name.dataset.id);
      this.told();
      this.header(this.columnsOf.byId.get(name.dataset.id));
    } else if (this.touched && e.target.closest('.grid-row')) {
      this.pick(this.place(e), e);
    }
  }

  opened(e) {
    const on = document.elementFromPoint(e.clientX, e.clientY); // the target of the event is the view, which has captured the pointer
    if (!on?.closest('.grid-row') || on.closest(controls)) return;
    const { row, col } = this.place(e);
    this.open(row, this.columnsOf.byId.get(col) ?? this.columnsOf.all[0]);
  }

  // copy puts what is selected onto the clipboard as a spreadsheet does, at most mostCopied rows. onCopy learns how many of them.
  async copy() {
    const { rows, columns, active } = this.selected();
    const ranges = rows.length || active.row < 0 || active.row >= this.windows.total ? rows : [[active.row, active.row]];
    const ids = rows.length ? columns ?? this.columnsOf.all.map((c) => c.id) : [active.col];
    const chosen = ids.map((id) => this.columnsOf.byId.get(id)?.column).filter(Boolean);
    const of = ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
    if (!of || !chosen.length) return;
    const text = this.options.text ?? ((row, column) => {
      const value = this.options.render(row, column) ?? '';
      return value instanceof Node ? value.textContent : String(value);
    });
    this.copying?.abort();
    this.copying = new AbortController();
    const { signal } = this.copying;
    try {
      const found = await selectedRows(ranges, this.windows.source, signal);
      const all = tsv(found.map((row) => chosen.map((column) => text(row, column))));
      await copyText(all);
      if (!signal.aborted) this.options.onCopy?.({ rows: found.length, of, most: mostCopied, text: all });
    } catch (error) {
      if (!signal.aborted) this.options.onCopy?.({ rows: 0, of, most: mostCopied, error });
    }
  }

  resize(id, width, done) {
    this.columnsOf.resize(id, width);
    this.draw();
    if (done) this.options.onLayout?.(this.layout());
    return true;
  }

  fitColumn(id) {
    const cells = [...this.body.shown.values()].map((row) => row.cells.get(id)?.node).filter(Boolean);
    this.columnsOf.fit(id, [this.head.cells.get(id)?.node, ...cells].filter(Boolean));
    this.draw();
    this.options.onLayout?.(this.layout());
    return true;
  }

  // density sets the height of rows: 'one' line, or up to three that wrap ('wrap').
  density(kind) {
    this.node.dataset.density = kind in heights ? kind : 'one';
    this.measure();
  }

  // layout returns what the user has chosen, { widths, hidden, density }, or takes it over.
  layout(chosen) {
    if (!chosen) return { ...this.columnsOf.layout(), density: this.node.dataset.density };
    this.columnsOf.restore(chosen);
    if (chosen.density) this.density(chosen.density);
    this.arrange();
  }

  focus() {
    this.view.focus({ preventScroll: true });
  }

  close() {
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    cancelAnimationFrame(this.frame);
    this.copying?.abort();
    this.windows.stop();
    this.scroll.close();
    this.resized.disconnect();
  }
}
