import './text/runs.js';
import { get, post } from './api.js';
import { copyButton } from './copy.js';
import { announce, confirm, problem } from './dialog.js';
import { h, replace } from './dom.js';
import { t } from './i18n.js';
import { duration, num, time } from './format.js';

const fact = (name, ...value) => value.some(Boolean) && [h('dt', null, t(name)), h('dd', { class: 'num' }, value)];

// rowPanel shows one row whole, beside the table. near(step) is the index of the row before or after, if there is one.
export function rowPanel(id, index, { near, onIndex, onClose, onEdited }) {
  const title = h('h2', { id: 'row-title', tabindex: -1 });
  const body = h('div', { class: 'row-body stack' });
  const go = (step) => h('button', { class: 'icon-button', type: 'button', 'aria-label': t(step < 0 ? 'runs.before' : 'runs.after'), on: { click: () => move(step) } }, step < 0 ? '↑' : '↓');
  const close = h('button', { class: 'icon-button', type: 'button', 'aria-label': t('common.close'), on: { click: () => leave() } }, '×');
  const dialog = h('dialog', { class: 'row-dialog', 'aria-labelledby': 'row-title', on: { cancel: (e) => { e.preventDefault(); leave(); }, keydown: (e) => keys(e), click: (e) => e.target === dialog && leave() } },
    h('header', { class: 'row-head' }, title, h('div', { class: 'row-go' }, go(-1), go(1), close)), body);
  let changed = () => false;
  let turn = 0;

  async function load() {
    const mine = ++turn;
    changed = () => false;
    if (!body.firstChild) replace(body, h('div', { class: 'skeleton' }), h('div', { class: 'skeleton' }));
    try {
      const row = await get(`/api/runs/${id}/row?index=${index}`);
      if (mine === turn) show(row);
    } catch (error) {
      if (mine === turn) replace(body, problem(error), h('button', { class: 'button', type: 'button', on: { click: load } }, t('common.again')));
    }
  }

  function show(row) {
    title.textContent = (row.path || (row.sheet ? row.sheet + ': ' : '')) + (row.path ? '' : t('runs.rowTitle', { line: num(row.line) }));
    replace(body, row.cells.map((cell) => cellOf(row, cell)),
      h('details', { open: row.values.length <= 8 }, h('summary', null, t('runs.cells')),
        h('dl', { class: 'facts' }, row.values.map((v) => [h('dt', null, v.column || '–'), h('dd', { class: 'row-pre' }, v.value)]))));
  }

  function cellOf(row, cell) {
    const place = h('section', { class: 'row-cell' });
    replace(place, parts(row, cell, place));
    return place;
  }

  function parts(row, cell, place) {
    return [
      row.cells.length > 1 && h('h3', null, cell.column),
      h('div', { class: 'row' }, h('span', { class: 'badge', dataset: { state: cell.state } }, t('runs.row.' + cell.state)),
        cell.edited && h('span', { class: 'badge', dataset: { state: 'edited' } }, t('runs.row.edited')), cell.edited && h('span', { class: 'muted' }, t('runs.edited', { time: time(cell.edited.at) }))),
      cell.prompt && [h('h4', null, t('runs.prompt')), h('div', { class: 'row-pre row-prompt' }, cell.prompt)],
      cell.system && h('details', null, h('summary', null, t('runs.system')), h('div', { class: 'row-pre' }, cell.system)),
      answer(cell, (text) => save(row, cell, place, { text }), () => save(row, cell, place, { undo: true })),
      details(cell),
    ];
  }

  async function save(row, cell, place, change) {
    const fresh = await post(`/api/runs/${id}/edit`, { index: row.index, column: cell.column, ...change });
    changed = () => false;
    replace(place, parts(row, fresh, place));
    announce(t(change.undo ? 'runs.undone' : 'runs.saved'));
    place.querySelector('button')?.focus();
    onEdited();
  }

  function answer(cell, onSave, onUndo) {
    const place = h('div', { class: 'row-answer stack' });
    const read = () => {
      changed = () => false;
      replace(place, h('h4', null, t('runs.completion')),
        cell.state === 'completed' ? h('div', { class: 'row-pre row-text' }, values(cell) ?? cell.completion) : h('p', { class: cell.error ? 'row-error' : 'muted' }, cell.error || t(cell.state === 'skipped' ? 'runs.emptyRow' : 'runs.noAnswer')),
        cell.original && h('details', null, h('summary', null, t('runs.original')), h('div', { class: 'row-pre' }, cell.original)),
        cell.state !== 'skipped' && h('div', { class: 'row' },
          cell.state === 'completed' && copyButton(() => cell.completion),
          h('button', { class: 'button small', type: 'button', on: { click: write } }, t(cell.state === 'completed' ? 'runs.edit' : 'runs.write')),
          cell.edited && h('button', { class: 'button quiet small', type: 'button', on: { click: () => act(onUndo) } }, t('runs.undo'))));
    };
    const act = async (fn) => {
      try {
        await fn();
      } catch (error) {
        place.querySelector('.error-box')?.remove();
        place.append(problem(error));
      }
    };
    const write = () => {
      const control = cell.choices?.length
        ? h('select', { class: 'select', 'aria-label': t('runs.completion'), value: cell.completion }, !cell.choices.includes(cell.completion) && h('option', { value: '' }, ''), cell.choices.map((c) => h('option', { value: c }, c)))
        : h('textarea', { class: 'textarea', rows: 8, 'aria-label': t('runs.completion'), value: cell.schema ? pretty(cell.completion) : cell.completion });
      const was = control.value;
      changed = () => control.value !== was;
      const store = () => act(() => onSave(control.value));
      control.addEventListener('keydown', (e) => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); store(); } });
      replace(place, h('h4', null, t('runs.completion')), control, h('p', { class: 'help' }, t(cell.schema ? 'runs.editSchema' : 'runs.editHelp')),
        h('div', { class: 'row' }, h('button', { class: 'button primary small', type: 'button', on: { click: store } }, t('runs.save')), h('button', { class: 'button quiet small', type: 'button', on: { click: () => { read(); place.querySelector('button')?.focus(); } } }, t('runs.cancel'))));
      control.focus();
    };
    read();
    return place;
  }

  async function move(step) {
    if (changed() && !(await dropped())) return;
    const to = near(step);
    if (to === undefined) return;
    index = to;
    onIndex(index);
    load();
  }

  const dropped = () => confirm({ title: t('runs.dropTitle'), text: t('runs.dropText'), ok: t('runs.drop'), danger: true });

  async function leave() {
    if (changed() && !(await dropped())) return;
    turn++;
    dialog.close();
    dialog.remove();
    onClose();
  }

  function keys(e) {
    if (/^(TEXTAREA|SELECT|INPUT)$/.test(e.target.tagName)) return;
    const step = { ArrowUp: -1, k: -1, ArrowDown: 1, j: 1 }[e.key];
    if (!step || e.altKey || e.ctrlKey || e.metaKey || (e.key.startsWith('Arrow') && !e.target.closest('.row-go'))) return;
    e.preventDefault();
    move(step);
  }

  document.body.append(dialog);
  dialog.showModal();
  title.focus();
  load();
  return { close: () => { turn++; dialog.close(); dialog.remove(); }, refresh: () => !changed() && !dialog.querySelector('.row-answer textarea, .row-answer select') && load() };
}

