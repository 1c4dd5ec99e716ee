import './text/runs.js';
import { post } from './api.js';
import { blastBox, blastQuestion } from './blast.js';
import { open } from './dialog.js';
import { h, replace } from './dom.js';
import { about, date, num, rubles } from './format.js';
import { t } from './i18n.js';

// spentText describes what a run has cost, '' if that is not known.
export function spentText(run) {
  if (!run.spent?.prices_of && !run.spent?.cost_rub) return '';
  return t(run.sandbox ? 'runs.atRealPrices' : 'runs.costs', { cost: about(run.spent.cost_rub) });
}

// spentFigure is the cost of a run for a list of figures, or nothing.
export function spentFigure({ spent, sandbox }) {
  if (!spent) return [];
  const unpriced = spent.unpriced_models ?? [];
  const known = spent.prices_of || spent.cost_rub > 0;
  const under = [
    known && t(!spent.prices_of ? 'runs.byPricesUndated' : sandbox ? 'runs.realPricesOf' : 'runs.byPricesOf', { dates: date(spent.prices_of + 'T12:00') }),
    spent.saved_rub > 0 && t('runs.savedByBatches', { cost: rubles(spent.saved_rub) }),
    spent.open_rub > 0 && t('runs.openBatches', { cost: rubles(spent.open_rub) }),
    spent.perhaps_rub > 0 && t('runs.perhaps', { cost: rubles(spent.perhaps_rub) }), unpriced.length > 0 && t('runs.unpriced', { models: unpriced.join(', ') }),
  ];
  return [['runs.spent', known ? about(spent.cost_rub) : '–', under.filter(Boolean).join('; ')]];
}

const budgets = [['max_cost_rub', 'cost_rub', 'runs.budgetRubles', rubles], ['max_tokens_total', 'tokens', 'runs.budgetTokens', num]];

export const hasBudget = (run) => budgets.some(([of]) => run.budget?.[of] > 0);

// budgetCard shows how much of the budget of a run is spent.
export function budgetCard() {
  const list = h('ul', { class: 'bars' });
  const node = h('section', { class: 'card stack', hidden: true }, h('h2', { class: 'bars-title' }, t('runs.budget')), list);
  const lines = new Map(budgets.map(([of, , name]) => {
    const inner = h('span');
    const text = h('span', { class: 'num' });
    const bar = h('span', { class: 'bars-bar', role: 'progressbar', 'aria-label': t(name), 'aria-valuemin': 0, 'aria-valuemax': 100 }, inner);
    return [of, { node: h('li', { class: 'budget-line' }, h('span', { class: 'bars-name' }, t(name)), bar, text), inner, text, bar }];
  }));
  replace(list, [...lines.values()].map((line) => line.node));
  return {
    node,
    update(run) {
      node.hidden = !hasBudget(run);
      for (const [of, spent, , format] of budgets) {
        const line = lines.get(of);
        const most = run.budget?.[of] ?? 0;
        line.node.hidden = !(most > 0);
        if (line.node.hidden) continue;
        const share = Math.min(1, (run.spent?.[spent] ?? 0) / most);
        line.inner.style.width = share * 100 + '%';
        line.bar.setAttribute('aria-valuenow', Math.floor(share * 100));
        line.text.textContent = t('runs.budgetOf', { spent: format(run.spent?.[spent] ?? 0), budget: format(most) });
      }
    },
  };
}

// agree shows what a run asks again although it has an answer. It is true if nothing is, or if the user agrees.
export async function agree(blast) {
  if (!blast) return true;
  const buttons = [{ text: t('common.cancel'), value: false }, { text: blastQuestion(blast), value: true, kind: 'danger' }];
  return (await open(t('runs.againTitle'), blastBox(blast), buttons)) === true;
}

// planAgain returns what continuing a run would ask again, and null if nothing.
export async function planAgain(path, how) {
  return (await post(`${path}/plan`, how)).blast;
}

// askBudget asks for another budget. It is null if the user cancels.
export async function askBudget(run) {
  const fields = budgets.map(([of, , , format], i) => {
    const id = `budget-${of}`;
    const input = h('input', { class: 'input num', id, type: 'text', inputmode: 'decimal', autocomplete: 'off', 'aria-describedby': id + '-help', value: run.budget?.[of] ? String(run.budget[of]) : '', placeholder: t('runs.noBudget') });
    const help = h('p', { class: 'help', id: id + '-help' }, t('runs.spentSoFar', { spent: format(run.spent?.[budgets[i][1]] ?? 0) }));
    return { of, input, help, node: h('div', { class: 'field' }, h('label', { for: id }, t(i ? 'runs.budgetTokensNew' : 'runs.budgetRublesNew')), input, help) };
  });
  const value = (text) => Number(text.replace(/\s/g, '').replace(',', '.') || 0);
  const right = ({ of, input }) => {
    const x = value(input.value);
    return x === 0 || (of === 'max_cost_rub' ? x >= 0.01 && x <= 1e9 : Number.isSafeInteger(x) && x > 0);
  };
  const hold = () => {
    const wrong = fields.filter((f) => !right(f));
    for (const f of fields) {
      f.help.textContent = right(f) ? '' : t('runs.badBudget');
      f.input[right(f) ? 'removeAttribute' : 'setAttribute']('aria-invalid', 'true');
    }
    wrong[0]?.input.focus();
    return wrong.length > 0;
  };
  const buttons = [{ text: t('common.cancel'), value: false }, { text: t('runs.continue'), value: true, kind: 'primary', hold }];
  const shown = open(t('runs.budgetTitle'), h('div', { class: 'stack' }, h('p', null, t('runs.budgetText')), fields.map((f) => f.node)), buttons);
  fields[run.budget?.max_cost_rub || !run.budget?.max_tokens_total ? 0 : 1].input.select();
  if ((await shown) !== true) return null;
  return Object.fromEntries(fields.map(({ of, input }) => [of, value(input.value)]));
}
