import './text/table.js';
import { get } from './api.js';
import { h, replace } from './dom.js';
import { num, rubles } from './format.js';
import { t } from './i18n.js';
import { entry, field, foldable, numeric, say, select } from './answer-ui.js';

const parameters = [
  ['temperature', 'common.temperature', 'table.temperatureHelp'],
  ['top_p', 'common.topP', 'table.topPHelp'],
  ['max_tokens', 'common.maxTokens', 'table.maxTokensHelp'],
  ['repetition_penalty', 'common.repetition', 'table.repetitionHelp'],
];

let known = null; // the models, once they are known
let asking = null; // the request for them

// settings are the system prompt, the model and its parameters, in a collapsible part.
export function settings(store, model, facts) {
  const system = h('textarea', { class: 'textarea', rows: 3, on: { input: () => model.set({ system: system.value }) } });
  system.value = model.draft.system;
  const fields = parameters.map(([name, label, help]) => [name, field('tb-' + name, label, help, numeric(model, name, 'table.byDefault'))]);
  const raise = h('input', { type: 'checkbox', checked: model.draft.raise_length, on: { change: () => model.set({ raise_length: raise.checked }) } });
  const others = [['blocked_model', 'table.blockedModel', 'table.blockedModelHelp'], ['fallback_model', 'table.fallbackModel', 'table.fallbackModelHelp']];
  const node = foldable(model, 'settings', 'table.settings',
    modelSelect(model, facts).node, field('tb-system', 'table.system', 'table.systemHelp', system).node,
    h('div', { class: 'split' }, fields.map(([, f]) => f.node)), h('div', { class: 'split' }, others.map(([name, label, help]) => modelSelect(model, facts, name, label, help).node)),
    h('label', { class: 'tb-check' }, raise, h('span', null, t('table.raiseLength'))));
  const now = h('span', { class: 'muted tb-fold-now' });
  node.querySelector('summary').append(now);
  return {
    node,
    update() {
      const faults = store.spec().columns[store.draft.active] ?? {};
      for (const [name, f] of fields) f.fault(faults[name]);
      if (fields.some(([name]) => faults[name])) node.open = true;
      say(now, store.column().model || facts.default_model || '');
    },
  };
}

// modelSelect chooses the model of the column, or with a name another one, which may be none.
function modelSelect(model, facts, name = 'model', label = 'table.model', help = '') {
  const main = name === 'model';
  const control = h('select', { class: 'select', on: { change: () => model.set({ [name]: control.value }) } });
  const { node } = field('tb-' + name.replace('_', '-'), label, help, control);
  const note = node.querySelector('.help');
  const draw = (names) => {
    const shown = (one) => (names.length && !names.includes(one) ? t('common.modelGone', { name: one }) : one);
    const standard = !main ? t('table.noModel') : facts.default_model ? t('table.modelDefault', { name: shown(facts.default_model) }) : t('table.modelDefaultAny');
    const now = model.draft[name];
    const rest = new Set([...names, now].filter((one) => one && !(main && one === facts.default_model)));
    replace(control, h('option', { value: '' }, standard), [...rest].map((one) => h('option', { value: one }, shown(one))));
    control.value = main && now === facts.default_model ? '' : now;
  };
  const load = async () => {
    try {
      known = await (asking ??= get('/api/models').then(({ models }) => models ?? []));
      if (document.activeElement !== control) draw(known);
    } catch (error) {
      asking = null;
      if (main) say(note, t('table.modelsFailed', { error: error.message }));
    }
  };
  draw(known ?? []);
  if (!known) load();
  return { node };
}

// limits say which rows are asked, how, and for how much, in a collapsible part. Its controls are made anew for a draft that comes from elsewhere.
export function limits(store) {
  const node = h('div');
  let part = null;
  let drawn = -1;
  return {
    node,
    update() {
      if (drawn !== store.generation) {
        drawn = store.generation;
        part = limitFields(store);
        replace(node, part.node);
      }
      part.update();
    },
  };
}

function limitFields(store) {
  const model = { get draft() { return store.draft; }, set: (changes) => store.set(changes), open: store.model().open };
  const lines = h('textarea', { class: 'textarea', rows: 2, spellcheck: 'false', placeholder: t('table.whereEg'), on: { input: () => store.set({ conditions: lines.value }) } });
  lines.value = store.draft.conditions;
  const sure = h('input', { type: 'checkbox', checked: store.draft.skip_suspect, on: { change: () => store.set({ skip_suspect: sure.checked }) } });
  const place = h('input', { type: 'checkbox', checked: store.draft.in_place, on: { change: () => store.set({ in_place: place.checked }) } });
  const fields = {
    conditions: field('tb-where', 'table.where', 'table.whereHelp', lines),
    rows: field('tb-rows', 'table.rowsOnly', 'table.rowsOnlyHelp', entry(model, 'rows', { type: 'text', placeholder: t('table.limitAll') })),
    limit: field('tb-limit', 'table.limit', 'table.limitHelp', numeric(model, 'limit', 'table.limitAll')),
    concurrency: field('tb-concurrency', 'table.concurrency', 'table.concurrencyHelp', numeric(model, 'concurrency', 'table.concurrencyAuto')),
    max_cost_rub: field('tb-max-cost-rub', 'table.maxCost', 'table.maxCostHelp', numeric(model, 'max_cost_rub', 'table.noBudget')),
    max_tokens_total: field('tb-max-tokens-total', 'table.maxTokensTotal', 'table.maxTokensTotalHelp', numeric(model, 'max_tokens_total', 'table.noBudget')),
    via: field('tb-via', 'table.via', 'table.viaHelp', select([['', t('table.viaLive')], ['batch', t('table.viaBatch')], ['hybrid', t('table.viaHybrid')]], store.draft.via, (via) => store.set({ via }))),
    deadline: field('tb-deadline', 'table.deadline', 'table.deadlineHelp', entry(model, 'deadline', { type: 'datetime-local' })),
  };
  const node = foldable(model, 'limits', 'table.limits', fields.conditions.node, fields.rows.node, h('div', { class: 'split' }, fields.max_cost_rub.node, fields.max_tokens_total.node, fields.limit.node, fields.concurrency.node),
    fields.via.node, fields.deadline.node, h('label', { class: 'tb-check' }, sure, h('span', null, t('table.skipSuspect'))), h('label', { class: 'tb-check' }, place, h('span', null, t('table.inPlace'))));
  const now = h('span', { class: 'muted tb-fold-now' });
  node.querySelector('summary').append(now);
  return {
    node,
    update() {
      const { faults, spec } = store.spec();
      say(now, [...store.draft.conditions.split('\n').filter(Boolean), store.draft.rows && t('table.rowsNow', { rows: store.draft.rows }), spec.limit && t('table.limitNow', { n: num(spec.limit) }), spec.max_cost_rub && t('table.costNow', { cost: rubles(spec.max_cost_rub) })].filter(Boolean).join(' · '));
      const broken = !store.planning && store.planError?.code === 'budget' ? sentences(store.planError) : null; // such as a price that is unknown
      for (const [name, f] of Object.entries(fields)) f.fault(faults[name] ?? (broken && name.startsWith('max_') && name in spec ? broken : undefined));
      fields.deadline.node.hidden = store.draft.via !== 'hybrid';
      if (Object.keys(faults).length || broken) node.open = true;
    },
  };
}

// sentences returns an error with its hint as text.
const sentences = (error) => [error.message, error.hint].filter(Boolean).map((s) => s[0].toUpperCase() + s.slice(1) + '.').join(' ');
