// Selection is what is selected in a grid: the active cell, and either whole rows or a rectangle of cells. A row is its position among the
// rows that are shown, -1 is the header. A column is its id.
export class Selection {
  constructor() {
    this.to(0, '');
  }

  // to makes a cell the active one. Nothing else is selected.
  to(row, col) {
    this.active = { row, col };
    this.clear();
  }

  // clear leaves only the active cell.
  clear() {
    const some = this.rows?.length > 0;
    Object.assign(this, { anchor: this.active, rows: [], cols: null, others: [] });
    return some;
  }

  // reach extends the selection from its anchor to a cell: whole rows if such are selected, else a rectangle.
  reach(row, col) {
    if (!this.rows.length) this.cols = [this.anchor.col, col];
    else if (this.cols) this.cols = [this.cols[0], col];
    this.active = { row, col };
    this.span(row);
  }

  // line selects a row, all between it and the anchor (extend), or one more or fewer (add).
  line(row, { add = false, extend = false } = {}) {
    const col = this.active.col;
    if (!extend) {
      const others = add && !this.cols ? this.rows : [];
      this.to(row, col);
      this.others = others;
    }
    this.active = { row, col };
    this.cols = null;
    if (add && !extend && this.others.some(([from, to]) => from <= row && row <= to)) {
      const halves = this.others.flatMap(([from, to]) => [[from, Math.min(to, row - 1)], [Math.max(from, row + 1), to]]);
      this.rows = this.others = halves.filter(([from, to]) => from <= to);
    } else this.span(row);
  }

  // column selects the whole column of the active cell.
  column(total) {
    Object.assign(this, { rows: [[0, total - 1]], cols: [this.active.col, this.active.col], others: [] });
  }

  all(total) {
    Object.assign(this, { rows: total > 0 ? [[0, total - 1]] : [], cols: null, others: [] });
  }

  span(row) {
    const all = [...this.others, [Math.min(this.anchor.row, row), Math.max(this.anchor.row, row)]].sort((a, b) => a[0] - b[0]);
    this.rows = [];
    for (const [from, to] of all) {
      const last = this.rows.at(-1);
      if (last && from <= last[1] + 1) this.rows[this.rows.length - 1] = [last[0], Math.max(last[1], to)];
      else this.rows.push([from, to]);
    }
  }

  hasRow(row) {
    return this.rows.some(([from, to]) => from <= row && row <= to);
  }

  // within drops what is beyond the last row.
  within(total) {
    const fit = (cell) => ({ ...cell, row: Math.min(cell.row, Math.max(0, total - 1)) });
    Object.assign(this, { active: fit(this.active), anchor: fit(this.anchor) });
    this.rows = this.rows.filter(([from]) => from < total).map(([from, to]) => [from, Math.min(to, total - 1)]);
  }

  get count() {
    return this.rows.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  }
}
