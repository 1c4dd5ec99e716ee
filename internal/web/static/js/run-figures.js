import './text/runs.js';
import { h, replace } from './dom.js';
import { n, t } from './i18n.js';
import { duration, num, percent, shares } from './format.js';
import { linesOf, onlyWaits } from './run-batches.js';
import { budgetCard, spentFigure } from './run-spend.js';
import { causeName, isAlive, unfit } from './run-parts.js';

const states = [['runs.answered', 'completed'], ['runs.failed', 'failed'], ['runs.blocked', 'blocked'], ['runs.skipped', 'skipped'], ['runs.pending', 'pending']];

// list is a row of numbers with names, which keep their places while the numbers change.
function list() {
  const node = h('dl', { class: 'figures' });
  let names = '';
  return {
    node,
    update(all) {
      node.hidden = all.length === 0;
      if (names !== all.map(([name]) => name).join()) {
        names = all.map(([name]) => name).join();
        replace(node, all.map(([name]) => h('div', { class: 'figure' }, h('dt', null, t(name)), h('dd', { class: 'num' }), h('dd', { class: 'figure-under num muted' }))));
      }
      all.forEach(([, value, under], i) => {
        node.children[i].children[1].textContent = value;
        node.children[i].children[2].textContent = under || '';
      });
    },
  };
}

// figures shows the numbers of a run. onState filters the rows.
export function figures(onState) {
  const rows = list();
  const pace = list();
  const trouble = h('p', { class: 'note run-trouble', role: 'status', hidden: true });
  const budget = budgetCard();
  const failures = bars(causeName);
  const why = h('section', { class: 'card stack', hidden: true }, h('h2', { class: 'bars-title' }, t('runs.failures')), failures.node,
    h('button', { class: 'button small bars-pick', type: 'button', on: { click: () => onState('failed') } }, t('runs.showThese')));
  const values = h('div', { class: 'stack' });
  const wrong = h('p', { class: 'help', hidden: true });
  why.append(wrong);
  const distributions = new Map();
  rows.update(states.map(([name]) => [name, '–']));

  function drawValues(all) {
    for (const { column, counts } of all) {
      if (!distributions.has(column)) {
        const one = bars((name) => name || t('runs.emptyValue'));
        distributions.set(column, one);
        values.append(h('section', { class: 'card stack' }, h('h2', { class: 'bars-title' }, t('runs.values', { column })), one.node));
      }
      distributions.get(column).update(counts.map((c) => [c.value, c.rows]));
    }
  }

  return {
    node: h('section', { class: 'stack', 'aria-label': t('runs.figures') }, trouble, rows.node, pace.node, budget.node, h('div', { class: 'run-bars' }, why, values)),
    update(run, detail) {
      const parts = shares(states.map(([, of]) => (run.rows ? run[of] : 0)));
      rows.update(states.map(([name, of], i) => [name, run.rows ? num(run[of]) : '–', parts[i]]));
      pace.update([...(run.live ? liveFigures(run) : isAlive(run) ? [] : pastFigures(detail)), ...batchFigures(run), ...spentFigure(run)]);
      budget.update(run);
      trouble.textContent = run.live?.down ? t('runs.down') : run.live?.silent >= 1 ? silence(run.live) : run.live?.held >= 1 ? t('runs.held', { time: duration(run.live.held) }) : '';
      trouble.hidden = !trouble.textContent;
      failures.update(Object.entries(run.failures ?? {}));
      wrong.hidden = unfit(run) === 0 || isAlive(run);
      wrong.textContent = wrong.hidden ? '' : n('runs.unfit', unfit(run));
      why.hidden = !Object.keys(run.failures ?? {}).length;
      drawValues((detail?.values ?? []).filter((v) => v.counts?.length));
    },
  };
}

// found describes what the run has found out about the quota.
function found({ streams = 0, starts = 0, seconds = 0, refused = 0 } = {}) {
  const parts = [];
  if (streams > 0) parts.push(t('runs.quotaStreams', { n: num(streams) }));
  if (starts > 0) parts.push(n(seconds === 1 ? 'runs.quotaSecond' : seconds === 60 ? 'runs.quotaMinute' : 'runs.quotaSeconds', starts, { s: num(seconds) }));
  if (refused > 0) parts.push(t('runs.quotaChance', { p: percent(refused) }));
  return parts;
}

