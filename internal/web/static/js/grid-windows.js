const size = 100; // rows of a window
const most = 24; // windows that are kept
const farthest = 10000; // rows that a search looks through if they are in no known order

const windowOf = (i) => Math.floor(i / size);

// Windows holds a bounded number of windows of the rows of a source. onCome is called when one arrives, onError when one is refused.
export class Windows {
  constructor(onCome, onError) {
    Object.assign(this, { onCome, onError, going: new Map(), age: 0 });
    this.use(null);
  }

  // use drops all rows. The total is unknown (-1) until a window arrives.
  use(source) {
    this.stop();
    Object.assign(this, { source, pages: new Map(), bad: new Set(), total: -1, complete: false });
  }

  stop() {
    for (const p of [...this.going.keys()]) this.abort(p);
  }

  abort(p) {
    this.going.get(p).stop.abort();
    this.going.delete(p);
  }

  // outdated marks all windows as old, also those being loaded. They stay until they are loaded again.
  outdated() {
    this.age++;
    this.bad.clear();
  }

  row(i) {
    return this.pages.get(windowOf(i))?.rows[i % size];
  }

  // need resolves to a row, or to undefined if it does not arrive.
  async need(i) {
    return this.row(i) ?? (await this.source?.fetch(i, 1, new AbortController().signal).catch(() => null))?.rows[0];
  }

  // want loads the windows between two rows, and aborts the loading of others. A window that was refused is asked for again after it was
  // out of sight, or after outdated.
  want(first, last) {
    if (!this.source) return;
    const [from, to] = [windowOf(first), windowOf(last)];
    const near = (p) => p >= from && p <= to;
    for (const p of [...this.going.keys()]) if (!near(p)) this.abort(p);
    for (const p of [...this.bad]) if (!near(p)) this.bad.delete(p);
    for (let p = from; p <= to; p++) {
      const page = this.pages.get(p);
      if (page) this.pages.delete(p), this.pages.set(p, page); // the last ones used are kept
      if (page?.age !== this.age && !this.going.has(p) && !this.bad.has(p)) this.load(p);
    }
  }

  async load(p) {
    const stop = new AbortController();
    const age = this.age;
    this.going.set(p, { stop });
    let answer = null;
    let wrong = null;
    try {
      answer = await this.source.fetch(p * size, size, stop.signal);
    } catch (error) {
      wrong = error;
    }
    if (stop.signal.aborted) return;
    this.going.delete(p);
    if (answer) return this.take(p, answer, age);
    this.bad.add(p);
    this.onError(wrong);
  }

  // take keeps a window. A row that has not changed stays the same object, so that what shows it is left alone.
  take(p, answer, age) {
    const old = this.pages.get(p)?.rows ?? [];
    const rows = answer.rows.map((row, i) => (old[i] && JSON.stringify(old[i]) === JSON.stringify(row) ? old[i] : row));
    this.pages.delete(p);
    this.pages.set(p, { rows, age });
    Object.assign(this, { total: answer.total, complete: answer.complete });
    for (const q of [...this.pages.keys()]) if (this.pages.size > most || q * size >= Math.max(1, this.total)) this.pages.delete(q);
    this.onCome(answer);
  }

  // find resolves to the position of the row with an index, -1 if it is not found. A source whose rows are in the order of their indexes
  // says so: ordered.
  async find(index) {
    for (const [p, { rows }] of this.pages) {
      const at = rows.findIndex((row) => row.index === index);
      if (at >= 0) return p * size + at;
    }
    const { source } = this;
    let { total } = this;
    const ask = async (from, n) => {
      const answer = await source.fetch(from, n, new AbortController().signal);
      total = answer.total;
      return answer.rows;
    };
    if ((await ask(index, 1))[0]?.index === index) return index;
    if (!source.ordered) {
      for (let from = 0; from < Math.min(total, farthest); from += 2 * size) {
        const at = (await ask(from, 2 * size)).findIndex((row) => row.index === index);
        if (at >= 0) return from + at;
      }
      return -1;
    }
    let [low, high] = [0, total];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const found = (await ask(middle, 1))[0];
      if (found?.index === index) return middle;
      if (found && found.index < index) low = middle + 1;
      else high = middle;
    }
    return -1;
  }
}
