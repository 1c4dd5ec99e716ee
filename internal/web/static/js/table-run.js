import './text/runs.js';
import './text/table.js';
import { get, post } from './api.js';
import { chart } from './chart.js';
import { cures } from './cures.js';
import { confirm, problem, toast } from './dialog.js';
import { h, replace } from './dom.js';
import { n, t } from './i18n.js';
import { duration, num, rubles, time, visible } from './format.js';
import { batchesCard, onlyWaits } from './run-batches.js';
import { causeChips } from './run-causes.js';
import { figures } from './run-figures.js';
import { badge, bar, isAlive, isSteered, marks, retryable, through } from './run-parts.js';
import { agree, askBudget, hasBudget, planAgain } from './run-spend.js';
import { agreesToLose } from './table-save.js';
import { runWidth } from './run-width.js';
import { needsKey } from './table-key.js';

const seldom = 2000; // between two updates of the chart

// sentence makes a sentence of a message of the server.
// spentOf says what the run has cost, and the budget.
function spentOf({ spent, budget }) {
  if (!spent?.prices_of && !(spent?.cost_rub > 0)) return '';
  const cost = '≈\u202f' + rubles(spent.cost_rub);
  return budget?.max_cost_rub > 0 ? t('runs.budgetOf', { spent: cost, budget: rubles(budget.max_cost_rub) }) : cost;
}

const sentence = (text) => (text ? text[0].toUpperCase() + text.slice(1) + '.' : '');

