import { keyHeader, refused } from './key.js';

const again = 2000;
const tooLate = 45000;

// put stores the newest state of a run in a list, the newest run first.
export function put(list, run) {
  const at = list.findIndex((r) => r.id === run.id);
  if (at < 0) list.unshift(run);
  else list[at] = run;
}

// Feed follows the runs by server-sent events, in a language, and keeps their newest state. It reads them by fetch: an EventSource cannot send
// the key.
export class Feed {
  constructor(language, tell) {
    this.language = language;
    this.tell = tell;
    this.closed = false;
    this.stop = null; // ends the present connection
    this.late = 0;
    this.runs = [];
    this.known = false;
    this.state = ''; // not known yet
    this.open();
  }

  // events returns what a late subscriber has missed.
  events() {
    return [this.known && { type: 'runs', runs: this.runs }, this.state && { type: this.state }].filter(Boolean);
  }

  // open reads the events until the connection ends, and tries again.
  async open() {
    if (this.closed) return;
    this.stop = new AbortController();
    let state = 'offline';
    let wait = again;
    try {
      this.live();
      const response = await fetch('/api/events?lang=' + this.language, {
        credentials: 'same-origin', cache: 'no-store', headers: await keyHeader(), signal: this.stop.signal,
      });
      if (response.status === 401) {
        refused();
        state = (await response.json().catch(() => ({}))).code === 'login' ? 'login' : 'session';
        wait = 3 * again;
      } else if (response.ok) {
        this.turn('online');
        wait = again / 4; // too short to be reported; the next answer has the reason
        await this.read(response.body.pipeThrough(new TextDecoderStream()).getReader());
      }
    } catch {
      // the server does not respond
    }
    clearTimeout(this.late);
    this.turn(state);
    setTimeout(() => this.open(), wait);
  }

  // live postpones the moment at which a silent connection is given up. The server sends something every 15 s.
  live() {
    clearTimeout(this.late);
    this.late = setTimeout(() => this.stop.abort(), tooLate);
  }

  async read(reader) {
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.live();
      const events = (rest + value).split('\n\n');
      rest = events.pop();
      events.forEach((event) => this.event(event));
    }
  }

  // event takes an event of text/event-stream as the server writes it: a line with its name and a line with its data, or a comment.
  event(text) {
    const [, name, data] = text.match(/^event: (\w+)\ndata: (.*)$/s) ?? [];
    if (name === 'runs') this.took(JSON.parse(data).runs ?? []);
    else if (name === 'run') this.one(JSON.parse(data));
  }

  close() {
    this.closed = true;
    clearTimeout(this.late);
    this.stop?.abort();
  }

  turn(state) {
    if (state === this.state || this.closed) return;
    this.state = state;
    this.tell({ type: state });
  }

  took(runs) {
    this.runs = runs;
    this.known = true;
    this.tell({ type: 'runs', runs });
  }

  one(run) {
    put(this.runs, run);
    this.tell({ type: 'run', run });
  }
}
