import './text/runs.js';
import { h, replace } from './dom.js';
import { t } from './i18n.js';
import { duration, num, percent } from './format.js';

const figure = (name, value, under) => h('div', { class: 'figure' }, h('dt', null, t(name)), h('dd', { class: 'num' }, value), under && h('dd', { class: 'figure-under num muted' }, under));

// figures are the numbers of a run. onState filters the rows.
export function figures(onState) {
  const rows = h('dl', { class: 'figures' });
  const pace = h('dl', { class: 'figures' });
  const trouble = h('p', { class: 'note run-trouble', role: 'status', hidden: true });
  const failures = h('section', { class: 'card stack', hidden: true });
  const values = h('div', { class: 'stack' });
  return {
    node: h('section', { class: 'stack', 'aria-label': t('runs.figures') }, trouble, rows, pace, h('div', { class: 'run-bars' }, failures, values)),
    update(run, detail) {
      replace(rows, ['answered:completed', 'failed', 'blocked', 'skipped', 'pending'].map((pair) => {
        const [name, of = name] = pair.split(':');
        return figure('runs.' + name, num(run[of]), run.rows > 0 && run[of] > 0 && percent(run[of] / run.rows));
      }));
      replace(pace, run.live ? liveFigures(run.live) : pastFigures(detail));
      pace.hidden = !pace.firstChild;
      trouble.textContent = run.live?.down ? t('runs.down') : run.live?.held >= 1 ? t('runs.held', { time: duration(run.live.held) }) : '';
      trouble.hidden = !trouble.textContent;
      drawFailures(failures, run, onState);
      replace(values, (detail?.values ?? []).filter((v) => v.counts?.length).map((v) => h('section', { class: 'card stack' }, h('h3', null, t('runs.values', { column: v.column })), bars(v.counts.map((c) => [c.value, c.rows])))));
    },
  };
}

const liveFigures = (l) => [
  figure('runs.rate', t('runs.perMinute', { n: num(l.rate * 60, { maximumFractionDigits: l.rate < 1 ? 1 : 0 }) })),
  figure('runs.eta', l.eta === null ? '–' : '≈ ' + duration(l.eta)),
  figure('runs.inFlight', `${num(l.in_flight)} / ${num(l.concurrency)}`),
  figure('runs.refused', num(l.refused ?? 0)),
  figure('runs.retries', num(l.retries ?? 0)),
  figure('runs.tokens', num(l.tokens)),
];

function pastFigures(detail) {
  if (!detail?.tokens) return [];
  const { prompt, completion } = detail.tokens;
  return prompt + completion > 0 ? [figure('runs.tokens', num(prompt + completion), t('runs.tokensOf', { prompt: num(prompt), completion: num(completion) }))] : [];
}

function drawFailures(node, run, onState) {
  const all = Object.entries(run.failures ?? {}).sort((x, y) => y[1] - x[1]);
  node.hidden = all.length === 0;
  if (node.hidden) return replace(node);
  const had = node.contains(document.activeElement);
  replace(node, h('h3', null, t('runs.failures')), bars(all),
    h('div', { class: 'row' }, h('button', { class: 'button quiet small', type: 'button', on: { click: () => onState('failed') } }, t('runs.showThese'))));
  if (had) node.querySelector('button').focus({ preventScroll: true });
}

// bars are numbers with their names, the largest first.
function bars(pairs) {
  const most = Math.max(1, ...pairs.map(([, x]) => x));
  return h('ul', { class: 'bars' }, pairs.map(([name, x]) => {
    const inner = h('span');
    inner.style.width = (x / most) * 100 + '%';
    return h('li', null, h('span', { class: 'bars-name' }, name), h('span', { class: 'bars-bar', 'aria-hidden': 'true' }, inner), h('span', { class: 'num' }, num(x)));
  }));
}
