import './text/runs.js';
import { post } from './api.js';
import { cures } from './cures.js';
import { confirm, problem, toast } from './dialog.js';
import { h, replace } from './dom.js';
import { n, t } from './i18n.js';
import { duration, num, time, visible } from './format.js';
import { onlyWaits } from './run-batches.js';
import { badge, bar, isAlive, isSteered, marks, retryable, through } from './run-parts.js';
import { agree, askBudget, hasBudget, planAgain } from './run-spend.js';
import { runMenu } from './run-menu.js';
import { runWidth } from './run-width.js';

// sentence makes a sentence of a message of the server.
const sentence = (text) => (text ? text[0].toUpperCase() + text.slice(1) + '.' : '');

// runHead has the name of the run and its actions. onChange gets the state of the run after an action.
export function runHead(id, onChange) {
  const path = '/api/runs/' + encodeURIComponent(id);
  const title = h('h1', null, h('span', { class: 'skeleton run-skeleton' }));
  const state = badge();
  const more = h('span', { class: 'row run-marks' });
  const facts = h('p', { class: 'muted num run-facts' }, '\u00a0');
  const actions = h('div', { class: 'toolbar run-actions' });
  const why = h('p', { class: 'note', hidden: true });
  const errors = h('div', { class: 'error-box', hidden: true });
  const refusal = h('div', { class: 'stack run-refusal', hidden: true });
  const lacks = h('span');
  const write = h('button', { class: 'button small', type: 'button', dataset: { name: 'write' }, on: { click: () => writeFile() } }, t('runs.writeFile'));
  const unwritten = h('div', { class: 'note row run-unwritten', role: 'status', hidden: true }, lacks, write);
  const behind = h('span');
  const late = h('div', { class: 'note row run-late', role: 'status', hidden: true }, behind,
    h('button', { class: 'button small', type: 'button', dataset: { name: 'late' }, on: { click: () => goOn('continue') } }, t('runs.writeFile')));
  const unsure = h('span');
  const doubts = h('div', { class: 'note row run-doubts', role: 'status', hidden: true }, unsure,
    h('button', { class: 'button small', type: 'button', dataset: { name: 'repost' }, on: { click: () => repost() } }, t('runs.repost')));
  const said = h('div', { class: 'stack', role: 'status' });
  const progress = bar();
  const count = h('span', { class: 'num muted' });
  const width = runWidth((to) => act('concurrency', { n: to }));
  const menu = runMenu(path);
  let drawn = '';
  let busy = false;
  let shown = null;
  let stale = false;

  async function act(what, body) {
    if (busy && what !== 'concurrency') return;
    busy = true;
    refusal.hidden = true;
    let grown = null; // more is asked again than the user has agreed to
    actions.setAttribute('aria-busy', 'true');
    try {
      onChange(await post(`${path}/${what}`, body));
    } catch (error) {
      if (error.code === 'confirm') grown = error;
      else refuse(error, cures(error.code, (where) => act(what, { ...body, ...where })));
    } finally {
      busy = false;
      actions.removeAttribute('aria-busy');
    }
    if (!grown) return;
    toast(grown.message, 'warn');
    goOn(what, { ...body, confirm: undefined });
  }

  // goOn continues a run. What it would ask again although it has an answer is shown first.
  async function goOn(what, how = {}) {
    if (busy) return;
    busy = true;
    refusal.hidden = true;
    actions.setAttribute('aria-busy', 'true');
    let blast = null;
    try {
      blast = await planAgain(path, { ...how, retry: what === 'retry' });
    } catch (error) {
      busy = false;
      actions.removeAttribute('aria-busy');
      return void refuse(error, cures(error.code, (where) => goOn(what, { ...how, ...where })));
    }
    busy = false;
    actions.removeAttribute('aria-busy');
    if (await agree(blast)) act(what, { ...how, ...(blast && { confirm: { requests: blast.requests, rubles: blast.rubles } }) });
  }

  async function goOnWithin() {
    const budget = await askBudget(shown);
    if (budget) goOn('continue', { budget });
  }

  // refuse shows an error with the buttons that avoid it, if there are any.
  function refuse(error, avoid) {
    refusal.hidden = avoid.length === 0;
    if (avoid.length) replace(refusal, problem(error), h('div', { class: 'row' }, avoid));
    else toast([error.message, error.hint].filter(Boolean).join(' — '), 'bad');
  }

  // writeFile writes the output with the edits that it lacks. Another file is that of a run, which asks the pending rows.
  async function writeFile(where) {
    if (busy) return;
    busy = true;
    refusal.hidden = true;
    unwritten.setAttribute('aria-busy', 'true');
    try {
      const { run, note } = await post(`${path}/write`, where);
      toast(note || t('runs.written'), note ? 'warn' : 'ok');
      onChange(run);
    } catch (error) {
      const avoid = cures(error.code, (to) => (to.overwrite ? writeFile(to) : goOn('continue', to)));
      refuse(error, avoid.filter((b) => b.dataset.name === 'overwrite' || shown.pending === 0));
    } finally {
      busy = false;
      unwritten.removeAttribute('aria-busy');
    }
  }

  const button = (name, text, fn, kind = '') => h('button', { class: `button ${kind}`, type: 'button', dataset: { name }, on: { click: fn } }, text);

  async function stop() {
    if (await confirm({ title: t('runs.stopTitle'), text: t('runs.stopText'), ok: t('runs.stop'), danger: true })) act('stop');
  }

  async function repost() {
    if (await confirm({ title: t('runs.repostTitle'), text: t('runs.repostText'), ok: t('runs.repost'), danger: true })) goOn('continue', { repost: true });
  }

  function buttonsOf(run) {
    const all = [];
    if (isSteered(run) && isAlive(run)) {
      if (run.state === 'running') all.push(button('pause', t('runs.pause'), () => act('pause')));
      if (run.state === 'paused') all.push(button('resume', t('runs.resume'), () => act('resume'), 'primary'));
      if (['running', 'paused', 'planning', 'connecting'].includes(run.state)) all.push(button('stop', t('runs.stop'), stop, 'danger'));
      if (isWide(run) && ['running', 'paused'].includes(run.state)) all.push(width.node);
    } else if (run.state !== 'unreadable' && !isAlive(run)) {
      if (['interrupted', 'killed', 'failed'].includes(run.state)) all.push(button('continue', t('runs.continue'), () => goOn('continue'), 'primary'));
      if (run.state === 'waiting') all.push(button('continue', t('runs.collect'), () => goOn('continue'), 'primary'));
      if (run.state === 'limited') all.push(hasBudget(run) ? button('budget', t('runs.continueWithin'), goOnWithin, 'primary') : button('continue', t('runs.continue'), () => goOn('continue'), 'primary'));
      if (run.state === 'tried') all.push(button('continue', t('runs.runAll'), () => goOn('continue'), 'primary'));
      if (retryable(run) > 0) all.push(button('retry', n('runs.retry', retryable(run)), () => goOn('retry')));
      all.push(h('a', { class: 'button', href: '/new?input=' + encodeURIComponent(run.name) }, t('runs.again')));
    }
    if (run.version > 0 && run.state !== 'unreadable') all.push(h('a', { class: 'button', href: `/runs/${encodeURIComponent(id)}/report` }, t('runs.report')), menu.node);
    return all;
  }

  // isWide reports whether a number of requests at once makes sense. Batches have none.
  const isWide = (run) => Boolean(run.live) && !(onlyWaits(run) && !run.live.concurrency);

  // shape determines the buttons. They are redrawn only if it changes, so that none disappears under the pointer.
  const shape = (run) => [run.state, isSteered(run), isWide(run), isAlive(run) ? 0 : run.failed, run.version > 0].join();

  function drawActions(run) {
    menu.update(isAlive(run) || run.pending > 0);
    if (run.live) width.update(run.live);
    if (shape(run) === drawn) return;
    drawn = shape(run);
    const had = actions.contains(document.activeElement) && document.activeElement;
    replace(actions, buttonsOf(run));
    if (!had || had === document.activeElement) return;
    (had.isConnected ? had : actions.querySelector('button:not(:disabled), a'))?.focus({ preventScroll: true });
  }

  function reason(run) {
    if (isAlive(run) && !run.here) return t(isSteered(run) ? 'runs.steeredWhy' : 'runs.elsewhereWhy');
    const why = run.state === 'paused' ? run.batches?.length > 0 && t('runs.why.paused') : ['killed', 'waiting', 'limited', 'interrupted', 'tried', 'stopping', 'planning', 'connecting'].includes(run.state) && t('runs.why.' + run.state);
    return [why, run.state === 'limited' && sentence(run.error?.error), run.reread && t('runs.reread')].filter(Boolean).join(' ');
  }

  function drawFacts(run) {
    const took = run.ended ? (new Date(run.ended) - new Date(run.started)) / 1000 : run.live?.elapsed ?? 0;
    facts.textContent = [
      stale && t('runs.stale'), t('runs.started', { time: time(run.started) }), took >= 0.5 && t(run.ended ? 'runs.took' : 'runs.going', { time: duration(took) }),
      !isAlive(run) && run.output && t('runs.output', { name: visible(run.output) }),
    ].filter(Boolean).join(' · ');
  }

  return {
    node: h('header', { class: 'stack run-head' }, h('a', { class: 'run-back', href: '/runs' }, '← ', t('runs.all')),
      h('div', { class: 'row run-title' }, title, state.node, more), h('div', { class: 'run-progress' }, progress.node, count), facts, actions, refusal, why, doubts, late, unwritten, said, errors),
    update(run) {
      shown = run;
      title.textContent = visible(run.name);
      state.update(run.state);
      marks(more, run);
      progress.update(run);
      count.textContent = [run.rows && t('runs.ofRows', { done: num(through(run)), rows: num(run.rows) }), run.in_batches > 0 && n('runs.inBatches', run.in_batches)].filter(Boolean).join(' · ');
      drawFacts(run);
      why.textContent = reason(run);
      why.hidden = !why.textContent;
      late.hidden = isAlive(run) || !run.late;
      behind.textContent = late.hidden ? '' : n('runs.late', run.late, { name: run.output || t('runs.outputFiles') });
      doubts.hidden = isAlive(run) || !run.batches?.length || !run.batches_did?.doubted;
      unsure.textContent = doubts.hidden ? '' : [sentence(run.batches_did.why_doubtful), n('runs.doubts', run.batches_did.doubted)].filter(Boolean).join(' ');
      if (said.dataset.told !== (run.notes ?? []).join('\n')) {
        said.dataset.told = (run.notes ?? []).join('\n');
        replace(said, (run.notes ?? []).map((text) => h('p', { class: 'note' }, sentence(text))));
      }
      unwritten.hidden = isAlive(run) || !run.unwritten;
      lacks.textContent = unwritten.hidden ? '' : n('runs.unwritten', run.unwritten, { name: run.output || t('runs.outputFiles') });
      const failed = run.state === 'limited' ? null : run.error;
      errors.hidden = !failed;
      replace(errors, failed && [h('strong', null, run.error.error), run.error.hint && h('p', null, run.error.hint), !isAlive(run) && h('div', { class: 'row' }, cures(run.error.cure, (where) => goOn('continue', where)))]);
      drawActions(run);
    },
    // stale marks the state as possibly outdated.
    stale(is) {
      stale = is;
      if (shown) drawFacts(shown);
    },
  };
}
