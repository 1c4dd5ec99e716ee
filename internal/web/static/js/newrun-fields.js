import { h, replace } from './dom.js';
import { t } from './i18n.js';
import { confirm } from './dialog.js';
import { choiceEditor } from './newrun-choices.js';
import { fieldsOf, newField, parseSchema, schemaOf, typeNames } from './newrun-schema.js';
import { button, invalid, labelled, say, select } from './newrun-ui.js';

const typeTexts = {
  text: 'newrun.typeText', number: 'newrun.typeNumber', integer: 'newrun.typeInteger', boolean: 'newrun.typeBoolean', date: 'newrun.typeDate', choice: 'newrun.typeChoice',
};

// fieldEditor edits the fields of an answer, one by one or as a schema.
export function fieldEditor(model) {
  const simple = simpleFields(model);
  const hand = handSchema(model);
  const fault = h('p', { class: 'help nr-wait', role: 'status' });
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
    if (!whole && !untouched && !(await confirm({ title: t('newrun.dropHand'), text: t('newrun.dropHandText'), ok: t('newrun.dropHandOk') }))) {
      box.checked = true;
      return;
    }
    model.set({ byHand: false, fields: schema ? fields : model.draft.fields });
    simple.draw();
  };
  const node = h('div', { class: 'nr-fields', hidden: true }, simple.node, hand.node, fault, h('label', { class: 'nr-check' }, box, h('span', null, t('newrun.byHand'))));
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
  const area = h('textarea', { class: 'textarea nr-code', id: 'nr-schema', rows: '12', spellcheck: 'false', autocapitalize: 'off', on: { input: () => model.set({ schema: area.value }) } });
  const draw = () => { area.value = model.draft.schema; };
  const mark = (bad) => invalid(area, bad);
  draw();
  return { node: labelled(area.id, 'newrun.schema', area), draw, mark };
}

function simpleFields(model) {
  const list = h('div', { class: 'nr-field-list' });
  const fields = () => (model.draft.fields.length ? model.draft.fields : [newField()]);
  const change = (at, changes) => model.set({ fields: fields().map((f, i) => (i === at ? { ...f, ...changes } : f)) });
  const remove = (at) => {
    model.set({ fields: fields().filter((_, i) => i !== at) });
    draw();
    (list.querySelectorAll('.nr-field-name')[Math.max(0, at - 1)] ?? add).focus();
  };
  const draw = () => replace(list, fields().map((field, i) => fieldItem(field, i, (changes) => change(i, changes), () => remove(i))));
  const add = button(t('newrun.fieldAdd'), 'small', () => {
    model.set({ fields: [...fields(), newField()] });
    draw();
    list.lastElementChild.querySelector('input').focus();
  });
  draw();
  return { node: h('div', { class: 'nr-simple' }, list, add), draw };
}

function fieldItem(field, at, change, remove) {
  const id = (name) => `nr-field-${at}-${name}`;
  const name = h('input', { class: 'input nr-field-name', id: id('name'), type: 'text', autocomplete: 'off', value: field.name, on: { input: () => change({ name: name.value }) } });
  const note = h('input', { class: 'input', id: id('note'), type: 'text', autocomplete: 'off', value: field.note, placeholder: t('newrun.fieldNoteEg'), on: { input: () => change({ note: note.value }) } });
  const choices = choiceEditor(id('choices'), {}, field.choices, (list) => change({ choices: list }));
  const choicesField = labelled(id('choices'), 'newrun.choices', choices.node, 'nr-field-choices');
  const type = select(typeNames.map((value) => [value, t(typeTexts[value])]), field.type, (value) => {
    choicesField.hidden = value !== 'choice';
    change({ type: value });
  });
  type.id = id('type');
  choicesField.hidden = field.type !== 'choice';
  const away = button('×', 'quiet small nr-away', remove);
  away.setAttribute('aria-label', t('newrun.fieldRemove', { name: field.name || at + 1 }));
  return h('div', { class: 'nr-field', role: 'group', 'aria-label': t('newrun.field', { n: at + 1 }) },
    labelled(name.id, 'newrun.fieldName', name), labelled(type.id, 'newrun.fieldType', type), labelled(note.id, 'newrun.fieldNote', note), away, choicesField);
}
