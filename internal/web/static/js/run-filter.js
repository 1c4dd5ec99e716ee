import './text/runs.js';
import { h } from './dom.js';
import { t } from './i18n.js';
import { num } from './format.js';

export const states = ['', 'completed', 'failed', 'blocked', 'skipped', 'pending', 'edited'];
const calm = 250; // after the last keystroke

// filterBar selects the rows that are shown, by state and by text.
export function filterBar(state, text, onChoose) {
  let timer = 0;
  const search = h('input', { class: 'input rows-search', type: 'search', 'aria-label': t('runs.find'), placeholder: t('runs.find'), maxlength: 500, value: text, on: { input: () => soon(calm), keydown: (e) => e.key === 'Enter' && soon(0) } });
  const chips = states.map((of) => {
    const count = h('span', { class: 'num muted' });
    return { of, count, node: h('button', { class: 'chip', type: 'button', dataset: { state: of }, on: { click: () => onChoose(of, search.value.trim()) } }, t(of ? 'runs.row.' + of : 'runs.any'), count) };
  });
  const filters = h('div', { class: 'rows-filters', role: 'group', 'aria-label': t('runs.filter') }, chips.map((chip) => chip.node));
  let counts = {};

  function soon(after) {
    clearTimeout(timer);
    timer = setTimeout(() => search.value.trim() !== text && onChoose(state, search.value.trim()), after);
  }

  function draw() {
    for (const { of, count, node } of chips) {
      node.setAttribute('aria-pressed', String(of === state));
      count.textContent = of in counts ? num(counts[of]) : '';
      node.hidden = of !== '' && of !== state && !(counts[of] > 0);
    }
  }

  draw();
  return {
    node: h('div', { class: 'toolbar' }, filters, search),
    update(run) {
      counts = Object.fromEntries(states.map((of) => [of, of ? run[of] ?? 0 : run.rows]));
      draw();
    },
    show(to, words) {
      state = to;
      text = words;
      if (search.value.trim() !== words) search.value = words;
      draw();
    },
    close: () => clearTimeout(timer),
  };
}
