import { h, replace } from './dom.js';
import { get } from './api.js';
import { t } from './i18n.js';
import { field, foldable, numeric, say } from './newrun-ui.js';

const parameters = [
  ['temperature', 'common.temperature', 'newrun.temperatureHelp'],
  ['top_p', 'common.topP', 'newrun.topPHelp'],
  ['max_tokens', 'common.maxTokens', 'newrun.maxTokensHelp'],
  ['repetition_penalty', 'common.repetition', 'newrun.repetitionHelp'],
];

let known = null; // the models, once they are known

// settings are the system prompt, the model and its parameters, in a collapsible part.
export function settings(model, hello) {
  const system = h('textarea', { class: 'textarea', rows: '3', on: { input: () => model.set({ system: system.value }) } });
  system.value = model.draft.system;
  const fields = parameters.map(([name, label, help]) => [name, field('nr-' + name, label, help, numeric(model, name, 'newrun.byDefault'))]);
  const choice = modelSelect(model, hello);
  const node = foldable(model, 'settings', 'newrun.settings',
    field('nr-system', 'newrun.system', 'newrun.systemHelp', system).node,
    h('div', { class: 'nr-fields-row' }, choice.node, fields.map(([, f]) => f.node)));
  return {
    node,
    update() {
      const { faults } = model.spec();
      for (const [name, f] of fields) f.fault(faults[name]);
      if (fields.some(([name]) => faults[name])) node.open = true;
    },
  };
}

function modelSelect(model, hello) {
  const control = h('select', { class: 'select', on: { change: () => model.set({ model: control.value }) } });
  const { node } = field('nr-model', 'newrun.model', '', control);
  const note = node.querySelector('.help');
  const draw = (names) => {
    const shown = (name) => (names.length && !names.includes(name) ? t('common.modelGone', { name }) : name);
    const standard = hello.default_model ? t('newrun.modelDefault', { name: shown(hello.default_model) }) : t('newrun.modelDefaultAny');
    const rest = new Set([...names, model.draft.model].filter((name) => name && name !== hello.default_model));
    replace(control, h('option', { value: '' }, standard), [...rest].map((name) => h('option', { value: name }, shown(name))));
    control.value = model.draft.model === hello.default_model ? '' : model.draft.model;
  };
  const load = async () => {
    try {
      known = (await get('/api/models')).models ?? [];
      if (document.activeElement !== control) draw(known);
    } catch (error) {
      say(note, t('newrun.modelsFailed', { error: error.message }));
    }
  };
  draw(known ?? []);
  if (!known) load();
  return { node };
}
