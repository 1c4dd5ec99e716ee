import { h, replace } from './dom.js';

// Body keeps the rows of a grid that are in the document. Nodes are changed only where what they show has changed.
export class Body {
  constructor(space, { name, columns, render, loading }) {
    Object.assign(this, { space, active: `${name}-active`, columns, render, loading, shown: new Map(), drawn: 0 });
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
    return { node, number, numbered: undefined, whole: false, y: null, cells: new Map(), wait: null };
  }

  // add makes a node show another row: nodes that are out of sight are used again.
  add(at, row) {
    row.node.dataset.at = at;
    row.node.setAttribute('aria-rowindex', at + 2);
    this.shown.set(at, Object.assign(row, { at, data: undefined, drawn: -1, columns: null }));
    return row;
  }

  fill(row, data, columns) {
    if (row.data === data && row.drawn === this.drawn && row.columns === columns) return;
    const same = row.data === data && row.drawn === this.drawn; // only other columns are seen
    Object.assign(row, { data, columns, drawn: this.drawn });
    if (!data) return this.waiting(row);
    if (row.wait) delete row.node.dataset.wait;
    row.wait?.remove();
    row.wait = null;
    if (!same) this.number(row);
    const seen = new Set(columns.map((c) => c.id));
    for (const [id, cell] of row.cells) if (!seen.has(id)) { cell.node.remove(); row.cells.delete(id); }
    let before = row.number;
    for (const one of columns) {
      let cell = row.cells.get(one.id);
      const fresh = !cell;
      if (fresh) row.cells.set(one.id, cell = this.cell(one));
      if (before.nextSibling !== cell.node) before.after(cell.node);
      before = cell.node;
      this.fit(cell, one);
      if (fresh || !same) this.put(cell, one, data);
    }
  }

  cell(one) {
    const node = h('div', { class: 'grid-cell', role: 'gridcell', 'aria-selected': 'false', dataset: { id: one.id } });
    return { node, text: null, x: -1, width: -1, kind: null, index: -1, marked: '' };
  }

  // fit gives a cell the place of its column.
  fit(cell, one) {
    const { node } = cell;
    const kind = (one.column.kind ?? 'input') + (one.column.wrap === false ? ' line' : '') + (one.column.numeric ? ' number' : '');
    if (cell.kind !== kind) node.dataset.kind = kind;
    if (cell.x !== one.x) node.style.left = one.x + 'px';
    if (cell.width !== one.width) node.style.width = one.width + 'px';
    if (cell.index !== one.at) node.setAttribute('aria-colindex', one.at + 2);
    Object.assign(cell, { kind, x: one.x, width: one.width, index: one.at });
  }

  put(cell, one, data) {
    const { node } = cell;
    const value = this.render(data, one.column) ?? '';
    if (value instanceof Node) {
      if (cell.text !== null || node.childNodes.length !== 1 || !node.firstChild.isEqualNode(value)) replace(node, value);
      cell.text = null;
    } else if (cell.text !== String(value)) {
      if (cell.text && value) node.firstChild.data = value;
      else node.textContent = value;
      cell.text = String(value);
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

  // mark shows which cells are selected. is returns '', 'selected' or 'active' for a cell, and line whether the whole row is selected.
  mark(line, is) {
    for (const [at, row] of this.shown) {
      const whole = line(at);
      if (row.whole !== whole) row.node.setAttribute('aria-selected', String(whole));
      row.whole = whole;
      for (const [id, cell] of row.cells) {
        const marked = is(at, id);
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
}
