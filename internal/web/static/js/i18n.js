const dictionaries = { en: {}, ru: {} };
const watchers = new Set();
let rules = null;
let current = choose();

function choose() {
  let kept = null;
  try {
    kept = localStorage.getItem('lang');
  } catch {
    // storage may be forbidden
  }
  if (kept in dictionaries) return kept;
  const known = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in dictionaries);
  return known ?? 'en';
}

export const lang = () => current;

// onLang calls fn after each change of the language. It returns a function that ends this.
export function onLang(fn) {
  watchers.add(fn);
  return () => watchers.delete(fn);
}

export function setLang(to) {
  if (to === current || !(to in dictionaries)) return;
  current = to;
  rules = null;
  try {
    localStorage.setItem('lang', to);
  } catch {
    // the choice then lasts as long as the page
  }
  for (const fn of watchers) fn();
}

// register adds the texts of a part of the page: [English, Russian] by key. A text with a number is an object with the forms that the
// language has.
export function register(part, texts) {
  for (const [key, [en, ru]] of Object.entries(texts)) {
    dictionaries.en[`${part}.${key}`] = en;
    dictionaries.ru[`${part}.${key}`] = ru;
  }
}

function find(key) {
  globalThis.textsSeen?.add(key); // of a test that looks at every text
  return dictionaries[current][key] ?? dictionaries.en[key] ?? key;
}

const fill = (text, vars) => text.replace(/\{(\w+)\}/g, (whole, name) => (vars && name in vars ? String(vars[name]) : whole));

// t returns a text in the language of the page, with the variables in place of {name}.
export const t = (key, vars) => fill(String(find(key)), vars);

// n returns a text with a number in place of {n}, which does not break from the word after it.
export function n(key, count, vars) {
  rules ??= new Intl.PluralRules(current);
  const forms = find(key);
  const text = typeof forms === 'string' ? forms : forms[rules.select(count)];
  const shown = new Intl.NumberFormat(current).format(count).replace(/\s/g, '\u202f');
  return fill(text.replace('{n} ', '{n}\u00a0'), { ...vars, n: shown });
}
