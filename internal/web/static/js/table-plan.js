import './text/table.js';
import { blastBox, blastQuestion } from './blast.js';
import { copyButton } from './copy.js';
import { cures } from './cures.js';
import { h, replace } from './dom.js';
import { date, duration, num, rubles, visible } from './format.js';
import { n, t } from './i18n.js';
import { button, say, trouble } from './answer-ui.js';
import { needsKey } from './table-key.js';
import { agreesToLose } from './table-save.js';
import { mostTried, tryRows } from './table-store.js';

const mostSaid = 300; // characters of a list of rows that are shown
const cut = (text) => (text.length > mostSaid ? text.slice(0, mostSaid) + '…' : text);
export const quoted = (text) => (/["$`\\]/.test(text) ? `'${text.replaceAll("'", "'\\''")}'` : `"${text}"`);
const about = (value) => '≈\u202f' + value;

// planFoot is always visible under the panel: what a run would do and cost, what it asks again, and the buttons that try and run.
export function planFoot(store, started) {
  const list = h('dl', { class: 'tb-figures' });
  const more = h('details', { class: 'tb-more' }, h('summary', null, t('table.planMore')), h('div', { class: 'tb-more-body' }));
  const box = h('input', { type: 'checkbox', id: 'tb-confirm', on: { change: () => store.confirm(box.checked) } });
  const words = h('span');
  const confirm = h('label', { class: 'tb-check tb-confirm' }, box, words);
  const blast = h('div', { class: 'tb-blast', hidden: true });
  const errors = trouble(() => store.refresh(), store);
  const message = h('p', { class: 'help', role: 'status' });
  const tried = button('', 'small quiet tb-tried', () => store.filter('', { op: 'state', values: ['completed', 'failed', 'blocked'] }));
  const lack = lackPart(store);
  const scope = h('div', { class: 'tb-seg tb-scope', role: 'group', 'aria-label': t('table.scope') });
  const command = h('code', { class: 'tb-said', title: t('table.saidTitle') });
  const whole = () => (store.scoped?.rows ? '--rows ' + store.scoped.rows : (store.scoped?.where ?? []).map((w) => '--where ' + quoted(w)).join(' '));
  const said = h('details', { class: 'tb-command', hidden: true }, h('summary', null, t('table.saidAs')), h('div', { class: 'row' }, command, copyButton(whole)));
  const attempt = button('', 'tb-try', () => (store.trying ? store.stopTry() : needsKey(() => store.try())));
  attempt.title = 'Ctrl+Enter';
  attempt.setAttribute('aria-keyshortcuts', 'Control+Enter');
  const begin = () => needsKey(async () => { if ((await agreesToLose(store, store.drafted(), store.plan?.output)) && (await store.start())) started(); });
  const act = () => (store.plan?.jobs === 0 && store.showsDraft() ? store.write() : begin());
  const spec = () => JSON.stringify(store.spec().spec);
  const run = button('', 'primary tb-start', () => (store.planning ? (pressed = { plan: store.plan, spec: spec() }) : act()));
  const node = h('div', { class: 'tb-foot' }, h('div', { class: 'tb-foot-top' }, scope, said, list, lack.node, more, blast, errors.node, h('div', { class: 'tb-said-row' }, tried, message)), h('div', { class: 'tb-buttons' }, attempt, run));
  let drawn = null;
  let scoped = '';
  let pressed = null; // while it is planned again: what was shown, and would be asked, then
  let wanted = null; // the element that had the focus when the run was to have it, as soon as it can begin

  const pick = (to, text) => h('button', { type: 'button', 'aria-pressed': String(store.draft.scope === to), on: { click: () => store.choose(to) } }, text);

  function drawScope() {
    const selected = store.selection.count ?? 0;
    const now = JSON.stringify([store.draft.scope, store.filtered(), store.shown.total, selected, store.scoped]);
    if (now === scoped) return;
    scoped = now;
    scope.hidden = store.draft.scope === 'all' && !store.filtered() && selected < 2;
    replace(scope, pick('all', t('table.scopeAll')), (store.filtered() || store.draft.scope === 'filtered') && pick('filtered', t('table.scopeFiltered', { n: num(store.shown.total) })),
      (selected > 0 || store.draft.scope === 'selected') && pick('selected', t('table.scopeSelected', { n: num(selected) })));
    said.hidden = store.draft.scope === 'all' || !store.scoped;
    command.textContent = cut(whole());
  }

  function drawPlan() {
    const { plan } = store;
    if (plan === drawn && list.firstChild) return;
    drawn = plan;
    const then = plan?.estimate.dependent_requests?.estimate ?? 0;
    const tokens = plan ? plan.estimate.prompt_tokens.estimate + plan.estimate.completion_tokens.estimate : 0;
    const cost = plan?.estimate.rubles;
    const figure = (name, value, title) => h('div', { title }, h('dt', null, t(name)), h('dd', { class: 'num' }, value));
    replace(list, figure('table.rowsN', plan ? num(plan.rows) : '–'),
      figure('table.requests', !plan ? '–' : then > 0 ? about(num(plan.jobs + Math.round(then))) : num(plan.jobs), then > 0 ? t('table.jobsThen', { now: num(plan.jobs), n: num(Math.round(then)) }) : ''),
      figure('table.tokens', plan?.jobs ? about(short(tokens)) : '–'),
      figure('table.cost', plan?.jobs && cost ? about(rubles(cost.estimate)) : '–', cost ? t('table.between', { low: rubles(cost.low), high: rubles(cost.high) }) : plan?.jobs ? t('table.noPrice', { model: (plan.estimate.models_without_price ?? []).join(', ') }) : ''),
      figure('table.time', plan?.jobs ? timeOf(plan) : '–'));
    replace(more.lastElementChild, plan && details(plan));
    more.hidden = !plan;
    if (plan?.blast) replace(blast, plan.blast.confirm ? blastBox(plan.blast, confirm) : h('p', { class: 'tb-warn' }, n('table.askedAgain', plan.blast.requests)));
  }

  // go gives the run the focus unless the user has gone elsewhere in the meantime.
  function go() {
    const { activeElement: on } = document;
    if (!wanted || store.planning || !store.rows()) return;
    const to = !run.disabled ? run : !confirm.hidden && !box.disabled ? box : document.getElementById('tb-prompt');
    if (on === wanted || on === document.body) to?.focus();
    wanted = null;
  }

  // late does what was pressed while it was planned, unless it would send or cost more than was shown, or something else is asked now.
  function late() {
    if (!pressed || store.planning) return;
    const { plan: was, spec: before } = pressed;
    pressed = null;
    const cost = (plan) => plan.estimate.rubles?.estimate ?? 0;
    const { plan } = store;
    if (!run.disabled && before === spec() && (was.jobs > 0) === (plan.jobs > 0) && plan.jobs <= was.jobs && cost(plan) <= cost(was)) act();
  }

  return {
    node,
    attempt: () => attempt.click(),
    focus() {
      wanted = document.activeElement;
      go();
    },
    update() {
      drawScope();
      drawPlan();
      const { plan } = store;
      const ready = store.ready();
      const busy = store.busy() && !store.trying;
      const settled = Boolean(plan) && ready && !store.planning && !store.planError;
      const planned = settled || (Boolean(plan) && ready && store.planning);
      const nothing = planned && plan.jobs === 0;
      list.setAttribute('aria-busy', String(store.planning));
      list.classList.toggle('tb-old', store.planning || !ready);
      blast.hidden = !plan?.blast || !settled;
      confirm.hidden = !store.asksAgain();
      box.checked = store.confirmed();
      box.disabled = store.planning || store.starting;
      if (plan?.blast) say(words, blastQuestion(plan.blast));
      lack.update(settled ? plan : null, ready);
      errors.show(store.tryError ?? store.startError ?? (store.planning || store.typing() || store.planError?.code === 'budget' ? null : store.planError));
      const wrong = store.planError && !store.planning && !cures(store.planError.code).length; // else only the file is in the way, which a trial does not write
      attempt.disabled = !store.trying && (!ready || busy || Boolean(wrong));
      say(attempt, store.trying ? t('table.stopTry') : store.draft.scope === 'selected' ? t('table.trySelected', { n: num(Math.min(mostTried, store.scoped?.count ?? 0)) }) : n('table.tryN', Math.min(tryRows, store.shown.known || tryRows)));
      run.classList.toggle('primary', !nothing);
      run.disabled = !planned || !store.confirmed() || store.starting || busy || Boolean(store.trying);
      say(run, store.starting ? t('table.starting') : nothing ? t('table.writeFile') : store.draft.scope === 'all' ? t('table.runAll') : n('table.runN', store.scoped?.count ?? 0));
      tried.hidden = !store.tried?.rows || busy || nothing || !ready;
      say(tried, t('table.showTried'));
      say(message, busy ? t('table.isRunning') : !ready ? t(store.rows()?.count === 0 ? 'table.noneMeant' : 'table.settle') : nothing ? nothingText(plan) : store.confirmed() ? triedText(store) : t('table.confirmFirst'));
      go();
      late();
    },
  };
}

const sum = (counts) => Object.values(counts ?? {}).reduce((a, b) => a + b, 0);

// nothingText says why there is nothing to send.
function nothingText(plan) {
  if (sum(plan.failed) + plan.blocked > 0) return t('table.nothingToSend');
  if (!plan.from_journal) return t('table.allSkipped');
  return plan.skipped ? n('table.allAnsweredBut', plan.skipped) : t('table.allAnswered');
}

// lackPart names the rows that are asked no more and have no answer, shows them, and has them asked again.
function lackPart(store) {
  const words = h('span', { role: 'status' });
  const shown = button(t('table.showTried'), 'small quiet', () => store.filter('', { op: 'state', values: ['failed', 'blocked'] }));
  const again = button(t('table.askFailed'), 'small', () => store.set({ retry: !store.draft.retry }));
  const other = button(t('table.blockedModel'), 'small quiet', () => {
    const choice = document.getElementById('tb-blocked-model');
    choice.closest('details').open = true;
    choice.focus();
  });
  const help = h('p', { class: 'help' });
  const node = h('details', { class: 'tb-lack', hidden: true }, h('summary', { class: 'tb-warn' }, words), h('div', { class: 'tb-lack-body' }, help, h('div', { class: 'row' }, shown, again, other)));
  return {
    node,
    update(plan, ready) {
      if (!ready) node.hidden = true; // what the panel asks is being written
      if (!plan) return; // that of before stays until the next one is there
      const failed = sum(plan.failed);
      const { retry } = store.draft;
      node.hidden = failed + plan.blocked === 0 && !retry;
      if (node.hidden) return;
      const why = [failed > 0 && t('table.lackFailed', { n: num(failed) }), plan.blocked > 0 && t('table.lackBlocked', { n: num(plan.blocked) })].filter(Boolean).join(', ');
      say(words, failed + plan.blocked > 0 ? n('table.lack', failed + plan.blocked, { why }) : t('table.lackAsked'));
      say(help, [plan.blocked > 0 && t('table.lackBlockedHelp'), plan.invalid > 0 && t('table.lackInvalidHelp')].filter(Boolean).join(' '));
      help.hidden = !help.textContent;
      shown.hidden = failed + plan.blocked === 0;
      again.hidden = !plan.waiting && !retry;
      again.setAttribute('aria-pressed', String(Boolean(retry)));
      other.hidden = !plan.blocked;
    },
  };
}

function triedText({ tried, plan }) {
  if (!tried) return '';
  const kept = plan?.blast ? '' : t('table.triedKept'); // it would contradict that others are asked again
  if (tried.requests) return `${n(tried.requests > tried.rows ? 'table.triedMore' : 'table.tried', tried.requests)} ${kept}`.trim();
  return t(plan?.in_batches > 0 ? 'table.triedWaits' : 'table.triedNone');
}

const short = (x) => (x >= 10000 ? t('table.thousands', { n: num(x / 1000, { maximumFractionDigits: x < 100000 ? 1 : 0 }) }) : num(x));

// timeOf says how long a run takes. What batches take is unknown.
function timeOf({ seconds, estimate: { in_batches: batches } }) {
  if (!batches?.via) return about(duration(Math.max(1, seconds)));
  return batches.via === 'hybrid' ? t('table.byDeadline') : '–';
}

// costOf says where the cost is from: its interval, the dates of the prices, and what the run costs the other way.
function costOf({ rubles: cost, prices, in_batches: batches }) {
  const dates = [...new Set((prices ?? []).map((p) => p.date).filter(Boolean))].map((day) => date(day + 'T12:00'));
  const other = batches && (batches.rubles && batches.rubles_live
    ? batches.via ? t('table.liveCost', { cost: rubles(batches.rubles_live.estimate) }) : t('table.batchCost', { cost: rubles(batches.rubles.estimate) })
    : !batches.via && t('table.batchNoPrice'));
  return [cost && t('table.between', { low: rubles(cost.low), high: rubles(cost.high) }), cost && t(dates.length ? 'common.pricesOf' : 'common.pricesUndated', { dates: dates.join(', ') }), other].filter(Boolean).join('; ');
}

// asked are the details of what is sent.
function asked({ estimate, jobs }) {
  const fact = (name, text) => text && [h('dt', null, t(name)), h('dd', { class: 'num' }, text)];
  const { prompt_tokens: prompt, completion_tokens: completion, dependent_requests: then, repairs, in_batches: batches } = estimate;
  const more = Math.round(repairs.high);
  const rounds = batches?.via && batches.rounds.estimate > 1 && n('table.rounds', batches.rounds.estimate);
  return [
    fact('table.requests', [then?.estimate > 0 && t('table.jobsThen', { now: num(jobs), n: num(Math.round(then.estimate)) }), more > 0 && t('table.jobsMore', { n: num(more) })].filter(Boolean).join('; ')), fact('table.tokens', t('table.tokensParts', { prompt: num(prompt.estimate), completion: num(completion.estimate) })),
    fact('table.cost', costOf(estimate)), fact('table.time', [batches?.via === 'batch' && t('table.batchTime'), rounds].filter(Boolean).join('; ')),
  ];
}

function details(plan) {
  const line = (name, value) => value > 0 && [h('dt', null, t(name)), h('dd', { class: 'num' }, num(value))];
  return [
    h('dl', { class: 'facts' }, plan.jobs > 0 && asked(plan), line('table.known', plan.from_journal), line('table.skippedN', plan.skipped), line('table.duplicates', plan.duplicates), line('table.tooLong', plan.too_long), line('table.inBatches', plan.in_batches),
      plan.output && [h('dt', null, t('table.output')), h('dd', null, visible(plan.output), plan.replaces && plan.jobs > 0 && h('span', { class: 'help' }, ' ' + t('table.replaces')))]),
    plan.guessed && plan.jobs > 0 && h('p', { class: 'help' }, t('table.guessed')),
    plan.warnings?.length > 0 && h('ul', { class: 'tb-remarks' }, plan.warnings.map((text) => h('li', { class: 'tb-warn' }, text))),
  ];
}
