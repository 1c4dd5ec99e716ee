import { Feed, put } from './feed.js';

const subscribers = new Set();
let list = null;
let state = 'online';
let started = false;

function take(event) {
  if (event.type === 'runs') list = event.runs;
  else if (event.type === 'run') put((list ??= []), event.run);
  else state = event.type;
  for (const fn of [...subscribers]) fn(event);
}

function alone() {
  const feed = new Feed(take);
  feed.events().forEach(take);
}

function together(address) {
  const worker = new SharedWorker(address, { type: 'module', name: 'gigabatch ' + document.documentElement.dataset.version });
  let heard = false;
  worker.onerror = () => {
    if (!heard) alone();
    heard = true;
  };
  worker.port.onmessage = (e) => {
    heard = true;
    take(e.data);
  };
  addEventListener('pagehide', () => worker.port.postMessage('bye'));
  addEventListener('pageshow', (e) => e.persisted && location.reload()); // it has said goodbye
}

function start() {
  started = true;
  try {
    const path = '/static/js/live-worker.js';
    const policy = globalThis.trustedTypes?.createPolicy('app', { createScriptURL: () => path });
    together(policy ? policy.createScriptURL('') : path);
  } catch {
    alone();
  }
}

// subscribe calls fn with each event, and at once with the state that is known: { type: 'runs', runs }, { type: 'run', run },
// { type: 'online' | 'offline' | 'session' | 'login' }.
export function subscribe(fn) {
  if (!started) start();
  subscribers.add(fn);
  if (list) fn({ type: 'runs', runs: list });
  fn({ type: state });
  return () => subscribers.delete(fn);
}

// known is whether the server has told of the runs at all.
export const known = () => list !== null;
export const runs = () => list ?? [];
export const run = (id) => runs().find((r) => r.id === id);
export const online = () => state === 'online';
