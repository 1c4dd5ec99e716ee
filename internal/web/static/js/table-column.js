import './text/table.js';
import { h, replace } from './dom.js';
import { lang, t } from './i18n.js';
import { confirm } from './dialog.js';
import { menu } from './menu.js';
import { nearest, placeholder, renamed } from './names.js';
import { choiceEditor } from './answer-choices.js';
import { fieldEditor } from './answer-fields.js';
import { button, field, foldable, invalid, labelled, say } from './answer-ui.js';
import { complete } from './table-complete.js';
import { settings } from './table-settings.js';
import { versionPart } from './table-versions.js';

// columnPanel edits a column: what is asked of each row, its versions, the prompt of the selected row, the form of the answer, and the model.
export function columnPanel(store, facts) {
  const node = h('div', { class: 'tb-panel-body' });
  let parts = [];
  let versions = null;
  let drawn = '';

  const told = () => [store.draft.active, store.draft.columns.length, store.generation, lang()].join();

  // draw makes the controls of another column; otherwise the control in use would lose the focus.
  function draw() {
    drawn = told();
    const model = store.model();
    versions = versionPart(store);
    parts = [columns(store), name(store), versions, prompt(store), chips(store), remarks(store), rendered(store), formPart(store, model), condition(store), settings(store, model, facts)];
    replace(node, parts.map((p) => p.node));
  }

  return {
    node,
    focus: () => node.querySelector('textarea')?.focus(),
    versions: () => versions?.show(),
    update(what) {
      if (store.draft.columns.length && told() !== drawn) draw();
      for (const part of parts) part.update?.(what);
    },
  };
}

// columns are the answer columns in the order in which they are asked, to switch between them.
function columns(store) {
  const list = h('div', { class: 'tb-columns', role: 'group', 'aria-label': t('table.answers') });
  const order = h('p', { class: 'help', hidden: true });
  let told = '';
  return {
    node: h('div', null, list, order),
    update() {
      const { columns: all, active } = store.draft;
      const now = JSON.stringify([all.map((c) => [c.name, c.when]), active]);
      if (now === told) return;
      told = now;
      replace(list, all.map((c, i) => h('button', { class: 'chip', type: 'button', 'aria-pressed': String(i === active), on: { click: () => store.activate(i) } }, c.name || t('table.noName'))),
        h('button', { class: 'chip tb-add', type: 'button', title: t('table.add'), 'aria-label': t('table.add'), on: { click: () => { store.addColumn(); store.tell('added'); const name = document.getElementById('tb-name'); name.focus(); name.select(); } } }, all.length > 1 ? '+' : t('table.addShort')));
      const uses = (c) => all.filter((o) => o !== c && o.name && `${c.prompt ?? ''}\n${c.when}`.includes(o.name)).map((o) => o.name);
      const after = all.filter((c) => uses(c).length).map((c) => t('table.after', { name: c.name, others: uses(c).join(', ') }));
      order.hidden = !after.length;
      say(order, after.join('; '));
    },
  };
}

function name(store) {
  const input = h('input', { class: 'input tb-column-name', id: 'tb-name', type: 'text', autocomplete: 'off', maxlength: 200, value: store.column().name, on: { input: () => store.setColumn({ name: input.value }) } });
  const remove = h('button', { class: 'tb-item', type: 'button', on: { click: async () => { if (await confirm({ title: t('table.removeTitle', { name: store.column().name }), text: t('table.removeText'), ok: t('table.remove'), danger: true })) store.removeColumn(); } } }, t('table.remove'));
  const again = h('button', { class: 'tb-item', type: 'button', on: { click: () => store.restart() } }, t('table.restart'));
  const fault = h('p', { class: 'help tb-fault', hidden: true });
  return {
    node: h('div', { class: 'tb-name-row' }, labelled(input.id, 'table.column', input), menu(t('table.columnMenu'), remove, again), fault),
    update() {
      const reason = store.spec().columns[store.draft.active]?.name;
      invalid(input, reason);
      fault.hidden = !reason;
      say(fault, reason ? t(...reason) : '');
      remove.hidden = store.draft.columns.length < 2;
    },
  };
}

