import './text/table.js';
import './text/runs.js';
import { post } from './api.js';
import { announce } from './dialog.js';
import { h, replace } from './dom.js';
import { num } from './format.js';
import { n, t } from './i18n.js';
import { popover } from './popover.js';
import { causeName } from './run-parts.js';
import { say } from './answer-ui.js';

const wait = 250;
const mostValue = 280; // characters of a value that is compared whole

// scaleOf returns the keys of the texts for a column of numbers, of dates, or of texts, which have no greater and less.
function scaleOf(column) {
  if (column.dates) return { up: 'table.sortUpDate', down: 'table.sortDownDate', greater: 'table.dateAfter', less: 'table.dateBefore' };
  if (column.numeric) return { up: 'table.sortUpNumber', down: 'table.sortDownNumber', greater: 'table.greater', less: 'table.less' };
  return { up: 'table.sortUp', down: 'table.sortDown' };
}

// columnMenu is what the header of a column offers: sort, filter, the values with their counts, and what else the page gives.
export function columnMenu(store, column, anchor, ...more) {
  const id = column.id;
  const scale = scaleOf(column);
  const now = (op) => store.query.filters.find((f) => f.column === id && f.op === op)?.values[0] ?? '';
  const sorted = (desc) => store.query.sort[0]?.column === id && store.query.sort[0].desc === desc;
  const set = (op, values) => {
    const others = store.query.filters.filter((f) => f.column === id && f.op !== op).map(({ op: o, values: v }) => ({ op: o, values: v }));
    store.filter(id, ...others, ...(values ? [{ op, values }] : []));
  };
  const sort = (desc, text) => h('button', {
    class: 'tb-item', type: 'button', 'aria-pressed': String(sorted(desc)), on: { click: () => { store.sort(id, desc); close(); } },
  }, text);
  const entry = (op, label) => {
    let timer = 0; // each has its own: one that is filled in soon after another does not take its place
    const take = () => {
      clearTimeout(timer);
      set(op, input.value.trim() ? [input.value.trim()] : null);
    };
    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(take, wait);
    };
    const keys = (e) => {
      if (e.key !== 'Enter' || e.isComposing) return;
      take();
      close();
    };
    const input = h('input', {
      class: 'input', id: 'tb-f-' + op, type: 'text', autocomplete: 'off', value: now(op), on: { input: later, keydown: keys },
    });
    return h('div', { class: 'field' }, h('label', { for: input.id }, t(label)), input);
  };
  const values = h('div', { class: 'tb-values', 'aria-busy': 'true' }, h('div', { class: 'skeleton' }), h('div', { class: 'skeleton' }));
  const drop = () => {
    store.filter(id);
    close();
  };
  const clear = h('button', { class: 'button small quiet', type: 'button', on: { click: drop } }, t('table.filterClear'));
  const close = popover(anchor, column.name,
    h('div', { class: 'tb-menu' }, more, h('div', { class: 'tb-items' }, sort(false, t(scale.up)), sort(true, t(scale.down))),
      entry('contains', 'table.contains'), entry('equals', 'table.equals'),
      scale.greater && h('div', { class: 'split tb-range' }, entry('greater', scale.greater), entry('less', scale.less)),
      values, store.query.filters.some((f) => f.column === id) && clear));
  if (column.at >= 0) load();
  else replace(values);

  async function load() {
    try {
      const all = await post(store.path + '/values', store.reading({ column: id }), close.signal);
      if (all.complete || all.values.length) drawValues(all);
      if (!all.complete) return void setTimeout(() => values.isConnected && load(), 1000); // they are those of the rows that are read so far
    } catch (error) {
      if (!close.signal.aborted) replace(values, h('p', { class: 'help' }, error.message));
    }
    values.removeAttribute('aria-busy');
  }

  function drawValues(all) {
    const picked = new Set(store.query.filters.find((f) => f.column === id && f.op === 'one_of')?.values ?? []);
    const toggle = (value, on) => {
      if (on) picked.add(value);
      else picked.delete(value);
      set('one_of', picked.size ? [...picked] : null);
    };
    const line = (value, count) => {
      if (value.length > mostValue && value.endsWith('…')) { // only its beginning is known
        return special('contains', value, count, [value.slice(0, mostValue)]);
      }
      const box = h('input', { type: 'checkbox', checked: picked.has(value), on: { change: () => toggle(value, box.checked) } });
      return h('label', { class: 'tb-value' }, box, h('span', { class: 'tb-value-name', dir: 'auto' }, value), amount(count));
    };
    replace(values, all.values.slice(0, 100).map((v) => line(v.value, v.count)), special('empty', t('table.emptyCells'), all.empty),
      (all.more || all.values.length > 100) && h('p', { class: 'help' }, t('table.moreValues')), column.kind === 'answer' && states());
  }

  const amount = (count) => h('span', { class: 'num muted' }, num(count));
  const special = (op, text, count, values = []) => count > 0 && h('button', {
    class: 'tb-item', type: 'button', on: { click: () => { set(op, values); close(); } },
  }, h('span', null, text), amount(count));

  const states = () => {
    const of = store.counts?.columns?.[column.at]?.states ?? {};
    return h('div', { class: 'tb-items' },
      ['pending', 'outdated', 'failed', 'blocked', 'skipped', 'edited'].map((s) => special('state', t('runs.row.' + s), of[s], [s])));
  };
  return close;
}

