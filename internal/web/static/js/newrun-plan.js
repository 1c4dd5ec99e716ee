import { blastBox, blastQuestion } from './blast.js';
import { h, replace } from './dom.js';
import { n, t } from './i18n.js';
import { date, duration, num, rubles, visible } from './format.js';
import { keepInput } from './newrun-draft.js';
import { button, entry, field, foldable, numeric, say, select, step, trouble } from './newrun-ui.js';

// planStep shows what a run would do, and starts it.
export function planStep(model, nav) {
  const part = step(6, 'newrun.all');
  const limit = field('nr-limit', 'newrun.limit', 'newrun.limitHelp', numeric(model, 'limit', 'newrun.limitAll'));
  const lines = (name, example) => {
    const input = h('textarea', { class: 'textarea', rows: '2', spellcheck: 'false', placeholder: t(example), on: { input: () => model.set({ [name]: input.value }) } });
    input.value = model.draft[name];
    return input;
  };
  const budget = [['max_cost_rub', 'newrun.maxCost', 'newrun.maxCostHelp'], ['max_tokens_total', 'newrun.maxTokensTotal', 'newrun.maxTokensTotalHelp']]
    .map(([name, label, help]) => [name, field('nr-' + name.replaceAll('_', '-'), label, help, numeric(model, name, 'newrun.noBudget'))]);
  const via = field('nr-via', 'newrun.via', 'newrun.viaHelp', select([['', t('newrun.viaLive')], ['batch', t('newrun.viaBatch')], ['hybrid', t('newrun.viaHybrid')]], model.draft.via, (to) => model.set({ via: to })));
  const deadline = field('nr-deadline', 'newrun.deadline', 'newrun.deadlineHelp', entry(model, 'deadline', { type: 'datetime-local' }));
  const conditions = field('nr-where', 'newrun.where', 'newrun.whereHelp', lines('conditions', 'newrun.whereEg'));
  const filled = field('nr-skip-empty', 'newrun.skipEmpty', 'newrun.skipEmptyHelp', lines('skip_empty', 'newrun.skipEmptyEg'));
  const sure = h('input', { type: 'checkbox', id: 'nr-skip-suspect', checked: model.draft.skip_suspect, on: { change: () => model.set({ skip_suspect: sure.checked }) } });
  const concurrency = field('nr-concurrency', 'newrun.concurrency', 'newrun.concurrencyHelp', numeric(model, 'concurrency', 'newrun.concurrencyAuto'));
  const advanced = foldable(model, 'advanced', 'newrun.advanced', concurrency.node);
  const figures = numbers(model, part.aside);
  const errors = trouble(() => model.refresh(), model);
  const again = asksAgain(model);
  const foot = starter(model, nav);
  part.node.append(h('div', { class: 'nr-fields-row' }, limit.node, conditions.node, filled.node),
    h('label', { class: 'nr-check' }, sure, h('span', null, t('newrun.skipSuspect'))),
    h('div', { class: 'nr-fields-row' }, budget.map(([, f]) => f.node)), h('div', { class: 'nr-fields-row' }, via.node, deadline.node), figures.node, errors.node, advanced, again.node, foot.node);
  return {
    node: part.node,
    update() {
      const { faults, spec } = model.spec();
      const broken = !model.planning && model.planError?.code === 'budget' ? model.planError : null; // such as a price that is unknown
      for (const [name, f] of budget) f.fault(faults[name] ?? (broken && name in spec && sentences(broken)));
      limit.fault(faults.limit);
      deadline.node.hidden = model.draft.via !== 'hybrid';
      deadline.fault(faults.deadline);
      concurrency.fault(faults.concurrency);
      if (faults.concurrency) advanced.open = true;
      errors.show(model.planning || model.formError() || broken ? null : model.planError);
      figures.update();
      again.update();
      foot.update();
    },
  };
}

// sentences returns an error with its hint as text.
const sentences = (error) => [error.message, error.hint].filter(Boolean).map((s) => s[0].toUpperCase() + s.slice(1) + '.').join(' ');

function numbers(model, aside) {
  const list = h('dl', { class: 'nr-figures' });
  const guessed = h('p', { class: 'help', hidden: true }, t('newrun.guessedWhy'));
  const warnings = h('ul', { class: 'nr-remarks' });
  const counting = h('p', { class: 'help', role: 'status' });
  const output = h('p', { hidden: true });
  aside.append(counting);
  let drawn = null;
  return {
    node: h('div', { class: 'nr-plan' }, list, guessed, output, warnings),
    update() {
      list.setAttribute('aria-busy', String(model.planning));
      list.classList.toggle('nr-old', model.planning || !model.ready());
      say(counting, model.planning ? t('newrun.planning') : '');
      if (model.plan === drawn && drawn) return;
      drawn = model.plan;
      replace(list, drawn ? figuresOf(drawn) : ['newrun.rows', 'newrun.jobs', 'newrun.tokens', 'newrun.cost', 'newrun.time'].map((name) => figure(t(name), '–')));
      output.hidden = !drawn?.output;
      replace(output, h('span', { class: 'muted' }, t('newrun.output') + ': '), h('strong', { class: 'nr-file-out' }, visible(drawn?.output ?? '')), drawn?.replaces && drawn.jobs > 0 && h('span', { class: 'muted' }, ' ' + t('newrun.replaces')));
      guessed.hidden = !(drawn?.guessed && drawn.jobs > 0);
      replace(warnings, (drawn?.warnings ?? []).map((text) => h('li', { class: 'nr-warn' }, text)));
    },
  };
}

function figure(name, value, ...under) {
  return h('div', { class: 'nr-figure' }, h('dt', null, name), h('dd', { class: 'num' }, value), under.filter(Boolean).map((u) => h('dd', { class: 'nr-under num' }, u)));
}

