import './text/runs.js';
import { problem } from './dialog.js';
import { h, replace } from './dom.js';
import { t } from './i18n.js';
import { formOf } from './row-form.js';
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
  const form = schema && formOf(schema, valueOf(cell));
  if (form) return fieldsEditor(form, store, cancel);
  const label = { 'aria-label': t('runs.completion'), on: { input: () => check(false), keydown: (e) => keys(e) } };
  const answers = cell.choices?.length ? cell.choices : null;
  const control = answers
    ? h('select', { class: 'select', ...label, value: answers.includes(cell.completion) ? cell.completion : '' },
      !answers.includes(cell.completion) && h('option', { value: '' }, '–'), answers.map((c) => h('option', { value: c }, c)))
    : h('textarea', {
      class: 'textarea row-area' + (cell.schema ? ' row-code' : ''), rows: 6, spellcheck: String(!cell.schema), dir: cell.schema ? 'ltr' : 'auto', ...label,
      value: cell.schema ? pretty(cell.completion) : cell.completion,
    });
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
    node: h('div', { class: 'stack row-editor' }, control,
      h('p', { class: 'help' }, t(cell.schema ? 'runs.editSchema' : 'runs.editHelp')), wrong,
      h('div', { class: 'row' }, button('runs.save', 'primary', save), button('runs.cancel', 'quiet', cancel))),
    changed: () => control.value !== was,
    focus: () => control.focus(),
  };
}

// valueOf returns the answer of a cell by its schema, undefined if there is none yet.
function valueOf(cell) {
  try {
    return JSON.parse(cell.completion);
  } catch {
    return cell.values?.length ? Object.fromEntries(cell.values.map((v) => [v.name, v.value])) : undefined;
  }
}

// fieldsEditor is a form with the fields of a schema.
function fieldsEditor(form, store, cancel) {
  const read = () => JSON.stringify(form.read());
  const was = read();

  function save() {
    const bad = form.check();
    if (bad) bad.focus();
    else store(read());
  }

  const keys = (e) => {
    if (e.key !== 'Enter' || e.isComposing || !(e.ctrlKey || e.metaKey || e.target.matches('input'))) return;
    e.preventDefault();
    save();
  };
  return {
    node: h('div', { class: 'stack row-editor', on: { keydown: keys } }, form.node, h('p', { class: 'help' }, t('runs.editHelp')),
      h('div', { class: 'row' }, button('runs.save', 'primary', save), button('runs.cancel', 'quiet', cancel))),
    changed: () => read() !== was,
    focus: (field) => form.focus(field),
  };
}