// runLine is one slim line about the run of a table, with its actions. It opens into the figures, the batches and the course of the run.
export function runLine(store) {
  const id = store.id;
  const path = '/api/runs/' + encodeURIComponent(id);
  const onChange = (run) => store.hear({ ...run });
  const state = badge();
  const origin = h('span', { class: 'row run-marks' });
  const other = h('span', { class: 'run-mark run-other', title: t('table.otherRunWhy'), hidden: true }, t('table.otherRun'));
  const facts = h('span', { class: 'muted num run-facts' });
  const pace = h('span', { class: 'num muted tb-wide' });
  const quota = h('span', { class: 'num muted tb-wide' });
  const money = h('span', { class: 'num muted' });
  const causes = causeChips((filter) => store.filter('', filter));
  const numbers = figures((to) => store.filter('', { op: 'state', values: [to] }));
  const batches = batchesCard();
  const course = chart();
  const open = h('button', { class: 'button small quiet', type: 'button', 'aria-expanded': 'false', 'aria-controls': 'tb-run-more', on: { click: () => unfold(body.hidden) } }, t('table.runMore'));
  const actions = h('div', { class: 'row run-actions' });
  const whole = h('p', { class: 'muted num' });
  const why = h('p', { class: 'note', hidden: true });
  const errors = h('div', { class: 'error-box', hidden: true });
  const refusal = h('div', { class: 'stack run-refusal', hidden: true });
  const lacks = h('span');
  const write = h('button', { class: 'button small', type: 'button', dataset: { name: 'write' }, on: { click: () => store.write() } }, t('table.writeFile'));
  const unwritten = h('div', { class: 'note row run-unwritten', role: 'status', hidden: true }, lacks, write);
  const behind = h('span');
  const late = h('div', { class: 'note row run-late', role: 'status', hidden: true }, behind,
    h('button', { class: 'button small', type: 'button', dataset: { name: 'late' }, on: { click: () => goOn('continue') } }, t('table.writeFile')));
  const unsure = h('span');
  const doubts = h('div', { class: 'note row run-doubts', role: 'status', hidden: true }, unsure,
    h('button', { class: 'button small', type: 'button', dataset: { name: 'repost' }, on: { click: () => repost() } }, t('runs.repost')));
  const said = h('div', { class: 'stack', role: 'status' });
  const progress = bar();
  const count = h('span', { class: 'num muted' });
  const width = runWidth((to) => act('concurrency', { n: to }));
  let drawn = '';
  let busy = false;
  let doing = ''; // the action in progress
  const waiting = []; // actions that begin when it has ended
  let shown = null;
  let stale = false;

  function free() {
    busy = false;
    for (const begin of waiting.splice(0)) begin();
  }

  async function act(what, body) {
    if (busy && doing === what && what !== 'concurrency') return; // a second click
    while (busy) await new Promise((begin) => { waiting.push(begin); }); // the answer to the one before may come late
    busy = true;
    doing = what;
    refusal.hidden = true;
    let grown = null; // more is asked again than the user has agreed to
    actions.setAttribute('aria-busy', 'true');
    try {
      onChange(await post(`${path}/${what}`, body));
    } catch (error) {
      if (error.code === 'confirm') grown = error;
      else refuse(error, cures(error.code, (where) => act(what, { ...body, ...where })));
    } finally {
      free();
      actions.removeAttribute('aria-busy');
    }
    if (!grown) return;
    toast(grown.message, 'warn');
    goOn(what, { ...body, confirm: undefined });
  }

  // goOn continues a run. What it would ask again although it has an answer is shown first.
  async function goOn(what, how = {}) {
    if (busy) return;
    await needsKey(() => goOnNow(what, how));
  }

  async function goOnNow(what, how) {
    if (busy) return;
    busy = true;
    refusal.hidden = true;
    actions.setAttribute('aria-busy', 'true');
    let blast = null;
    try {
      blast = await planAgain(path, { ...how, retry: what === 'retry' });
    } catch (error) {
      free();
      actions.removeAttribute('aria-busy');
      return void refuse(error, cures(error.code, (where) => goOn(what, { ...how, ...where })));
    }
    free();
    actions.removeAttribute('aria-busy');
    if (!(await agree(blast)) || !(await agreesToLose(store, store.versions()[0]?.asked ?? [], shown?.output))) return;
    store.unhide();
    act(what, { ...how, ...(blast && { confirm: { requests: blast.requests, rubles: blast.rubles } }) });
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

  // goOnInto has the last run write into another file from then on, if that asks nothing and the grid shows its version.
  store.goOnInto = (to) => {
    const now = !store.version && !isAlive(shown) && shown?.pending === 0;
    if (now) goOn('continue', to);
    return now;
  };

  const button = (name, text, fn, kind = '') => h('button', { class: `button small ${kind}`, type: 'button', dataset: { name }, on: { click: fn } }, text);

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
    } else if (run.state !== 'unreadable' && !isAlive(run)) {
      if (['interrupted', 'killed', 'failed'].includes(run.state)) all.push(button('continue', t('runs.continue'), () => goOn('continue'), 'primary'));
      if (run.state === 'waiting') all.push(button('continue', t('runs.collect'), () => goOn('continue'), 'primary'));
      if (run.state === 'limited') all.push(hasBudget(run) ? button('budget', t('runs.continueWithin'), goOnWithin, 'primary') : button('continue', t('runs.continue'), () => goOn('continue'), 'primary'));
      if (retryable(run) > 0 && !isOther(run)) all.push(button('retry', n('runs.retry', retryable(run)), () => goOn('retry')));
    }
    return all;
  }

  // isOther reports whether the grid shows another version than the run asked.
  const isOther = (run) => !isAlive(run) && store.versionNow()?.id !== store.versions()[0]?.id;

  // isWide reports whether a number of requests at once makes sense. Batches have none.
  const isWide = (run) => Boolean(run.live) && !(onlyWaits(run) && !run.live.concurrency);

  // shape determines the buttons. They are redrawn only if it changes, so that none disappears under the pointer.
  const shape = (run) => [run.state, isSteered(run), isWide(run), isAlive(run) ? 0 : run.failed, run.version > 0, isOther(run)].join();

  function drawActions(run) {
    width.node.hidden = !(isSteered(run) && isWide(run) && ['running', 'paused'].includes(run.state));
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
    const why = run.state === 'paused' ? run.batches?.length > 0 && t('runs.why.paused') : ['killed', 'waiting', 'limited', 'interrupted', 'stopping', 'planning', 'connecting'].includes(run.state) && t('runs.why.' + run.state);
    return [why, run.state === 'limited' && sentence(run.error?.error), run.reread && t('runs.reread')].filter(Boolean).join(' ');
  }

  function drawFacts(run) {
    const took = run.ended ? (new Date(run.ended) - new Date(run.started)) / 1000 : run.live?.elapsed ?? 0;
    facts.textContent = [
      stale && t('runs.stale'), t('runs.started', { time: time(run.started) }), took >= 0.5 && t(run.ended ? 'runs.took' : 'runs.going', { time: duration(took) }),
      !isAlive(run) && run.state !== 'tried' && run.output && t('runs.output', { name: visible(run.output) }),
    ].filter(Boolean).join(' · ');
    facts.title = whole.textContent = facts.textContent; // the line may have no room for all
  }

  const drawing = h('section', { class: 'card stack' }, h('h2', { class: 'bars-title' }, t('runs.course')), course.node);
  const body = h('div', { class: 'tb-run-more stack', id: 'tb-run-more', hidden: true, tabindex: 0, role: 'group', 'aria-label': t('table.runMore') }, whole, h('div', { class: 'row' }, width.node), numbers.node, batches.node, drawing);
  const notes = h('div', { class: 'tb-run-notes' }, refusal, why, doubts, late, unwritten, said, errors);
  const node = h('section', { class: 'tb-run', 'aria-label': t('runs.figures'), hidden: true },
    h('div', { class: 'tb-run-line' },
      h('div', { class: 'tb-run-says' }, h('div', { class: 'tb-run-bar' }, progress.node), count, state.node, origin, other, pace, quota, causes.node, money, facts),
      h('div', { class: 'row tb-run-buttons' }, actions, open)), notes, body);
  const ticking = setInterval(() => { if (!body.hidden && shown && isAlive(shown) && !document.hidden) unfolded(); }, seldom);

  function unfold(on) {
    body.hidden = !on;
    open.setAttribute('aria-expanded', String(on));
    if (on) unfolded();
  }

  async function unfolded() {
    const [detail, { points }] = await Promise.all([get(path), get(path + '/history')]).catch(() => [null, { points: [] }]);
    if (!detail) return;
    numbers.update(shown ?? detail, detail);
    const still = points.every((p) => !p.in_flight); // answers of batches come all at once
    drawing.hidden = (points.length < 2 && !isAlive(detail)) || (still && (detail.by_batches || onlyWaits(detail)));
    course.show(points);
  }

  // drawLine fills in what changes all the time.
  function drawLine(run) {
    const live = run.live;
    pace.textContent = !live || onlyWaits(run) ? '' : [live.rate > 0 && t('table.perSecond', { n: num(live.rate, { maximumFractionDigits: live.rate < 10 ? 1 : 0 }) }), live.eta !== null && live.eta !== undefined && t('table.left', { time: duration(live.eta) })].filter(Boolean).join(' · ');
    quota.textContent = live?.down ? t('runs.down') : live?.silent >= 1 ? t('runs.silent', { time: duration(live.silent) }) : live?.held >= 1 ? t('runs.held', { time: duration(live.held) }) : live?.quota?.streams > 0 ? t('table.quota', { n: num(live.quota.streams) }) : '';
    pace.title = pace.textContent;
    quota.title = quota.textContent;
    money.textContent = spentOf(run);
    causes.update(run, store.others());
  }

  return {
    node,
    unfold,
    isOpen: () => !body.hidden,
    close() {
      clearInterval(ticking);
      course.close();
      causes.close();
    },
    update(run) {
      node.hidden = !run;
      if (!run) return;
      shown = run;
      state.update(run.state);
      marks(origin, run);
      other.hidden = !isOther(run);
      causes.node.hidden = !other.hidden; // they filter what the grid shows
      progress.update(run);
      count.textContent = run.rows && run.state !== 'tried' ? [t('runs.ofRows', { done: num(through(run)), rows: num(run.rows) }), run.in_batches > 0 && n('runs.inBatches', run.in_batches)].filter(Boolean).join(' · ') : '';
      drawLine(run);
      batches.update(run);
      if (!body.hidden) isAlive(run) ? numbers.update(run, null) : unfolded(); // what it came to
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
      const lacking = isAlive(run) ? 0 : store.lacking();
      const name = run.output || t('runs.outputFiles');
      const others = store.otherWritten().map((one) => t('runs.versionOf', { column: one.column.completion_column, at: num(one.number) }));
      unwritten.hidden = !lacking && !others.length;
      lacks.textContent = [others.length > 0 && t('runs.otherWritten', { name, what: others.join(', ') }), lacking > 0 && n('runs.unwritten', lacking, { name })].filter(Boolean).join(' ');
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
