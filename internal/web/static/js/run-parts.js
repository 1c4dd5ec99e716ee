import './text/runs.js';
import { h, replace } from './dom.js';
import { t } from './i18n.js';

const alive = ['planning', 'connecting', 'running', 'paused', 'stopping', 'writing'];

export const isAlive = (run) => Boolean(run) && alive.includes(run.state);

// isSteered reports whether the actions of a live run are offered: it is one of this page, or its process answers.
export const isSteered = (run) => run.here || Boolean(run.live?.steered);

// through returns the rows of a run that are done. Those whose answers are out of date since one of them was edited are still done: figures never run backwards.
export const through = (run) => run.completed + run.failed + run.blocked + run.skipped + (run.outdated ?? 0);

// share returns how much of a run is done, from 0 to 1. For a live run, requests count, too.
function share(run) {
  if (run.state === 'completed') return 1;
  const live = run.live?.jobs ? run.live.done / run.live.jobs : 0;
  return Math.min(1, Math.max(live, run.rows ? through(run) / run.rows : 0));
}

// unfit returns the number of answers that were paid for and do not have the form: asking again gives the same.
export const unfit = (run) => (run.failures?.['invalid answer'] ?? 0) + (run.failures?.['needs another column'] ?? 0);

export const retryable = (run) => Math.max(0, run.failed - unfit(run));

// causeName returns the name of a cause of failure on the page.
export function causeName(cause) {
  const key = 'runs.cause.' + cause;
  return t(key) === key ? cause : t(key);
}

// badge shows the state of a run.
export function badge() {
  const node = h('span', { class: 'badge' });
  return {
    node,
    update(state) {
      if (node.dataset.state === state) return; // its pulse would restart
      node.dataset.state = state;
      node.textContent = t('runs.state.' + state);
    },
  };
}

// bar shows how much of a run is done.
export function bar() {
  const inner = h('span');
  const node = h('div', { class: 'progress', role: 'progressbar', 'aria-label': t('runs.progress'), 'aria-valuemin': 0, 'aria-valuemax': 100 }, inner);
  return {
    node,
    update(run) {
      inner.style.width = share(run) * 100 + '%';
      node.setAttribute('aria-valuenow', Math.floor(share(run) * 100));
      node.dataset.live = String(isAlive(run));
    },
  };
}

// marks show the origin of a run, which may be null, and more: texts with their explanations.
export function marks(node, run, more = []) {
  const foreign = isAlive(run) && !run.here && [t('runs.elsewhere'), t(isSteered(run) ? 'runs.steeredWhy' : 'runs.elsewhereWhy')];
  const all = [foreign, run?.sandbox && [t('runs.sandbox'), t('runs.sandboxWhy')], ...more].filter(Boolean);
  if (node.dataset.told === JSON.stringify(all)) return;
  node.dataset.told = JSON.stringify(all);
  replace(node, all.map(([text, why]) => h('span', { class: 'run-mark', title: why }, text)));
}
