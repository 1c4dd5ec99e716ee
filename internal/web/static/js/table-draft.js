import { t } from './i18n.js';
import { fieldsFault, fieldsOf, parseSchema, schemaOf } from './answer-schema.js';

// A draft is what the user has entered for one table. Numbers are kept as they were typed. A column keeps in base what a job file or the command
// line has set and the page does not show.
const blankColumn = {
  base: {}, name: '', prompt: null, system: '', model: '', temperature: '', top_p: '', max_tokens: '', repetition_penalty: '', raise_length: false,
  blocked_model: '', fallback_model: '', form: 'text', choices: [], fields: [], byHand: false, schema: '', repairs: '', when: '', skip_empty: '', attach: '',
};
const blank = {
  options: {}, columns: [], active: 0, scope: 'all', via: '', deadline: '', concurrency: '', max_cost_rub: '', max_tokens_total: '', conditions: '',
  skip_suspect: false, rows: '', limit: '', in_place: false, retry: false, place: {}, confirmed: '', open: {}, base: {}, touched: false,
};

const above0 = (x) => x > 0;
const whole = (least) => (x) => Number.isSafeInteger(x) && x >= least;

const numbers = {
  temperature: [(x) => x >= 0, 'table.badFrom0'],
  top_p: [(x) => x >= 0 && x <= 1, 'table.badTopP'],
  max_tokens: [whole(1), 'table.badWhole'],
  repetition_penalty: [above0, 'table.badAbove0'],
  repairs: [whole(0), 'table.badWhole0'],
};
const limits = {
  limit: [whole(1), 'table.badWhole'],
  concurrency: [whole(0), 'table.badWhole0'],
  max_cost_rub: [(x) => x >= 0.01 && x <= 1e9, 'table.badAbove0'],
  max_tokens_total: [whole(1), 'table.badWhole'],
};

// number parses input: with a decimal comma or point, and with spaces between thousands.
const number = (text) => Number(text.replace(/\s/g, '').replace(',', '.'));
const lines = (text) => text.split('\n').map((line) => line.trim()).filter(Boolean);
const text = (value) => (value === undefined || value === null ? '' : String(value));

function take(of, name, typed, spec, faults) {
  delete spec[name];
  if (!typed.trim()) return;
  const [good, fault] = of[name];
  const value = number(typed);
  if (good(value)) spec[name] = value;
  else faults[name] = [fault];
}

const takeForm = {
  text() {},
  choices(column, spec, faults) {
    if (column.choices.length < 2) faults.choices = ['table.choicesTwo'];
    else spec.choices = column.choices;
  },
  fields(column, spec, faults) {
    if (!column.byHand) {
      const fault = fieldsFault(column.fields);
      if (fault) faults.fields = fault;
      else spec.schema = schemaOf(column.fields);
      return;
    }
    const { schema, fault } = parseSchema(column.schema);
    if (fault) faults.schema = fault;
    else spec.schema = schema;
  },
};

// promptOf returns the prompt of a column: what the user wrote, else the column of the table that holds prompts.
export const promptOf = (column, standard) => column.prompt ?? standard;

// columnSpec returns the spec of a column and, by the name of the field, its faults: the key of a text and its variables.
export function columnSpec(column, standard) {
  const spec = { ...column.base, completion_column: column.name.trim() };
  const faults = {};
  if (!spec.completion_column) faults.name = ['table.nameNone'];
  const texts = { prompt: promptOf(column, standard), system: column.system, model: column.model, blocked_model: column.blocked_model, fallback_model: column.fallback_model, attach: column.attach };
  for (const [name, value] of Object.entries(texts)) {
    delete spec[name];
    if (value.trim()) spec[name] = value;
  }
  if (spec.model !== column.base.model) delete spec.model_forced; // it is the user's choice now
  for (const name of Object.keys(numbers)) take(numbers, name, name === 'repairs' && column.form === 'text' ? '' : column[name], spec, faults);
  if ('temperature' in spec && 'top_p' in spec) faults.top_p = ['table.eitherOr'];
  delete spec.raise_length;
  if (column.raise_length) spec.raise_length = true;
  delete spec.choices;
  delete spec.schema;
  takeForm[column.form](column, spec, faults);
  for (const name of ['when', 'skip_empty']) {
    delete spec[name];
    if (lines(column[name]).length) spec[name] = lines(column[name]);
  }
  return { spec, faults };
}