function values(cell) {
  if (!cell.values) return null;
  return h('dl', { class: 'facts' }, Object.entries(cell.values).map(([name, v]) => [h('dt', null, name), h('dd', null, v === null ? '–' : typeof v === 'object' ? JSON.stringify(v) : String(v))]));
}

function pretty(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

function details(cell) {
  const u = cell.usage;
  const facts = [
    cell.cause && fact('runs.failures', cell.cause), fact('runs.model', cell.model), fact('runs.reason', cell.finish_reason), cell.attempts > 0 && fact('runs.attempts', num(cell.attempts)),
    u.prompt_tokens + u.completion_tokens > 0 && fact('runs.usage', t('runs.tokensOf', { prompt: num(u.prompt_tokens), completion: num(u.completion_tokens) })),
    cell.latency_ms > 0 && fact('runs.latency', cell.latency_ms < 1000 ? num(cell.latency_ms) + ' ms' : duration(cell.latency_ms / 1000)), fact('runs.at', time(cell.at)),
    cell.request_id && fact('runs.requestId', h('code', null, cell.request_id), ' ', copyButton(() => cell.request_id)),
  ].filter(Boolean);
  return facts.length > 0 && h('details', null, h('summary', null, t('runs.about')), h('dl', { class: 'facts' }, facts));
}
