import { h, replace } from './dom.js';
import { t } from './i18n.js';
import { cures } from './cures.js';
import { problem } from './dialog.js';

// field is a labelled control with its help, or its fault if there is one: the key of a text with its variables, or a text of the server.
export function field(id, label, help, control) {
  const note = h('p', { class: 'help', id: id + '-help' }, help ? t(help) : '');
  control.id = id;
  control.setAttribute('aria-describedby', note.id);
  const node = labelled(id, label, control);
  node.append(note);
  const fault = (reason) => {
    const text = reason ? (typeof reason === 'string' ? reason : t(...reason)) : help ? t(help) : '';
    invalid(control, reason);
    note.classList.toggle('tb-fault', Boolean(reason));
    say(note, text);
  };
  return { node, control, fault };
}

export function invalid(control, is) {
  if (is) control.setAttribute('aria-invalid', 'true');
  else control.removeAttribute('aria-invalid');
}

// button makes a button; kind is one or more classes.
export const button = (text, kind, click) => h('button', { class: 'button ' + kind, type: 'button', on: { click } }, text);

// labelled is a control with a label.
export function labelled(id, label, control, kind = '') {
  return h('div', { class: 'field ' + kind }, h('label', { for: id }, t(label)), control);
}

// say changes a text only if it differs, so that nothing is read out twice.
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// entry is a text input whose value is in the draft under its name.
export function entry(model, name, props = {}) {
  return h('input', {
    class: 'input', type: 'text', autocomplete: 'off', value: model.draft[name], ...props,
    on: { input: (e) => model.set({ [name]: e.target.value }) },
  });
}

export function numeric(model, name, placeholder) {
  return entry(model, name, { class: 'input num', inputmode: 'decimal', placeholder: t(placeholder) });
}

export function select(options, value, onChange) {
  const node = h('select', { class: 'select', on: { change: (e) => onChange(e.target.value) } },
    options.map(([v, text]) => h('option', { value: v }, text)));
  node.value = value;
  return node;
}

// foldable is a collapsible part whose state is kept.
export function foldable(model, part, summary, ...children) {
  const node = h('details', { class: 'tb-fold', on: { toggle: () => model.open(part, node.open) } },
    h('summary', null, t(summary)), h('div', { class: 'tb-fold-body' }, children));
  node.open = Boolean(model.draft.open[part]);
  return node;
}

// trouble is a place for an error, with a button to try again if again is given, and with buttons that avoid the error if the model is given.
export function trouble(again, model) {
  const node = h('div', { class: 'tb-trouble', hidden: true });
  let shown = null;
  const show = (error) => {
    if (error === shown) return;
    shown = error;
    node.hidden = !error;
    if (!error) return replace(node);
    const avoid = model ? cures(error.code, (where) => model.place(where)) : [];
    replace(node, problem(error), h('div', { class: 'row' }, avoid, again && button(t('table.again'), 'small', again)));
  };
  return { node, show };
}