// quotaFigure is a number, with its words below it: they may be too long for the width of a figure.
function quotaFigure([first, ...more]) {
  if (!first) return [];
  const [, number = first, words] = /^(\d\S*)\s(.+)$/.exec(first) ?? [];
  return [['runs.quota', number, [words, ...more].filter(Boolean).join(', ')]];
}

// sharer names another process that uses the same key. Of a worker it says what it has in flight and how fast it is, or since when it is silent.
function sharer({ what, version, pid, host, seen, silent, rate = 0, in_flight: inFlight }) {
  const name = [what || 'gigabatch', version].filter(Boolean).join(' ') + (host ? ` (${host}, ${pid})` : ` (${pid})`);
  if (!seen) return name;
  const does = silent ? t('runs.workerSilent', { time: duration(Math.max(1, Math.round((Date.now() - new Date(seen)) / 1000))) }) : t('runs.perMinute', { n: num(rate) });
  return t('runs.worker', { name, n: num(inFlight), does });
}

const liveFigures = ({ live: l, ...run }) => [
  ...(onlyWaits({ live: l, ...run }) ? [] : [
    ['runs.rate', t('runs.perMinute', { n: num(l.rate * 60, { maximumFractionDigits: l.rate < 1 ? 1 : 0 }) })],
    ['runs.eta', l.eta === null ? '–' : '≈\u202f' + duration(l.eta)],
    ['runs.inFlight', `${num(l.in_flight)} / ${num(l.concurrency)}`],
    ...quotaFigure(found(l.quota)),
    ...[['runs.workers', (o) => o.seen], ['runs.sharers', (o) => !o.seen]].map(([name, is]) => [name, (l.sharers ?? []).filter(is)]).filter(([, all]) => all.length)
      .map(([name, all]) => [name, num(all.reduce((sum, o) => sum + o.in_flight, 0)), all.map(sharer).join(name === 'runs.workers' ? '; ' : ', ')]),
    ['runs.refused', num(l.refused ?? 0)],
    ['runs.retries', num(l.retries ?? 0)],
  ]),
  ['runs.tokens', num(l.tokens)],
];

// batchFigures are the open batches of a run in progress, or what batches brought.
function batchFigures({ batches, live, batches_did: did }) {
  if (live && batches?.length) {
    const { lines, done } = linesOf(batches);
    return [['runs.batchesOpen', num(batches.length), t('runs.batchesProgress', { done: num(done), lines: num(lines) })]];
  }
  if (live || !did?.answers) return [];
  return [['runs.batchAnswers', num(did.answers), [t('runs.halfPrice'), did.came_twice > 0 && n('runs.cameTwice', did.came_twice)].filter(Boolean).join('; ')]];
}

function pastFigures(detail) {
  const { prompt = 0, completion = 0, cached = 0 } = detail?.tokens ?? {};
  if (prompt + completion === 0) return [];
  return [['runs.tokensRun', num(prompt + completion)], ['runs.tokensPrompt', num(prompt), cached > 0 && t('runs.tokensCached', { n: num(cached) })], ['runs.tokensCompletion', num(completion)]];
}

// bars shows numbers with their names, the largest first.
function bars(nameOf) {
  const node = h('ul', { class: 'bars' });
  const lines = new Map();
  const line = (key) => {
    const inner = h('span');
    const number = h('span', { class: 'num' });
    return { node: h('li', null, h('span', { class: 'bars-name', dir: 'auto' }, nameOf(key)), h('span', { class: 'bars-bar', 'aria-hidden': 'true' }, inner), number), inner, number };
  };
  return {
    node,
    update(pairs) {
      const sorted = [...pairs].sort((x, y) => y[1] - x[1]);
      const most = Math.max(1, sorted[0]?.[1]);
      for (const key of lines.keys()) if (!sorted.some(([k]) => k === key)) { lines.get(key).node.remove(); lines.delete(key); }
      sorted.forEach(([key, x], i) => {
        if (!lines.has(key)) lines.set(key, line(key));
        const one = lines.get(key);
        one.inner.style.width = (x / most) * 100 + '%';
        one.number.textContent = num(x);
        if (node.children[i] !== one.node) node.insertBefore(one.node, node.children[i] ?? null);
      });
    },
  };
}

function silence(live) {
  const text = t('runs.silent', { time: duration(live.silent) });
  return live.trouble ? `${text} ${live.trouble}` : text;
}
