import { Feed, put } from './feed.js';
import { lang, onLang } from './i18n.js';
import { sessionKey } from './key.js';

const subscribers = new Set();
let list = null;
let state = 'online';
let started = false;
let leave = () => {}; // ends the present feed

function take(event) {
  if (event.type === 'runs') list = event.runs;
  else if (event.type === 'run') put((list ??= []), event.run);
  else state = event.type;
  for (const fn of [...subscribers]) fn(event);
}

function alone() {
  const feed = new Feed(lang(), take);
  leave = () => feed.close();
  feed.events().forEach(take);
}

function together(address) {
  const worker = new SharedWorker(address, { type: 'module', name: 'gigabatch ' + document.documentElement.dataset.version });
  let heard = false;
  let left = false;
  leave = () => {
    left = true;
    worker.port.postMessage('bye');
    worker.port.close();
  };
  sessionKey().then((key) => key && !left && worker.port.postMessage({ key }));
  worker.onerror = () => {
    if (!heard && !left) alone();
    heard = true;
  };
  worker.port.onmessage = (e) => {
    heard = true;
    if (!left) take(e.data);
  };
}

const address = () => '/static/js/live-worker.js?lang=' + lang();
let policy;

function follow() {
  leave();
  try {
    policy ??= globalThis.trustedTypes?.createPolicy('app', { createScriptURL: address });
    together(policy ? policy.createScriptURL('') : address());
  } catch {
    alone();
  }
}

function start() {
  started = true;
  follow();
  onLang(follow); // events have messages
  addEventListener('pagehide', () => leave());
  addEventListener('pageshow', (e) => e.persisted && location.reload()); // the feed is closed
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

// known reports whether the runs are known.
export const known = () => list !== null;
export const runs = () => list ?? [];
export const run = (id) => runs().find((r) => r.id === id);
export const online = () => state === 'online';