const about = (value) => t('newrun.about', { value });

function figuresOf(plan) {
  const assumption = () => plan.guessed && h('span', { class: 'nr-tag' }, t('newrun.assumption'));
  const { prompt_tokens: prompt, completion_tokens: completion } = plan.estimate;
  const more = Math.round(plan.estimate.requests.high - plan.jobs); // repairs
  const some = (name, value, ...under) => value > 0 && figure(t(name), num(value), ...under);
  return [
    figure(t('newrun.rows'), num(plan.rows)),
    figure(t('newrun.jobs'), num(plan.jobs), more > 0 && t('newrun.jobsMore', { n: num(more) }), plan.in_batches > 0 && t('newrun.inBatches', { n: num(plan.in_batches) })),
    some('newrun.known', plan.from_journal, plan.waiting > 0 && `${t('newrun.waiting')}: ${num(plan.waiting)}`),
    some('newrun.skipped', plan.skipped),
    some('newrun.duplicates', plan.duplicates),
    some('newrun.tooLong', plan.too_long),
    plan.jobs > 0 && figure(t('newrun.tokens'), about(num(prompt.estimate + completion.estimate)),
      t('newrun.tokensParts', { prompt: num(prompt.estimate), completion: num(completion.estimate) }), assumption()),
    plan.jobs > 0 && costFigure(plan.estimate, assumption()),
    plan.jobs > 0 && timeFigure(plan, assumption),
  ];
}

// timeFigure shows how long a run takes. What batches take is unknown; in how many rounds they are asked is known.
function timeFigure({ seconds, estimate: { in_batches: batches } }, assumption) {
  if (!batches?.via) return figure(t('newrun.time'), about(duration(Math.max(1, seconds))), assumption());
  const rounds = batches.rounds.estimate > 1 && n('newrun.rounds', batches.rounds.estimate);
  if (batches.via === 'hybrid') return figure(t('newrun.time'), t('newrun.byDeadline'), rounds);
  return figure(t('newrun.time'), '–', t('newrun.batchTime'), rounds);
}

// priceOfBatches says what a run costs or would cost the other way: in batches or live.
function priceOfBatches({ via, rubles: batch, rubles_live: live } = {}) {
  if (!batch || !live) return via ? '' : t('newrun.batchNoPrice');
  return via ? t('newrun.liveCost', { cost: rubles(live.estimate) }) : t('newrun.batchCost', { cost: rubles(batch.estimate) });
}

// costFigure shows rubles with their interval and the dates of the prices.
function costFigure({ rubles: cost, prices, models_without_price: unpriced, in_batches: batches }, ...under) {
  if (!cost) return figure(t('newrun.cost'), '–', t('newrun.noPrice', { model: unpriced.join(', ') }));
  const dates = [...new Set(prices.map((p) => p.date).filter(Boolean))];
  return figure(t('newrun.cost'), about(rubles(cost.estimate)), t('newrun.between', { low: rubles(cost.low), high: rubles(cost.high) }),
    t(dates.length ? 'common.pricesOf' : 'common.pricesUndated', { dates: dates.map((day) => date(day + 'T12:00')).join(', ') }), batches && priceOfBatches(batches), ...under);
}

// asksAgain warns of what has an answer and is asked again. Much of it must be confirmed.
function asksAgain(model) {
  const box = h('input', { type: 'checkbox', id: 'nr-confirm', on: { change: () => model.confirm(box.checked) } });
  const words = h('span');
  const confirm = h('label', { class: 'nr-check nr-confirm' }, box, words);
  const node = h('div', { hidden: true });
  let drawn = null;
  return {
    node,
    update() {
      const { plan } = model;
      node.hidden = !plan?.blast;
      if (node.hidden) return;
      if (plan !== drawn) replace(node, blastBox(plan.blast, confirm));
      drawn = plan;
      confirm.hidden = !model.asksAgain();
      box.checked = model.confirmed();
      box.disabled = model.planning || model.starting;
      say(words, blastQuestion(plan.blast));
    },
  };
}

function starter(model, nav) {
  const message = h('p', { role: 'status' });
  const link = h('a', { class: 'button', hidden: true }, t('newrun.openRun'));
  const errors = trouble(null, model);
  const run = button('', 'primary nr-run', async () => {
    const id = await model.start();
    if (!id) return;
    keepInput(''); // the next new run starts with another table
    nav('/runs/' + encodeURIComponent(id));
  });
  return {
    node: h('div', { class: 'nr-foot' }, errors.node, message, h('div', { class: 'row' }, run, link)),
    update() {
      const { plan } = model;
      const ready = model.ready() && !model.formError();
      const settled = Boolean(plan) && ready && !model.planning && !model.planError;
      const nothing = settled && plan.jobs === 0;
      const confirmed = !settled || model.confirmed();
      run.disabled = !settled || !confirmed || model.starting;
      run.classList.toggle('primary', !nothing || !model.look?.run);
      say(run, model.starting ? t('newrun.starting') : label(model, settled, nothing));
      link.hidden = !(nothing && model.look?.run);
      if (!link.hidden) link.setAttribute('href', '/runs/' + encodeURIComponent(model.look.run));
      link.classList.toggle('primary', !link.hidden);
      errors.show(model.startError);
      say(message, nothing ? t(plan.from_journal ? 'newrun.allAnswered' : 'newrun.allSkipped') : !ready ? t('newrun.settle') : confirmed ? '' : t('newrun.confirmFirst'));
    },
  };
}

function label(model, settled, nothing) {
  if (nothing) return t('newrun.writeFile');
  if (!settled && !model.plan) return t('newrun.runWait');
  return n(model.draft.limit.trim() ? 'newrun.runFirst' : 'newrun.run', model.plan.jobs);
}
