import './text/runs.js';
import { copyButton } from './copy.js';
import { open as dialog, problem } from './dialog.js';
import { h, replace } from './dom.js';
import { t } from './i18n.js';
import { duration, num, time } from './format.js';
import { editor } from './row-editor.js';
import { causeName } from './run-parts.js';

const pre = (text, kind = '', more) => h('div', { class: 'row-pre ' + kind, dir: 'auto', ...more }, text);
const button = (name, fn, kind = '') => h('button', { class: `button small ${kind}`, type: 'button', on: { click: fn } }, t(name));
const more = (name, ...inside) => h('details', null, h('summary', null, t(name)), inside);

// rowCell shows the prompt and the answer of a row for one column. save stores a change and returns the changed cell.
export function rowCell(cell, { many, save, schema }) {
  const node = h('section', { class: 'row-cell' });
  const answer = h('div', { class: 'row-answer stack' });
  const label = (name) => h(many ? 'h4' : 'h3', { class: 'row-label' }, t(name));
  let open = null; // the editor
  draw();

  function draw() {
    replace(node,
      h('div', { class: 'row' }, many && h('h3', null, cell.column), h('span', { class: 'badge', dataset: { state: cell.state } }, t('runs.row.' + (cell.in_batch ? 'batched' : cell.before ? 'outdated' : cell.state))),
        cell.edited && h('span', { class: 'badge', dataset: { state: 'edited' } }, t('runs.row.edited'))),
      cell.prompt && [label('runs.prompt'), pre(cell.prompt, 'row-prompt', { tabindex: 0, role: 'group', 'aria-label': t('runs.prompt') })],
      cell.system && more('runs.system', pre(cell.system)),
      answer, details(cell));
    read();
  }

  function read(focus) {
    open = null;
    const done = cell.state === 'completed';
    const change = button(done ? 'runs.edit' : 'runs.write', () => write());
    replace(answer, label('runs.completion'), done ? completion(cell) : missing(cell),
      cell.before && [label('runs.before'), pre(cell.before, 'row-was')],
      cell.was && cell.was.completion && cell.was.completion !== cell.completion && [label('runs.otherVersion'), pre(cell.was.completion, 'row-was')],
      cell.edited && cell.original && more('runs.original', pre(cell.original)),
      cell.state !== 'skipped' && h('div', { class: 'row' }, change, done && copyButton(() => cell.completion), cell.edited && button('runs.undo', () => store({ undo: true }), 'quiet')));
    if (focus) change.focus();
  }

  function write(field) {
    open = editor(cell, (text) => store({ text }), () => read(true), schema);
    replace(answer, label('runs.completion'), open.node);
    open.focus(field);
  }

  async function store(change) {
    if (node.getAttribute('aria-busy') === 'true') return;
    node.setAttribute('aria-busy', 'true');
    answer.querySelector('.error-box')?.remove();
    try {
      took(await save({ version: cell.version, ...change }));
    } catch (error) {
      if (error.code === 'changed') conflict(error.body.cell, change);
      else answer.append(problem(error));
    } finally {
      node.removeAttribute('aria-busy');
    }
  }

  function took(now) {
    cell = now;
    draw();
    answer.querySelector('button').focus();
  }

  // conflict lets the user choose between the answer as it is now and the change.
  async function conflict(now, change) {
    const text = (name, words) => [h('h3', { class: 'row-label' }, t(name)), pre(words || t('runs.noAnswer'), 'row-text')];
    const inside = h('div', { class: 'stack conflict' }, h('p', null, t(now.edited ? 'runs.changedByHand' : 'runs.changedByRun')),
      text('runs.theirs', now.completion), text('runs.mine', change.undo ? cell.original : change.text));
    const buttons = [{ text: t('runs.keepTheirs'), value: 'theirs', kind: 'primary' }, { text: t('runs.useMine'), value: 'mine' }];
    const choice = await dialog(t('runs.changedTitle'), inside, buttons);
    if (choice === 'theirs') took(now);
    if (choice === 'mine') store({ ...change, version: now.version });
  }

  // rest closes the editor unless something is written in it.
  const rest = () => { if (open && !open.changed()) read(answer.contains(document.activeElement)); };

  return { node, rest, edit: (field) => (open ? open.focus(field) : cell.state !== 'skipped' && write(field)), editing: () => open !== null, changed: () => open?.changed() ?? false };
}

const shown = (v) => (v === null ? '–' : typeof v === 'object' ? JSON.stringify(v) : String(v));

function completion(cell) {
  if (!cell.values) return pre(cell.completion, 'row-text');
  const list = cell.values.map(({ name, value: v }) => [h('dt', { dir: 'auto' }, name), h('dd', { class: 'row-pre', dir: 'auto' }, shown(v))]);
  return [h('dl', { class: 'facts row-text' }, list), cell.schema && more('runs.asJSON', pre(cell.completion, 'row-code'))];
}

// reasonName returns the name of a finish reason on the page.
function reasonName(reason) {
  const key = 'runs.reason.' + reason;
  return t(key) === key ? reason : t(key);
}

function missing(cell) {
  const why = cell.cause && cell.state === 'failed' && h('strong', null, causeName(cell.cause));
  const text = cell.error || t(cell.state === 'skipped' ? 'runs.emptyRow' : cell.state === 'blocked' ? 'runs.blockedWhy' : cell.in_batch ? 'runs.batchWaits' : 'runs.noAnswer');
  return h('div', { class: cell.error ? 'row-error' : 'muted' }, why, h('p', { dir: 'auto' }, text));
}

function details(cell) {
  const u = cell.usage ?? {};
  const tokens = (u.prompt_tokens ?? 0) + (u.completion_tokens ?? 0);
  const facts = [
    ['runs.model', cell.model], ['runs.reason', cell.finish_reason && reasonName(cell.finish_reason)], ['runs.attempts', cell.attempts > 0 && num(cell.attempts)],
    ['runs.usage', tokens > 0 && t('runs.tokensOf', { prompt: num(u.prompt_tokens), completion: num(u.completion_tokens) }) + (u.cached_tokens > 0 ? `, ${t('runs.tokensCached', { n: num(u.cached_tokens) })}` : '')],
    ['runs.latency', cell.latency_ms > 0 && (cell.latency_ms < 10000 ? num(cell.latency_ms / 1000, { maximumFractionDigits: 2 }) + '\u202f' + t('common.s') : duration(cell.latency_ms / 1000))],
    ['runs.at', cell.at && time(cell.at)], ['runs.edited', cell.edited && time(cell.edited.at)], ['runs.requestId', cell.request_id && [h('code', null, cell.request_id), ' ', copyButton(() => cell.request_id)]],
  ].filter(([, value]) => value);
  return facts.length > 0 && h('dl', { class: 'facts row-facts num' }, facts.map(([name, value]) => [h('dt', null, t(name)), h('dd', null, value)]));
}
