import { h } from './dom.js';
import { t } from './i18n.js';
import { choiceEditor } from './newrun-choices.js';
import { fieldEditor } from './newrun-fields.js';
import { entry, field, numeric, say, step, trouble } from './newrun-ui.js';

const forms = [
  ['text', 'newrun.formText', 'newrun.formTextHelp'],
  ['choices', 'newrun.formChoices', 'newrun.formChoicesHelp'],
  ['fields', 'newrun.formFields', 'newrun.formFieldsHelp'],
];

// formStep sets the form of the answer.
export function formStep(model) {
  const part = step(4, 'newrun.form');
  const choices = choicesPart(model);
  const fields = fieldEditor(model);
  const repairs = field('nr-repairs', 'newrun.repairs', 'newrun.repairsHelp', numeric(model, 'repairs', 'newrun.byDefault'));
  const column = field('nr-column', 'newrun.column', '', entry(model, 'completion_column', { placeholder: 'completion' }));
  const errors = trouble(null, model);
  repairs.control.placeholder = '2';
  part.node.append(formRadios(model, part.heading.id), choices.node, fields.node, errors.node, h('div', { class: 'nr-fields-row' }, column.node, repairs.node));
  return {
    node: part.node,
    update() {
      const { form } = model.draft;
      const { faults } = model.spec();
      choices.node.hidden = form !== 'choices';
      fields.node.hidden = form !== 'fields';
      column.node.hidden = form === 'fields';
      repairs.node.hidden = form === 'text';
      repairs.fault(faults.repairs);
      choices.fault(faults.choices);
      fields.update(faults);
      errors.show(model.formError());
    },
  };
}

function formRadios(model, labelledBy) {
  return h('div', { class: 'nr-forms', role: 'radiogroup', 'aria-labelledby': labelledBy }, forms.map(([value, label, help]) =>
    h('label', { class: 'nr-form' },
      h('input', { type: 'radio', name: 'nr-form', value, checked: model.draft.form === value, on: { change: () => model.set({ form: value }) } }),
      h('span', null, h('strong', null, t(label)), h('span', { class: 'muted' }, t(help))))));
}

function choicesPart(model) {
  const help = h('p', { class: 'help', id: 'nr-choices-help' }, t('newrun.choicesHelp'));
  const editor = choiceEditor('nr-choices', { 'aria-describedby': help.id }, model.draft.choices, (choices) => model.set({ choices }));
  const node = h('div', { class: 'field', hidden: true }, h('label', { for: 'nr-choices' }, t('newrun.choices')), editor.node, help);
  const fault = (reason) => {
    help.classList.toggle('nr-wait', Boolean(reason));
    say(help, reason ? t(...reason) + ' ' + t('newrun.choicesHelp') : t('newrun.choicesHelp'));
  };
  return { node, fault };
}
