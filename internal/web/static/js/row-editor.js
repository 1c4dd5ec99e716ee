import './text/runs.js';
import { problem } from './dialog.js';
import { h, replace } from './dom.js';
import { t } from './i18n.js';
import { fieldsOf } from './answer-schema.js';
import { jsonPlace } from './json.js';

const button = (name, kind, fn) => h('button', { class: `button small ${kind}`, type: 'button', on: { click: fn } }, t(name));

// pretty returns JSON with line breaks; other text is returned unchanged.
function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

// editor lets the user write an answer: a text, one of the choices, or the fields of a schema. store is called with the text.
export function editor(cell, store, cancel, schema) {
  const { fields, whole } = schema ? fieldsOf(schema) : { fields: [], whole: false };
  if (fields.length && whole) return fieldsEditor(cell, fields, store, cancel);
  const label = { 'aria-label': t('runs.completion'), on: { input: () => check(false), keydown: (e) => keys(e) } };
  const answers = cell.choices?.length ? cell.choices : null;
  const control = answers
    ? h('select', { class: 'select', ...label, value: cell.completion }, !answers.includes(cell.completion) && h('option', { value: '' }, '–'), answers.map((c) => h('option', { value: c }, c)))
    : h('textarea', { class: 'textarea row-area' + (cell.schema ? ' row-code' : ''), rows: 6, spellcheck: String(!cell.schema), dir: cell.schema ? 'ltr' : 'auto', ...label, value: cell.schema ? pretty(cell.completion) : cell.completion });
  const was = control.value;
  const wrong = h('div');

  // check reports whether the text can be stored. Unless aloud, it only removes an error that no longer applies.
  function check(aloud) {
    let error = null;
    if (cell.schema) {
      try {
        JSON.parse(control.value);
      } catch (e) {
        error = { error: t('runs.notJSON'), hint: jsonPlace(control.value, e) };
      }
    } else if (answers && !control.value) {
      error = { error: t('runs.chooseOne') };
    }
    if (!error || aloud) {
      replace(wrong, error && problem(error));
      control.setAttribute('aria-invalid', String(Boolean(error)));
    }
    return !error;
  }

  function save() {
    if (check(true)) store(control.value);
    else control.focus();
  }

  function keys(e) {
    if (e.key !== 'Enter' || !(e.ctrlKey || e.metaKey)) return;
    e.preventDefault();
    save();
  }

  return {
    node: h('div', { class: 'stack row-editor' }, control, h('p', { class: 'help' }, t(cell.schema ? 'runs.editSchema' : 'runs.editHelp')), wrong,
      h('div', { class: 'row' }, button('runs.save', 'primary', save), button('runs.cancel', 'quiet', cancel))),
    changed: () => control.value !== was,
    focus: () => control.focus(),
  };
}

// fieldsEditor is a form with a control for each field.
function fieldsEditor(cell, fields, store, cancel) {
  const now = Object.fromEntries((cell.values ?? []).map((v) => [v.name, v.value]));
  const controls = fields.map((field, i) => ({ field, id: `row-field-${i}`, ...control(field, now[field.name]) }));
  for (const c of controls) c.node.id = c.id;
  const wrong = h('div');
  const read = () => JSON.stringify(Object.fromEntries(controls.filter((c) => !c.absent?.()).map((c) => [c.field.name, c.read()])));
  const was = read();

  function save() {
    const bad = controls.find((c) => c.read() === undefined);
    replace(wrong, bad && problem({ error: t('runs.badField', { name: bad.field.name }) }));
    if (bad) bad.node.focus();
    else store(read());
  }

  const keys = (e) => {
    if (e.key !== 'Enter' || !(e.ctrlKey || e.metaKey || e.target.matches('input'))) return;
    e.preventDefault();
    save();
  };
  return {
    node: h('div', { class: 'stack row-editor', on: { keydown: keys } }, controls.map((c) => h('div', { class: 'field' }, h('label', { for: c.id }, c.field.name), c.node)), wrong,
      h('div', { class: 'row' }, button('runs.save', 'primary', save), button('runs.cancel', 'quiet', cancel))),
    changed: () => read() !== was,
    focus: () => controls[0].node.focus(),
  };
}

const number = (text) => (text.trim() === '' ? NaN : Number(text.replace(/\s/g, '').replace(',', '.')));

// control returns the control of a field; read returns its value, undefined if it is none of the type.
function control({ type, choices, name }, value) {
  const text = (props, read) => {
    const node = h('input', { class: 'input', type: 'text', autocomplete: 'off', value: value === undefined || value === null ? '' : String(value), ...props });
    return { node, read: () => read(node.value) };
  };
  const list = (options, read) => {
    const node = h('select', { class: 'select', value: value === undefined ? '' : String(value) }, value === undefined && h('option', { value: '' }, '–'), options.map(([v, label]) => h('option', { value: v }, label)));
    return { node, read: () => read(node.value) };
  };
  switch (type) {
    case 'number': return text({ inputmode: 'decimal', class: 'input num' }, (v) => (Number.isFinite(number(v)) ? number(v) : undefined));
    case 'integer': return text({ inputmode: 'numeric', class: 'input num' }, (v) => (Number.isSafeInteger(number(v)) ? number(v) : undefined));
    case 'boolean': return list([['true', t('runs.yes')], ['false', t('runs.no')]], (v) => ({ true: true, false: false })[v]);
    case 'choice': return list(choices.map((c) => [c, c]), (v) => (choices.includes(v) ? v : undefined));
    case 'date': return text({ type: 'date' }, (v) => v || undefined);
    default: {
      const node = h('textarea', { class: 'textarea', rows: 2, dir: 'auto', value: value === undefined || value === null ? '' : String(value), 'aria-label': name });
      const none = value === undefined || value === null; // what was not there stays so as long as nothing is written
      return { node, read: () => (none && value === null && !node.value ? null : node.value), absent: () => value === undefined && !node.value };
    }
  }
}