// prompt is the editor. What is in braces is marked behind the text.
function prompt(store) {
  const marks = h('div', { class: 'tb-marks', 'aria-hidden': 'true' });
  const area = h('textarea', { class: 'textarea tb-area', id: 'tb-prompt', rows: 6, 'aria-describedby': 'tb-remarks', on: { input: () => { store.setColumn({ prompt: area.value }); mark(); }, scroll: () => { marks.scrollTop = area.scrollTop; } } });
  const list = complete(area, () => [...new Set(store.names().filter((one) => one && one !== store.column().name))], placeholder, (open) => { store.choosing = open; store.tell('plan'); });
  const node = h('div', { class: 'field' }, h('label', { for: area.id }, t('table.prompt')), h('div', { class: 'tb-editor' }, marks, area, list.node));
  area.value = store.prompted();
  store.choosing = false;
  let sized = '';

  function mark() {
    const strange = store.prompt?.unknown ?? [];
    const parts = area.value.split(/(\{\{\{\{|\{\{[^]*?\}\})/);
    replace(marks, parts.map((part, i) => (i % 2 && part !== '{{{{' ? h('mark', { class: strange.some((u) => part.includes(u)) ? 'tb-strange' : '' }, part) : part)), '\n');
    marks.scrollTop = area.scrollTop;
  }

  return {
    node,
    insert: (text) => insert(area, text, () => store.setColumn({ prompt: area.value })),
    update(what) {
      if (document.activeElement !== area && area.value !== store.prompted()) area.value = store.prompted();
      const now = area.value + '\u0000' + (what === 'prompt' ? (store.prompt?.unknown ?? []).join() : '');
      if (now !== sized) mark();
      sized = now;
    },
  };
}

// insert types a text. execCommand, unlike setRangeText, can be undone with Ctrl+Z.
function insert(area, text, done) {
  area.focus();
  if (document.execCommand('insertText', false, text)) return;
  area.setRangeText(text, area.selectionStart, area.selectionEnd, 'end');
  done();
}

function chips(store) {
  const list = h('div', { class: 'tb-chips', role: 'group', 'aria-label': t('table.columns') });
  let told = '';
  const put = (one) => {
    const area = document.getElementById('tb-prompt');
    insert(area, placeholder(one), () => store.setColumn({ prompt: area.value }));
  };
  return {
    node: list,
    update() {
      const inputs = (store.look?.columns ?? []).filter((c) => !c.ours).map((c) => c.name).filter(Boolean);
      const others = store.draft.columns.map((c) => c.name).filter((one) => one && one !== store.column().name);
      const now = JSON.stringify([inputs, others]);
      if (now === told) return;
      told = now;
      const chip = (one, kind) => h('button', { class: 'chip ' + kind, type: 'button', title: t('table.insert', { name: one }), 'aria-label': t('table.insert', { name: one }), on: { click: () => put(one) } }, one);
      replace(list, inputs.slice(0, 40).map((one) => chip(one, '')), others.map((one) => chip(one, 'tb-own')), inputs.length > 40 && h('span', { class: 'help' }, t('table.moreColumns')));
    },
  };
}

// remarks shows what the server says about the prompt.
function remarks(store) {
  const list = h('ul', { class: 'tb-remarks' });
  let drawn = '';
  const unknown = (written) => {
    const one = written.replace(/^\{\{\s*|\s*\}\}$/g, '');
    const meant = nearest(one, store.names());
    return h('li', { class: 'tb-bad' }, h('span', null, t('table.unknown', { name: one })),
      meant && button(t('table.meant', { name: meant }), 'small', () => store.setColumn({ prompt: renamed(store.prompted(), one, meant) })));
  };
  return {
    node: h('div', { id: 'tb-remarks', role: 'status' }, list),
    update() {
      const { unknown: strange = [], problem = null } = store.prompt ?? {};
      const error = store.promptError;
      const blank = !store.prompted().includes('{{') && !store.requests() && !(store.table?.kind === 'documents' && store.prompted().trim());
      const unfinished = /\{\{[^{}]*$/.test(store.prompted()); // the name is being typed
      const now = JSON.stringify([strange, problem, error?.message, blank, unfinished]);
      if (now === drawn) return;
      drawn = now;
      const said = unfinished ? null : error ?? (problem && !strange.length && !blank ? { message: problem.error, hint: problem.hint } : null);
      list.hidden = !strange.length && !said && !blank;
      replace(list, strange.map(unknown), blank && h('li', null, t(store.table?.kind === 'documents' ? 'table.writeDocument' : 'table.writePrompt')), said && !blank && h('li', { class: 'tb-bad' }, h('span', null, said.message, said.hint && h('span', { class: 'tb-hint' }, said.hint))));
    },
  };
}

// rendered is the prompt of the selected row.
function rendered(store) {
  const title = h('span', { id: 'tb-rendered' });
  const text = h('div', { class: 'tb-made', role: 'region', tabindex: 0, 'aria-labelledby': title.id, dir: 'auto' });
  const turn = (step, sign, label) => h('button', { class: 'icon-button', type: 'button', 'aria-label': t(label), title: t(label), on: { click: () => store.turn?.(step) } }, sign);
  let told = '';
  return {
    node: h('div', { class: 'field' }, h('div', { class: 'tb-label' }, title, h('span', { class: 'tb-turn' }, turn(-1, '↑', 'table.rowBefore'), turn(1, '↓', 'table.rowAfter'))), text),
    update() {
      const c = store.column();
      const blank = !c.prompt?.trim() && !c.attach && !store.requests() && store.table?.kind !== 'documents'; // nothing is asked yet
      const p = blank ? null : store.prompt;
      say(title, p ? t('table.rendered', { line: p.line }) : t('table.renderedNone'));
      const now = JSON.stringify(p);
      if (now === told) return;
      told = now;
      text.hidden = !p || !(p.skipped || p.parts?.length || p.files?.length || p.needs?.length);
      const needs = p?.needs?.length > 0 && h('p', { class: 'help' }, t('table.needs', { names: p.needs.join(', ') }));
      replace(text, !p ? '' : p.skipped ? h('span', { class: 'tb-warn' }, p.why) : (p.parts ?? []).map((part) => (part.column ? h('b', { title: part.column }, part.text) : part.text)),
        p?.files?.length > 0 && h('p', { class: 'help' }, t('table.files', { names: p.files.join(', ') })), needs);
    },
  };
}

const forms = [['text', 'table.formText'], ['choices', 'table.formChoices'], ['fields', 'table.formFields']];

function formPart(store, model) {
  const column = store.column();
  const pick = (form) => h('button', { type: 'button', 'aria-pressed': String(column.form === form), dataset: { form }, on: { click: () => picked(form) } });
  const buttons = forms.map(([form, text]) => { const b = pick(form); b.textContent = t(text); return b; });
  const list = choiceEditor('tb-choices', { 'aria-label': t('table.choices'), placeholder: t('table.choiceEg'), 'aria-describedby': 'tb-choices-fault' }, column.choices, (choices) => store.setColumn({ choices }));
  const fault = h('p', { class: 'help', id: 'tb-choices-fault' });
  const choices = h('div', { class: 'field', hidden: true }, list.node, fault);
  const fields = fieldEditor(model);
  const picked = (form) => {
    store.setColumn({ form });
    const next = { choices: list.input, fields: fields.node.querySelector('input') }[form];
    next?.focus();
    next?.closest('.field')?.scrollIntoView({ block: 'nearest' });
  };
  return {
    node: h('div', { class: 'field', role: 'group', 'aria-labelledby': 'tb-form' }, h('span', { class: 'tb-label', id: 'tb-form' }, t('table.form')), h('div', { class: 'tb-seg' }, buttons), choices, fields.node),
    update() {
      const { form } = store.column();
      const faults = store.spec().columns[store.draft.active] ?? {};
      for (const b of buttons) b.setAttribute('aria-pressed', String(b.dataset.form === form));
      choices.hidden = form !== 'choices';
      fields.node.hidden = form !== 'fields';
      say(fault, faults.choices ? t(...faults.choices) : t('table.choicesHelp'));
      fields.update(faults);
    },
  };
}

// condition says of which rows the column is asked.
function condition(store) {
  const column = store.column();
  const area = (id, label, help, of, example) => {
    const input = h('textarea', { class: 'textarea', rows: 2, spellcheck: 'false', placeholder: t(example), on: { input: () => store.setColumn({ [of]: input.value }) } });
    input.value = column[of];
    return field(id, label, help, input).node;
  };
  const model = store.model();
  const attach = h('input', { class: 'input', type: 'text', autocomplete: 'off', list: 'tb-attach-list', value: column.attach, on: { input: () => store.setColumn({ attach: attach.value }) } });
  const names = h('datalist', { id: 'tb-attach-list' }, (store.look?.columns ?? []).slice(0, 100).map((c) => h('option', { value: c.name })));
  return { node: foldable(model, 'when', 'table.whenTitle', area('tb-when', 'table.when', 'table.whenHelp', 'when', 'table.whenEg'), area('tb-skip', 'table.skipEmpty', 'table.skipEmptyHelp', 'skip_empty', 'table.skipEmptyEg'), field('tb-attach', 'table.attach', 'table.attachHelp', attach).node, names) };
}
