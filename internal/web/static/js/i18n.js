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

// onLang calls fn after each change of the language.
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
    // then it lasts as long as the page
  }
  for (const fn of watchers) fn();
}

export function register(texts) {
  for (const [to, dictionary] of Object.entries(texts)) Object.assign(dictionaries[to], dictionary);
}

const find = (key) => dictionaries[current][key] ?? dictionaries.en[key] ?? key;

const fill = (text, vars) => text.replace(/\{(\w+)\}/g, (whole, name) => (vars && name in vars ? String(vars[name]) : whole));

// t is a text in the language of the page. {name} stands for a variable.
export const t = (key, vars) => fill(String(find(key)), vars);

// n is a text with a number, which {n} stands for.
export function n(key, count, vars) {
  rules ??= new Intl.PluralRules(current);
  const forms = find(key);
  const text = typeof forms === 'string' ? forms : forms[rules.select(count)] ?? forms.other ?? forms.many;
  const shown = new Intl.NumberFormat(current).format(count).replace(/\s/g, '\u202f');
  return fill(text, { ...vars, n: shown });
}
