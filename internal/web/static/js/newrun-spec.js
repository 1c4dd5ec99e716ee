import { t } from './i18n.js';
import { fieldsFault, parseSchema, schemaOf } from './newrun-schema.js';

const above0 = (x) => x > 0;
const whole = (least) => (x) => Number.isSafeInteger(x) && x >= least;

const numbers = {
  temperature: [(x) => x >= 0, 'newrun.badFrom0'],
  top_p: [(x) => x >= 0 && x <= 1, 'newrun.badTopP'],
  max_tokens: [whole(1), 'newrun.badWhole'],
  repetition_penalty: [above0, 'newrun.badAbove0'],
  repairs: [whole(0), 'newrun.badWhole0'],
  limit: [whole(1), 'newrun.badWhole'],
  concurrency: [whole(0), 'newrun.badWhole0'],
  max_cost_rub: [(x) => x >= 0.01 && x <= 1e9, 'newrun.badAbove0'],
  max_tokens_total: [whole(1), 'newrun.badWhole'],
};

// number parses input: with a decimal comma or point, and with spaces between thousands.
const number = (text) => Number(text.replace(/\s/g, '').replace(',', '.'));

function takeNumber(name, text, spec, faults) {
  if (!text.trim()) return;
  const [good, fault] = numbers[name];
  const value = number(text);
  if (good(value)) spec[name] = value;
  else faults[name] = [fault];
}

const takeForm = {
  text() {},
  choices(draft, spec, faults) {
    if (draft.choices.length < 2) faults.choices = ['newrun.choicesTwo'];
    else spec.choices = draft.choices;
  },
  fields(draft, spec, faults) {
    if (!draft.byHand) {
      const fault = fieldsFault(draft.fields);
      if (fault) faults.fields = fault;
      else spec.schema = schemaOf(draft.fields);
      return;
    }
    const { schema, fault } = parseSchema(draft.schema);
    if (fault) faults.schema = fault;
    else spec.schema = schema;
  },
};

// promptSpec returns the part of the spec that makes the prompts, so that faults elsewhere do not matter.
export function promptSpec(input, draft, prompt) {
  const spec = { input, options: draft.options };
  if (prompt.trim()) spec.prompt = prompt;
  return spec;
}

// specOf returns the whole spec and, by the name of the field, its faults: the key of a text and its variables.
export function specOf(input, draft, prompt) {
  const spec = promptSpec(input, draft, prompt);
  const faults = {};
  for (const name of ['system', 'model', 'blocked_model', 'fallback_model']) if (draft[name].trim()) spec[name] = draft[name];
  for (const name of Object.keys(numbers)) {
    if (name !== 'repairs' || draft.form !== 'text') takeNumber(name, draft[name], spec, faults);
  }
  const budgets = ['max_cost_rub', 'max_tokens_total'].filter((name) => name in spec);
  if (budgets.length && !('max_tokens' in spec) && !faults.max_tokens) {
    for (const name of budgets) faults[name] = ['newrun.budgetNeeds', { field: t('common.maxTokens'), part: t('newrun.settings') }];
    faults.max_tokens = ['newrun.budgetNeedsThis'];
  }
  if (draft.raise_length) spec.raise_length = true;
  if (draft.via) spec.via = draft.via;
  if (draft.via === 'hybrid') {
    const at = new Date(draft.deadline);
    if (!(at > new Date())) faults.deadline = [draft.deadline ? 'newrun.deadlinePast' : 'newrun.deadlineNone'];
    else spec.deadline = at.toISOString();
  }
  if ('temperature' in spec && 'top_p' in spec) faults.top_p = ['newrun.eitherOr'];
  takeForm[draft.form](draft, spec, faults);
  for (const [name, text] of [['where', draft.conditions], ['skip_empty', draft.skip_empty]]) {
    const lines = text.split('\n').map((line) => line.trim()).filter(Boolean);
    if (lines.length) spec[name] = lines;
  }
  if (draft.skip_suspect) spec.skip_suspect = true;
  if (draft.form !== 'fields' && draft.completion_column.trim()) spec.completion_column = draft.completion_column.trim();
  return { spec: { ...spec, ...draft.where }, faults };
}

const text = (value) => (value === undefined || value === null ? '' : String(value));

// draftOf returns the part of a draft that has the settings of a run.
export function draftOf(settings) {
  if (settings.embed) return {}; // the page does not ask for vectors
  const draft = { prompt: text(settings.prompt), system: text(settings.system), model: text(settings.model), form: 'text' };
  for (const name of ['temperature', 'top_p', 'max_tokens', 'repetition_penalty', 'repairs', 'completion_column']) draft[name] = text(settings[name]);
  for (const name of ['blocked_model', 'fallback_model']) draft[name] = text(settings[name]);
  draft.raise_length = Boolean(settings.raise_length);
  if (settings.choices?.length) Object.assign(draft, { form: 'choices', choices: settings.choices });
  if (settings.schema) Object.assign(draft, { form: 'fields', byHand: true, schema: JSON.stringify(settings.schema, null, 2) });
  return draft;
}
