import { get } from './api.js';

const pageSize = 80;
const mostPages = 24;

const pageOf = (i) => Math.floor(i / pageSize);

// Pages holds a bounded number of windows of the rows of a run. onChange is called when one arrives.
export class Pages {
  constructor(id, onChange, onError) {
    Object.assign(this, { path: `/api/runs/${encodeURIComponent(id)}/rows?`, onChange, onError, going: new Map(), total: 0, age: 0 });
    this.choose('', '');
  }

  // choose drops everything, because other rows are shown now.
  choose(filter, text) {
    this.stop();
    Object.assign(this, { filter, text, pages: new Map(), bad: new Set(), complete: false });
  }

  stop() {
    for (const p of [...this.going.keys()]) this.abort(p);
  }

  abort(p) {
    this.going.get(p).stop.abort();
    this.going.delete(p);
  }

  // outdated marks all windows as old, also those being loaded; they stay until they are loaded again.
  outdated() {
    this.age++;
    this.bad.clear();
  }

  row(i) {
    return this.pages.get(pageOf(i))?.rows[i % pageSize];
  }

  // need resolves to a row, or to undefined if it does not arrive.
  async need(i) {
    const p = pageOf(i);
    if (!this.pages.has(p)) await (this.going.get(p)?.done ?? this.fetch(p));
    return this.row(i);
  }

  // want loads the windows between two rows, and aborts the loading of others.
  want(first, last) {
    const near = (p) => p >= pageOf(first) && p <= pageOf(last);
    for (const p of [...this.going.keys()]) if (!near(p)) this.abort(p);
    for (let p = pageOf(first); p <= pageOf(last); p++) if (!this.going.has(p) && !this.bad.has(p) && this.pages.get(p)?.age !== this.age) this.fetch(p);
  }

  fetch(p) {
    const stop = new AbortController();
    const done = this.load(p, stop, this.age);
    this.going.set(p, { stop, done });
    return done;
  }

  async load(p, stop, age) {
    let window = null;
    let wrong = null;
    try {
      window = await this.ask(p * pageSize, pageSize, stop.signal);
    } catch (error) {
      wrong = error;
    }
    if (stop.signal.aborted) return;
    this.going.delete(p);
    if (window) this.take(p, window, age);
    else this.refused(p, wrong);
  }

  ask(from, n, signal) {
    return get(this.path + new URLSearchParams({ from, n, state: this.filter, q: this.text }), signal);
  }

  // refused marks a window that is not requested again automatically, which would never end.
  refused(p, error) {
    this.bad.add(p);
    this.onError(error);
  }

  take(p, { rows, total, complete }, age) {
    this.pages.delete(p);
    this.pages.set(p, { rows, age });
    if (this.pages.size > mostPages) this.pages.delete(this.pages.keys().next().value);
    Object.assign(this, { total, complete });
    this.onChange();
  }

  // find resolves to the place of the row with an index among the shown rows, or of the first row after it. Rows are in the order of the input.
  async find(index, guess) {
    if (!this.filter && !this.text) return index;
    if (guess >= 0 && (await this.ask(guess, 1)).rows[0]?.index === index) return guess;
    let low = 0;
    let high = (await this.ask(0, 1)).total;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const found = (await this.ask(middle, 1)).rows[0];
      if (found && found.index < index) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
