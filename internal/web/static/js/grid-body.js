import { h, replace } from './dom.js';
import { widthOf } from './grid-text.js';

const slack = 40; // pixels that padding and signs take in a cell

// Body keeps the rows of a grid that are in the document. Nodes are changed only where what they show has changed.
export class Body {
  constructor(space, { name, columns, render, loading }) {
    Object.assign(this, { space, active: `${name}-active`, columns, render, loading, shown: new Map(), drawn: 0, font: '' });
  }

  // again makes everything be drawn anew, because the columns or what draws them have changed.
  again() {
    this.drawn++;
  }

  // show puts the rows from first to last into the document. place returns where a row is, data its data.
  show(first, last, { columns, place, data }) {
    const spare = [...this.shown.values()].filter((row) => row.at < first || row.at > last);
    for (const row of spare) this.shown.delete(row.at);
    for (let at = first; at <= last; at++) {
      const row = this.shown.get(at) ?? this.add(at, spare.pop() ?? this.fresh());
      const y = place(at);
      if (row.y !== y) row.node.style.transform = `translateY(${y}px)`;
      row.y = y;
      this.fill(row, data(at), columns);
    }
    for (const row of spare) row.node.remove();
  }

  fresh() {
    const number = h('div', { class: 'grid-number', role: 'rowheader', 'aria-colindex': 1 });
    const node = h('div', { class: 'grid-row', role: 'row', 'aria-selected': 'false' }, number);
    this.space.append(node);
    return { node, number, numbered: undefined, whole: false, marked: false, y: null, cells: new Map(), columns: null, wait: null };
  }

  // add makes a node show another row: nodes that are out of sight are used again.
  add(at, row) {
    row.node.dataset.at = at;
    row.node.setAttribute('aria-rowindex', at + 2);
    this.shown.set(at, Object.assign(row, { at, data: undefined, drawn: -1 }));
    return row;
  }

  fill(row, data, columns) {
    if (row.data === data && row.drawn === this.drawn && row.columns === columns) return;
    const same = row.data === data && row.drawn === this.drawn; // only other columns are seen
    Object.assign(row, { data, drawn: this.drawn });
    if (!data) return this.waiting(row);
    if (row.wait) delete row.node.dataset.wait;
    row.wait?.remove();
    row.wait = null;
    if (!same) this.number(row);
    if (row.columns !== columns) this.arrange(row, columns);
    for (const one of columns) {
      const cell = row.cells.get(one.id);
      if (!same || cell.text === undefined) this.put(cell, one, data);
      this.cut(cell, one);
    }
  }

  // arrange gives a row a cell for each column, in their order.
  arrange(row, columns) {
    row.columns = columns;
    const seen = new Set(columns.map((c) => c.id));
    for (const [id, cell] of row.cells) if (!seen.has(id)) { cell.node.remove(); row.cells.delete(id); }
    let before = row.number;
    let x = this.columns.frozen;
    for (const one of columns) {
      let cell = row.cells.get(one.id);
      if (!cell) row.cells.set(one.id, cell = this.cell(one));
      if (before.nextSibling !== cell.node) before.after(cell.node);
      before = cell.node;
      this.fit(cell, one, one.x - x);
      x = one.x + one.width;
    }
  }

  cell(one) {
    const node = h('div', { class: 'grid-cell', role: 'gridcell', 'aria-selected': 'false', dataset: { id: one.id } });
    return { node, text: undefined, gap: 0, pinned: false, width: -1, need: 0, cut: false, kind: null, index: -1, marked: '' };
  }

  // fit gives a cell the place of its column. gap is the width of the columns before it that are not in the document.
  fit(cell, one, gap) {
    const { node } = cell;
    const kind = (one.column.kind ?? 'input') + (one.column.wrap === false ? ' line' : '') + (one.column.numeric ? ' number' : '');
    if (cell.kind !== kind) node.dataset.kind = kind;
    if (cell.pinned !== one.pinned) node.toggleAttribute('data-pinned', one.pinned);
    if (cell.gap !== gap) node.style.marginInlineStart = gap + 'px';
    if (cell.width !== one.width) node.style.width = one.width + 'px';
    if (cell.index !== one.at) node.setAttribute('aria-colindex', one.at + 2);
    Object.assign(cell, { kind, gap, pinned: one.pinned, width: one.width, index: one.at });
  }

  // cut clips the text of a cell that may have no room. To draw a cell that clips is dear.
  cut(cell, one) {
    const cut = cell.need + slack > one.width;
    if (cell.cut !== cut) cell.node.toggleAttribute('data-cut', cut);
    cell.cut = cut;
  }

  put(cell, one, data) {
    const { node } = cell;
    const value = this.render(data, one.column) ?? '';
    if (value instanceof Node) {
      if (cell.text !== null || node.childNodes.length !== 1 || !node.firstChild.isEqualNode(value)) {
        replace(node, value);
        cell.need = widthOf(value.textContent, this.font);
      }
      cell.text = null;
    } else if (cell.text !== String(value)) {
      if (cell.text && value) node.firstChild.data = value;
      else node.textContent = value;
      cell.text = String(value);
      cell.need = widthOf(cell.text, this.font);
    }
  }

  number(row) {
    const value = this.render(row.data, this.columns.line) ?? row.data.line ?? row.at + 1;
    if (value instanceof Node) {
      if (!row.number.firstChild?.isEqualNode(value)) replace(row.number, value);
    } else if (row.numbered !== String(value)) row.number.textContent = String(value);
    row.numbered = value instanceof Node ? undefined : String(value);
  }

  waiting(row) {
    if (row.numbered !== '') row.number.textContent = '';
    row.numbered = '';
    if (row.wait) return;
    row.node.dataset.wait = '';
    row.wait = h('div', { class: 'grid-wait', role: 'gridcell' }, h('span', { class: 'visually-hidden' }, this.loading));
    row.number.after(row.wait);
  }

  // mark shows which cells are selected. is returns '', 'selected' or 'active' for a cell, line whether the whole row is selected, and some
  // whether anything in a row may be.
  mark(some, line, is) {
    for (const [at, row] of this.shown) {
      const marked = some(at);
      if (marked || row.marked) this.markRow(row, line(at), (id) => is(at, id));
      row.marked = marked;
    }
  }

  markRow(row, whole, is) {
    if (row.whole !== whole) row.node.setAttribute('aria-selected', String(whole));
    row.whole = whole;
    for (const [id, cell] of row.cells) {
      const marked = is(id);
      if (cell.marked === marked) continue;
      cell.marked = marked;
      if (marked) Object.assign(cell.node.dataset, { marked });
      else delete cell.node.dataset.marked;
      if (marked === 'active') cell.node.id = this.active;
      else cell.node.removeAttribute('id');
      cell.node.setAttribute('aria-selected', String(marked !== ''));
    }
  }
}
