import { h, replace } from './dom.js';
import { lang, n, t } from './i18n.js';
import { duration } from './format.js';
import { announce } from './dialog.js';
import { button, say, step, trouble } from './newrun-ui.js';
import { tryRows } from './newrun-model.js';

// tryStep tries a few rows and shows their answers.
export function tryStep(model) {
  const part = step(5, 'newrun.try');
  const start = button('', '', () => model.try());
  start.setAttribute('aria-keyshortcuts', 'Control+Enter');
  const waiting = sign();
  const stale = h('span', { class: 'badge nr-stale', 'data-state': 'paused', hidden: true, title: t('newrun.staleWhy') }, t('newrun.stale'));
  const cost = h('p', { class: 'muted nr-cost' });
  const errors = trouble(null, model);
  const answers = h('div', { class: 'nr-answers' });
  let drawn = null;
  let was = false;
  part.node.append(h('p', { class: 'muted' }, t('newrun.tryIntro')),
    h('div', { class: 'nr-try' }, start, waiting.node, stale), errors.node, answers, cost);
  return {
    node: part.node,
    leave: waiting.stop,
    update() {
      const trying = model.tryingSince > 0;
      start.disabled = trying || !model.ready();
      say(start, t(model.tried ? 'newrun.tryAgain' : 'newrun.tryButton'));
      if (trying && !was) announce(t('newrun.trying'));
      if (!trying && was && model.tried && !model.tryError) announce(costOf(model.tried));
      was = trying;
      waiting.since(model.tryingSince);
      errors.show(trying ? null : model.tryError);
      stale.hidden = trying || !model.stale();
      answers.setAttribute('aria-busy', String(trying));
      answers.classList.toggle('nr-old', model.stale());
      say(cost, model.tried && !trying ? costOf(model.tried) : '');
      const next = model.tried ?? (trying ? 'waiting' : null);
      if (next !== drawn) replace(answers, next === 'waiting' ? skeletons() : next && samplesOf(next));
      drawn = next;
    },
  };
}

const skeletons = () => Array.from({ length: tryRows }, () => h('div', { class: 'skeleton nr-sample-skeleton' }));

function costOf(tried) {
  if (!tried.samples.length) return t('newrun.noSamples');
  if (!tried.requests) return t(tried.samples.some((s) => s.answers.some((a) => a.state === 'pending')) ? 'newrun.triedWaits' : 'newrun.triedNone');
  return [n('newrun.tried', tried.requests), n('newrun.triedTokens', tried.tokens), t('newrun.triedKept')].join(' ');
}

// sign shows that something is in progress, and for how long.
function sign() {
  const seconds = h('span', { class: 'num', 'aria-hidden': 'true' });
  const node = h('span', { class: 'nr-sign', hidden: true }, h('span', { class: 'nr-pulse', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')), t('newrun.trying'), ' ', seconds);
  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
  };
  const since = (start) => {
    node.hidden = !start;
    if (!start) return stop();
    const tick = () => say(seconds, duration(Math.round((Date.now() - start) / 1000)));
    tick();
    if (!timer) timer = setInterval(tick, 1000);
  };
  return { node, since, stop };
}

function samplesOf(tried) {
  const names = tried.schema ? Object.keys(tried.schema.properties ?? {}) : [];
  return names.length ? valueTable(tried, names) : h('ol', { class: 'nr-samples', 'aria-label': t('newrun.samples') }, tried.samples.map(sample));
}

const place = (s) => (s.sheet ? s.sheet + ', ' : '') + t('newrun.sampleRow', { line: s.line });

function badge(state) {
  return h('span', { class: 'badge', 'data-state': state }, t('newrun.state.' + state));
}

function sample(s) {
  return h('li', { class: 'nr-sample' }, s.answers.map((a) => [
    h('div', { class: 'nr-sample-head' }, h('strong', { class: 'num' }, place(s)), badge(a.state)),
    h('div', { class: 'nr-sample-body' }, folded(a.prompt), outcome(a))]));
}

// reachable makes a text that may need scrolling reachable by keyboard.
const reachable = (text) => (text.length > 400 ? { tabindex: '0' } : {});

// folded shows the beginning of a prompt, which can be unfolded.
function folded(prompt) {
  if (!prompt) return h('div', { class: 'muted' }, '—');
  const first = prompt.length > 160 ? prompt.slice(0, 160) + '…' : prompt;
  return h('details', { class: 'nr-asked' }, h('summary', null, h('span', { class: 'visually-hidden' }, t('newrun.samplePrompt') + ': '), h('span', { class: 'nr-first' }, first)),
    h('div', { class: 'nr-text', ...reachable(prompt) }, prompt));
}

function outcome(a) {
  if (a.state === 'completed') return h('div', { class: 'nr-answer nr-text', ...reachable(a.completion) }, a.completion);
  return h('div', { class: 'nr-answer', ...reachable(a.completion ?? '') }, why(a));
}

const whys = { blocked: 'newrun.why.blocked', skipped: 'newrun.why.skipped' };

function why(a) {
  const error = a.error?.[lang()];
  return [whys[a.state] && h('p', null, t(whys[a.state])), error && h('p', { class: a.state === 'failed' ? 'nr-fault' : 'muted' }, error),
    a.completion && h('p', { class: 'nr-text muted' }, a.completion)];
}

function valueTable(tried, names) {
  const head = h('tr', null, h('th', { scope: 'col' }, t('newrun.line')), names.map((name) => h('th', { scope: 'col' }, name)), h('th', { scope: 'col', class: 'nr-wide' }, t('newrun.samplePrompt')));
  const rows = tried.samples.flatMap((s) => s.answers.map((a) => h('tr', null, h('th', { scope: 'row', class: 'num' }, place(s)),
    a.state === 'completed' ? names.map((name) => value(a.values?.[name])) : h('td', { colspan: String(names.length) }, badge(a.state), why(a)),
    h('td', { class: 'nr-wide' }, folded(a.prompt)))));
  return h('div', { class: 'nr-rows nr-values', role: 'region', tabindex: '0', 'aria-label': t('newrun.samples') },
    h('table', { class: 'table' }, h('thead', null, head), h('tbody', null, rows)));
}

function value(v) {
  if (typeof v === 'number') return h('td', { class: 'num' }, String(v));
  if (typeof v === 'boolean') return h('td', null, t(v ? 'newrun.yes' : 'newrun.no'));
  if (v === null || v === undefined) return h('td', { class: 'muted' }, '—');
  return h('td', null, typeof v === 'string' ? v : JSON.stringify(v));
}