// draftColumn returns the column of a draft that has a spec.
export function draftColumn(spec) {
  const column = { ...structuredClone(blankColumn), base: spec, name: text(spec.completion_column), prompt: spec.prompt || null }; // none is the column that holds prompts
  for (const name of ['system', 'model', 'blocked_model', 'fallback_model', 'attach', ...Object.keys(numbers)]) column[name] = text(spec[name]);
  column.raise_length = Boolean(spec.raise_length);
  for (const name of ['when', 'skip_empty']) column[name] = (spec[name] ?? []).join('\n');
  if (spec.choices?.length) Object.assign(column, { form: 'choices', choices: spec.choices });
  if (spec.schema) {
    const { fields, whole: simple } = fieldsOf(spec.schema);
    Object.assign(column, { form: 'fields', fields, byHand: !simple, schema: JSON.stringify(spec.schema, null, 2) });
  }
  return column;
}

export const newColumn = (name) => ({ ...structuredClone(blankColumn), name });
export const emptyDraft = () => structuredClone(blank);

// draftOf returns the draft that has a spec of the server.
export function draftOf(spec) {
  const draft = emptyDraft();
  const options = Object.fromEntries(Object.entries(spec.options ?? {}).filter(([, value]) => value));
  Object.assign(draft, { base: spec, options, columns: (spec.columns ?? []).map(draftColumn), via: text(spec.via), conditions: (spec.where ?? []).join('\n'), rows: text(spec.rows) });
  for (const name of Object.keys(limits)) draft[name] = spec[name] ? text(spec[name]) : '';
  draft.skip_suspect = Boolean(spec.skip_suspect);
  draft.in_place = Boolean(spec.in_place);
  return draft;
}

// specOf returns the whole spec, the faults of each column, and those of the rest. rows are those that are asked: { where, rows }, null for all
// that the draft itself selects.
export function specOf(input, draft, standard, rows) {
  const columns = draft.columns.map((column) => columnSpec(column, standard));
  const faults = {};
  const spec = { input, options: draft.options, columns: columns.map((c) => c.spec), kept: draft.base.kept };
  for (const name of Object.keys(limits)) take(limits, name, draft[name], spec, faults);
  const budgets = ['max_cost_rub', 'max_tokens_total'].filter((name) => name in spec);
  columns.forEach((c) => {
    if (!budgets.length || 'max_tokens' in c.spec || c.faults.max_tokens) return;
    for (const name of budgets) faults[name] = ['table.budgetNeeds', { field: t('common.maxTokens'), part: t('table.settings') }];
    c.faults.max_tokens = ['table.budgetNeedsThis'];
  });
  const names = columns.map((c) => c.spec.completion_column);
  columns.forEach((c, i) => { if (names.indexOf(names[i]) < i) c.faults.name = ['table.nameTwice', { name: names[i] }]; });
  if (draft.via) spec.via = draft.via;
  if (draft.via === 'hybrid') {
    const at = new Date(draft.deadline);
    if (at > new Date()) spec.deadline = at.toISOString();
    else faults.deadline = [draft.deadline ? 'table.deadlinePast' : 'table.deadlineNone'];
  }
  const where = [...lines(draft.conditions), ...(rows?.where ?? [])];
  if (where.length) spec.where = where;
  if (rows?.rows || draft.rows.trim()) spec.rows = rows?.rows || draft.rows.trim();
  if (draft.skip_suspect) spec.skip_suspect = true;
  if (draft.in_place) spec.in_place = true;
  if (draft.retry) spec.retry_failed = true;
  return { spec: { ...spec, ...draft.place }, columns: columns.map((c) => c.faults), faults };
}

const key = (id) => 'table.draft:' + id;

// loadDraft returns the draft of a table in a folder that this tab keeps, or null. Another folder may have a table of the same name.
export function loadDraft(id, folder) {
  try {
    const { draft: kept, folder: of } = JSON.parse(sessionStorage.getItem(key(id)));
    if (of !== folder) return null;
    return kept && { ...emptyDraft(), ...kept, columns: kept.columns.map((c) => ({ ...structuredClone(blankColumn), ...c })) };
  } catch {
    return null;
  }
}

export function saveDraft(id, folder, draft) {
  try {
    sessionStorage.setItem(key(id), JSON.stringify({ folder, draft }));
  } catch {
    // storage may be full or forbidden
  }
}

export function dropDraft(id) {
  try {
    sessionStorage.removeItem(key(id));
  } catch {
    // then there is none
  }
}
