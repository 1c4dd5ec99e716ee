// A draft is what the user has entered for one table. Numbers are kept as they were typed.
const blank = {
  options: {},
  prompt: null, // null until the user edits it: then the column that the server found is used
  row: 0,
  system: '', model: '', temperature: '', top_p: '', max_tokens: '', repetition_penalty: '',
  raise_length: false, blocked_model: '', fallback_model: '',
  form: 'text',
  choices: [],
  fields: [],
  byHand: false,
  schema: '',
  repairs: '', completion_column: '',
  via: '', deadline: '', // how the rows are asked; the deadline is a local time
  limit: '', concurrency: '', max_cost_rub: '', max_tokens_total: '', conditions: '', skip_empty: '', skip_suspect: false,
  where: {}, // of the answers, if something of the user is in their usual place
  confirmed: '', // the figures of what is asked again, once the user has confirmed them
  open: {}, // the collapsible parts that are open
};

const key = (input) => 'newrun.draft:' + input;
const triedKey = (input) => 'newrun.tried:' + input;
const lastKey = 'newrun:input';

function read(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null;
  }
}

function write(name, value) {
  try {
    if (value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, JSON.stringify(value));
  } catch {
    // storage may be full or forbidden
  }
}

export const emptyDraft = () => structuredClone(blank);
export const loadDraft = (input) => ({ ...emptyDraft(), ...read(key(input)) });
export const saveDraft = (input, draft) => write(key(input), draft);
export const loadTried = (input) => read(triedKey(input));
export const saveTried = (input, tried) => write(triedKey(input), tried);
export const lastInput = () => read(lastKey) || '';
export const keepInput = (input) => write(lastKey, input || null);
