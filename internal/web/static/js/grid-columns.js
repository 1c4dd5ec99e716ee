const narrowest = 48; // pixels
const widest = 1600;
const widestFit = 480;
const few = 8; // so many columns are all in the document
const spare = 2; // columns beyond the visible ones
const roomy = 560; // pixels of a grid in which a column may be pinned, at most half as wide
const usual = { line: 4.5, number: 7, input: 14, answer: 15 }; // rem

const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
const bounded = (width) => Math.round(Math.max(narrowest, Math.min(width, widest)));

// Columns are the columns of a grid with their places. The widths and the hidden columns that the user has chosen are kept by id.
export class Columns {
  constructor() {
    Object.assign(this, { given: [], all: [], widths: new Map(), hidden: new Map(), line: null, width: 0, room: Infinity });
    this.set([]);
  }

  // set takes over the columns of the page. The one of the kind line is the frozen one with the numbers of rows.
  set(given) {
    this.line = given.find((c) => c.kind === 'line') ?? { id: 'line', kind: 'line', name: '№' };
    this.given = given.filter((c) => c.kind !== 'line');
    this.place();
  }

  // place computes the places. A column is never wider than the grid.
  place(room = this.room) {
    this.room = room;
    const size = (c) => bounded(this.widths.get(c.id) ?? c.width ?? (usual[c.kind] ?? usual.input) * rem());
    this.frozen = Math.min(size(this.line), Math.max(narrowest, room / 3));
    const most = Math.max(2 * narrowest, room - this.frozen - 16);
    const half = room >= roomy ? Math.floor(room / 2) : 0;
    const isPinned = (c) => Boolean(c.pinned) && half > 0 && !(this.widths.get(c.id) > half);
    let x = this.frozen;
    this.all = this.given.filter((c) => !(this.hidden.get(c.id) ?? c.hidden)).map((column) => {
      const one = { column, id: column.id, x, width: Math.min(size(column), isPinned(column) ? Math.min(half, most) : most), pinned: isPinned(column) };
      x += one.width;
      return one;
    });
    this.pinned = this.all.find((one) => one.pinned) ?? null;
    this.all.forEach((one, at) => { one.at = at; });
    this.byId = new Map(this.all.map((one) => [one.id, one]));
    this.width = x;
    if (x > room) this.width = this.toward(this.all.at(-1), 0) + room; // the last column is whole beside a whole one, too
  }

  // at returns the place of a column among the visible ones, -1 if it is not one.
  at(id) {
    return this.byId.get(id)?.at ?? -1;
  }

  // under returns the column at a distance from the left edge of the content, the last one to the right of all.
  under(x) {
    let [low, high] = [0, this.all.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.all[middle].x <= x) low = middle;
      else high = middle - 1;
    }
    return this.all[low];
  }

  // edge returns how many pixels at the left of the grid are covered for a column by what does not scroll: the numbers of rows and, if it is before
  // the column, the pinned one.
  edge(one) {
    return this.frozen + (this.pinned && one.at > this.pinned.at ? this.pinned.width : 0);
  }

  // toward returns how far a grid that is scrolled to left scrolls to show a column whole. None is cut at the left edge then.
  toward(one, left) {
    const start = (c) => c.x - this.edge(c);
    if (start(one) < left) return one.pinned ? left : start(one);
    const least = one.x + one.width - this.room;
    if (least <= left) return left;
    return Math.min(start(one), ...this.all.slice(0, one.at).filter((c) => !c.pinned && start(c) >= least).map(start));
  }

  // on returns the column at a distance from the left edge of the grid, which is scrolled to left.
  on(x, left) {
    const { pinned } = this;
    if (x < this.frozen) return null;
    return pinned && pinned.x - left < this.frozen && x < this.frozen + pinned.width ? pinned : this.under(x + left);
  }

  // seen returns the columns that belong into the document.
  seen(left, room) {
    if (this.all.length <= few) return this.all;
    const from = Math.max(0, this.under(left + this.frozen).at - spare);
    const to = Math.min(this.all.length, this.under(left + room).at + 1 + spare);
    const { last } = this;
    if (last?.all !== this.all || last.from !== from || last.to !== to) {
      this.last = { all: this.all, from, to, seen: [...(this.pinned?.at < from ? [this.pinned] : []), ...this.all.slice(from, to)] };
    }
    return this.last.seen;
  }

  resize(id, width) {
    this.widths.set(id, bounded(width));
    this.place();
  }

  // fit gives a column the width of the widest of its cells.
  fit(id, cells) {
    const were = cells.map((cell) => [cell.style.width, cell.style.whiteSpace]);
    for (const cell of cells) Object.assign(cell.style, { width: '0', whiteSpace: 'nowrap' });
    const wide = cells.map((cell) => cell.scrollWidth + parseFloat(getComputedStyle(cell).paddingInlineEnd));
    cells.forEach((cell, i) => { [cell.style.width, cell.style.whiteSpace] = were[i]; });
    this.resize(id, Math.min(widestFit, Math.ceil(Math.max(0, ...wide)) + 2));
  }

  layout() {
    const hidden = this.given.filter((c) => this.hidden.get(c.id) ?? c.hidden).map((c) => c.id);
    return { widths: Object.fromEntries(this.widths), hidden };
  }

  restore({ widths, hidden }) {
    if (widths) this.widths = new Map(Object.entries(widths).filter(([, w]) => Number.isFinite(w)));
    if (hidden) this.hidden = new Map([...this.given.map((c) => [c.id, false]), ...hidden.map((id) => [id, true])]);
    this.place();
  }
}
