const again = 2000;
const tooLate = 45000;

// put stores the newest state of a run in a list, the newest run first.
export function put(list, run) {
  const at = list.findIndex((r) => r.id === run.id);
  if (at < 0) list.unshift(run);
  else list[at] = run;
}

// Feed follows the runs by server-sent events, in a language, and keeps their newest state.
export class Feed {
  constructor(language, tell) {
    this.language = language;
    this.tell = tell;
    this.closed = false;
    this.source = null;
    this.runs = [];
    this.known = false;
    this.state = 'online';
    this.open();
  }

  // events returns what a late subscriber has missed.
  events() {
    const all = this.known ? [{ type: 'runs', runs: this.runs }] : [];
    return [...all, { type: this.state }];
  }

  open() {
    if (this.closed) return;
    const source = new EventSource('/api/events?lang=' + this.language);
    this.source = source;
    source.onopen = () => this.turn('online');
    source.onerror = () => {
      source.close();
      this.broken();
    };
    source.addEventListener('runs', (e) => this.took(JSON.parse(e.data).runs ?? []));
    source.addEventListener('run', (e) => this.one(JSON.parse(e.data)));
  }

  close() {
    this.closed = true;
    this.source?.close();
  }

  // broken finds out the reason, which an EventSource does not report, and tries again.
  async broken() {
    let state = 'offline';
    try {
      const response = await fetch('/api/hello', { credentials: 'same-origin', cache: 'no-store', signal: AbortSignal.timeout(tooLate) });
      if (response.status === 401) state = (await response.json().catch(() => ({}))).code === 'login' ? 'login' : 'session';
    } catch {
      // the server does not respond
    }
    this.turn(state);
    setTimeout(() => this.open(), state === 'offline' ? again : 3 * again);
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
