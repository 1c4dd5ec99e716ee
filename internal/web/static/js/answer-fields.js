import { h, replace } from './dom.js';
import { t } from './i18n.js';
import { confirm } from './dialog.js';
import { choiceEditor } from './answer-choices.js';
import { fieldsOf, newField, parseSchema, schemaOf, typeNames } from './answer-schema.js';
import { button, invalid, labelled, say, select } from './answer-ui.js';

const typeTexts = {
  text: 'table.typeText', number: 'table.typeNumber', integer: 'table.typeInteger', boolean: 'table.typeBoolean', date: 'table.typeDate', choice: 'table.typeChoice',
};

// fieldEditor edits the fields of an answer, one by one or as a schema.
export function fieldEditor(model) {
  const simple = simpleFields(model);
  const hand = handSchema(model);
  const fault = h('p', { class: 'help tb-wait', role: 'status' });
  const box = h('input', { type: 'checkbox', checked: model.draft.byHand, on: { change: () => (box.checked ? toHand() : toSimple()) } });
  const toHand = () => {
    const schema = schemaOf(model.draft.fields);
    model.set({ byHand: true, schema: JSON.stringify(schema, null, 2) });
    hand.draw();
  };
  const toSimple = async () => {
    const { schema } = parseSchema(model.draft.schema);
    const { fields, whole } = fieldsOf(schema ?? schemaOf([]));
    const untouched = !model.draft.schema.trim();
    if (!whole && !untouched && !(await confirm({ title: t('table.dropHand'), text: t('table.dropHandText'), ok: t('table.dropHandOk') }))) {
      box.checked = true;
      return;
    }
    model.set({ byHand: false, fields: schema ? fields : model.draft.fields });
    simple.draw();
  };
  const node = h('div', { class: 'tb-fields', hidden: true }, simple.node, hand.node, fault, h('label', { class: 'tb-check' }, box, h('span', null, t('table.byHand'))));
  return {
    node,
    update(faults) {
      simple.node.hidden = model.draft.byHand;
      hand.node.hidden = !model.draft.byHand;
      const reason = model.draft.byHand ? faults.schema : faults.fields;
      fault.hidden = !reason;
      say(fault, reason ? t(...reason) : '');
      hand.mark(Boolean(faults.schema));
    },
  };
}

function handSchema(model) {
  const area = h('textarea', { class: 'textarea tb-code', id: 'tb-schema', rows: '12', spellcheck: 'false', autocapitalize: 'off', on: { input: () => model.set({ schema: area.value }) } });
  const draw = () => { area.value = model.draft.schema; };
  const mark = (bad) => invalid(area, bad);
  draw();
  return { node: labelled(area.id, 'table.schema', area), draw, mark };
}

function simpleFields(model) {
  const list = h('div', { class: 'tb-field-list' });
  const fields = () => (model.draft.fields.length ? model.draft.fields : [newField()]);
  const change = (at, changes) => model.set({ fields: fields().map((f, i) => (i === at ? { ...f, ...changes } : f)) });
  const remove = (at) => {
    model.set({ fields: fields().filter((_, i) => i !== at) });
    draw();
    (list.querySelectorAll('.tb-field-name')[Math.max(0, at - 1)] ?? add).focus();
  };
  const draw = () => replace(list, fields().map((field, i) => fieldItem(field, i, { change: (changes) => change(i, changes), remove: () => remove(i), next: () => next(i), many: (names) => many(i, names) })));
  // put replaces the field at a place by others, and goes to the name of the last of them.
  const put = (at, others) => {
    model.set({ fields: fields().toSpliced(at, 1, ...others) });
    draw();
    const names = list.querySelectorAll('.tb-field-name');
    const name = names[Math.min(at + others.length, names.length) - 1];
    name.focus();
    name.closest('.tb-field').scrollIntoView({ block: 'nearest' });
  };
  const next = (at) => { if (fields()[at].name.trim()) put(at, [fields()[at], newField()]); };
  const many = (at, names) => put(at, names.map((name, i) => (i ? { ...newField(), name } : { ...fields()[at], name })));
  const add = button(t('table.fieldAdd'), 'small tb-field-add', () => put(fields().length, [newField()]));
  draw();
  return { node: h('div', { class: 'tb-simple' }, list, add), draw };
}

// fieldItem edits one field. next begins the one after it, and many puts several in its place, of which only the names are known.
function fieldItem(field, at, { change, remove, next, many }) {
  const id = (name) => `tb-field-${at}-${name}`;
  const name = h('input', { class: 'input tb-field-name', id: id('name'), type: 'text', autocomplete: 'off', value: field.name, on: { input: () => change({ name: name.value }) } });
  name.addEventListener('keydown', (e) => {
    if (e.key !== 'Enter' || e.isComposing || e.keyCode === 229 || e.ctrlKey || e.metaKey) return;
    e.preventDefault();
    next();
  });
  name.addEventListener('paste', (e) => {
    const pasted = e.clipboardData?.getData('text/plain') ?? '';
    if (!/[\r\n]/.test(pasted.trim())) return;
    e.preventDefault();
    many((name.value.slice(0, name.selectionStart) + pasted + name.value.slice(name.selectionEnd)).split(/[\r\n]+/).map((line) => line.trim()).filter(Boolean));
  });
  const note = h('input', { class: 'input', id: id('note'), type: 'text', autocomplete: 'off', value: field.note, placeholder: t('table.fieldNoteEg'), on: { input: () => change({ note: note.value }) } });
  const choices = choiceEditor(id('choices'), {}, field.choices, (list) => change({ choices: list }));
  const choicesField = labelled(id('choices'), 'table.choices', choices.node, 'tb-field-choices');
  const type = select(typeNames.map((value) => [value, t(typeTexts[value])]), field.type, (value) => {
    choicesField.hidden = value !== 'choice';
    change({ type: value });
  });
  type.id = id('type');
  choicesField.hidden = field.type !== 'choice';
  const away = button('×', 'quiet small tb-away', remove);
  away.setAttribute('aria-label', t('table.fieldRemove', { name: field.name || at + 1 }));
  return h('div', { class: 'tb-field', role: 'group', 'aria-label': t('table.field', { n: at + 1 }) },
    labelled(name.id, 'table.fieldName', name), labelled(type.id, 'table.fieldType', type), labelled(note.id, 'table.fieldNote', note), away, choicesField);
}
