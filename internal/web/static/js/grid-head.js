import { h, replace } from './dom.js';
import { drag } from './grid-drag.js';

// Head is the header of a grid: a cell for each column, with what the page puts there, and a grip that changes the width.
export class Head {
  constructor({ name, columns, onResize, onFit }) {
    Object.assign(this, { name, columns, onResize, onFit, cells: new Map(), seen: null });
    this.line = h('div', { class: 'grid-name grid-corner', role: 'columnheader', 'aria-colindex': 1 });
    this.row = h('div', { class: 'grid-names', role: 'row', 'aria-rowindex': 1 }, this.line);
    this.node = h('div', { class: 'grid-head', role: 'rowgroup' }, this.row);
  }

  // again forgets the cells, because the columns have changed.
  again() {
    for (const cell of this.cells.values()) cell.node.remove();
    this.cells.clear();
    this.seen = null;
    const { line } = this.columns;
    replace(this.line, line.head ?? h('span', { class: 'grid-title' }, line.name));
  }

  show(seen) {
    this.node.style.width = this.columns.width + 'px';
    this.line.style.width = this.columns.frozen + 'px';
    if (this.seen !== seen) this.set(seen);
    this.seen = seen;
    let x = this.columns.frozen;
    for (const one of seen) {
      const { node } = this.cells.get(one.id);
      node.toggleAttribute('data-pinned', one.pinned);
      node.style.width = one.width + 'px';
      node.style.marginInlineStart = `${one.x - x}px`;
      x = one.x + one.width;
    }
  }

  set(seen) {
    const ids = new Set(seen.map((one) => one.id));
    for (const [id, cell] of this.cells) if (!ids.has(id)) { cell.node.remove(); this.cells.delete(id); }
    let before = this.line;
    for (const one of seen) {
      if (!this.cells.has(one.id)) this.cells.set(one.id, this.cell(one));
      const { node } = this.cells.get(one.id);
      if (before.nextSibling !== node) before.after(node);
      before = node;
    }
  }

  cell({ id, at, column }) {
    const on = { pointerdown: (e) => this.pulled(e, id), dblclick: () => this.onFit(id) };
    const grip = h('span', { class: 'grid-grip', 'aria-hidden': 'true', on });
    const inside = column.head ?? h('span', { class: 'grid-title', dir: 'auto', title: column.name }, column.name);
    const stops = h('div', null, inside).querySelectorAll('a, button, input, select');
    for (const node of stops) node.tabIndex = -1; // the grid is one stop of the Tab key
    const node = h('div', {
      class: 'grid-name', role: 'columnheader', id: `${this.name}-head-${id}`, 'aria-colindex': at + 2, 'aria-sort': column.sort,
      'aria-keyshortcuts': 'Enter Shift+ArrowLeft Shift+ArrowRight Shift+Enter',
      dataset: { id, kind: (column.kind ?? 'input') + (column.numeric ? ' number' : '') },
    }, inside, grip);
    return { node, marked: false };
  }

  pulled(e, id) {
    if (e.button !== 0) return;
    e.preventDefault();
    e.stopPropagation();
    const from = this.columns.byId.get(id).width - e.clientX;
    const to = (now, done) => this.onResize(id, from + now.clientX, done);
    drag(e.currentTarget, e, { onMove: (now) => to(now, false), onEnd: (now) => to(now, true) });
  }

  mark(is) {
    for (const [id, cell] of this.cells) {
      const marked = is(id);
      if (cell.marked !== marked) cell.node.dataset.marked = marked ? 'active' : '';
      cell.marked = marked;
    }
  }
}