// filterBar says what is shown, and offers to ask that alone: run leads to the button that does.
export function filterBar(store, run) {
  const words = h('span', { class: 'num', role: 'status' });
  const hides = h('span', { class: 'tb-warn', role: 'status' });
  const chips = h('span', { class: 'tb-chips' });
  const search = h('input', { class: 'input tb-search', type: 'search', autocomplete: 'off', spellcheck: 'false', 'aria-label': t('table.search'), placeholder: t('table.search'), on: { input: () => { clearTimeout(timer); timer = setTimeout(() => store.ask({ text: search.value.trim() }), wait); } } });
  const askOnly = () => {
    store.choose('filtered');
    run();
    announce(words.textContent);
  };
  const showAll = () => {
    search.value = '';
    store.ask({ text: '', filters: [], sort: [] });
  };
  const only = h('button', { class: 'button small', type: 'button', on: { click: askOnly } });
  const all = h('button', { class: 'button small quiet', type: 'button', on: { click: showAll } }, t('table.showAll'));
  const node = h('div', { class: 'tb-filter', hidden: true }, words, chips, hides, only, all);
  let timer = 0;

  const cross = () => h('span', { 'aria-hidden': 'true' }, ' ×');

  const nameOf = (id) => {
    if (id === '') return t('table.row');
    const [, kind, at, field] = id.match(/^([ai])(\d+)(?:\.(\d+))?$/) ?? [];
    if (kind === 'i') return store.look?.columns[at]?.name ?? '';
    const answer = store.look?.answers[at];
    return field === undefined ? answer?.name ?? '' : `${answer?.name}: ${answer?.fields[field]}`;
  };
  // opOf says a comparison: dates are before or after others.
  const opOf = ({ column, op }) => {
    const dates = column[0] === 'i' && store.look?.columns[column.slice(1)]?.dates;
    return t(dates && op === 'greater' ? 'table.op.after' : dates && op === 'less' ? 'table.op.before' : 'table.op.' + op);
  };
  const names = { state: (v) => t('runs.row.' + v), cause: causeName };
  const valueOf = (f) => f.values.map((v) => names[f.op]?.(v) ?? v).join(', ');
  const saidOf = (f) => [!names[f.op] && opOf(f), f.values?.length && valueOf(f)].filter(Boolean).join(' ');
  const chip = (label, drop, text) => h('button', { class: 'chip', type: 'button', title: label, on: { click: drop } }, text, cross());

  return {
    node,
    search,
    focus: (text) => {
      search.value = text;
      search.focus();
      search.setSelectionRange(text.length, text.length);
      search.dispatchEvent(new Event('input'));
    },
    update() {
      const { shown, query } = store;
      const sifted = store.filtered();
      const sorted = query.sort.length > 0;
      node.hidden = !sifted && !sorted;
      words.hidden = !sifted;
      const found = t('table.shownOf', { n: num(shown.total), all: num(shown.known) });
      say(words, !sifted ? '' : (shown.complete ? '' : t('table.looking') + ' ') + found);
      if (document.activeElement !== search) search.value = query.text;
      replace(chips,
        query.filters.map((f) =>
          chip(t('table.filterDrop', { name: nameOf(f.column) }), () => store.filter(f.column), `${nameOf(f.column)}: ${saidOf(f)}`)),
        query.sort.map((s) => chip(t('table.sortDrop'), () => store.ask({ sort: [] }), `${s.desc ? '↓' : '↑'} ${nameOf(s.column)}`)));
      say(hides, sifted && store.hides ? t('table.mayHide') : '');
      only.hidden = !sifted || !shown.total || store.busy();
      say(only, n('table.askThese', shown.total));
      all.hidden = !sifted && !sorted;
    },
    close: () => clearTimeout(timer),
  };
}
