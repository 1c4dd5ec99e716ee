import { get } from './api.js';

const pageSize = 80;
const mostPages = 24;

// Pages holds windows of the rows of a run, a bounded number of them. onChange is called when one has come.
export class Pages {
  constructor(id, onChange, onError) {
    Object.assign(this, { id, onChange, onError, pages: new Map(), going: new Map(), total: 0, complete: false, filter: '', text: '', turn: 0 });
  }

  // choose forgets everything: other rows are shown from now on.
  choose(filter, text) {
    for (const stop of this.going.values()) stop.abort();
    Object.assign(this, { filter, text, pages: new Map(), going: new Map(), complete: false, turn: this.turn + 1 });
  }

  // outdated marks what is there as old; it stays until it has come anew.
  outdated() {
    for (const page of this.pages.values()) page.old = true;
    this.complete = false;
  }

  row(i) {
    return this.pages.get(Math.floor(i / pageSize))?.rows[i % pageSize];
  }

  // want fetches what lies between two rows, and gives up what is on its way for others.
  want(first, last) {
    const wanted = new Set();
    for (let p = Math.floor(first / pageSize); p <= Math.floor(Math.max(last, first) / pageSize); p++) wanted.add(p);
    for (const [p, stop] of this.going) if (!wanted.has(p)) stop.abort();
    for (const p of wanted) if (!this.going.has(p) && (this.pages.get(p)?.old ?? true)) this.fetch(p);
  }

  async fetch(p) {
    const stop = new AbortController();
    const turn = this.turn;
    this.going.set(p, stop);
    const query = new URLSearchParams({ from: p * pageSize, n: pageSize, state: this.filter, q: this.text });
    try {
      this.take(p, await get(`/api/runs/${this.id}/rows?${query}`, stop.signal), turn);
    } catch (error) {
      if (error.name !== 'AbortError' && turn === this.turn) this.onError(error);
    } finally {
      if (this.going.get(p) === stop) this.going.delete(p);
    }
  }

  take(p, window, turn) {
    if (turn !== this.turn) return;
    this.pages.delete(p);
    this.pages.set(p, { rows: window.rows, old: false });
    if (this.pages.size > mostPages) this.pages.delete(this.pages.keys().next().value);
    this.total = window.total;
    this.complete = window.complete;
    this.onChange();
  }
}
