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
let asking = null; // the request for them

// settings are the system prompt, the model and its parameters, in a collapsible part.
export function settings(model, hello) {
  const system = h('textarea', { class: 'textarea', rows: '3', on: { input: () => model.set({ system: system.value }) } });
  system.value = model.draft.system;
  const fields = parameters.map(([name, label, help]) => [name, field('nr-' + name, label, help, numeric(model, name, 'newrun.byDefault'))]);
  const choice = modelSelect(model, hello);
  const raise = h('input', { type: 'checkbox', checked: model.draft.raise_length, on: { change: () => model.set({ raise_length: raise.checked }) } });
  const others = [['blocked_model', 'newrun.blockedModel', 'newrun.blockedModelHelp'], ['fallback_model', 'newrun.fallbackModel', 'newrun.fallbackModelHelp']];
  const node = foldable(model, 'settings', 'newrun.settings',
    field('nr-system', 'newrun.system', 'newrun.systemHelp', system).node,
    h('div', { class: 'nr-fields-row' }, choice.node, fields.map(([, f]) => f.node)),
    h('div', { class: 'nr-fields-row' }, others.map(([name, label, help]) => modelSelect(model, hello, name, label, help).node)),
    h('label', { class: 'nr-check' }, raise, h('span', null, t('newrun.raiseLength'))));
  return {
    node,
    update() {
      const { faults } = model.spec();
      for (const [name, f] of fields) f.fault(faults[name]);
      if (fields.some(([name]) => faults[name])) node.open = true;
    },
  };
}

// modelSelect chooses the model of the run, or with a name another one, which may be none.
function modelSelect(model, hello, name = 'model', label = 'newrun.model', help = '') {
  const main = name === 'model';
  const control = h('select', { class: 'select', on: { change: () => model.set({ [name]: control.value }) } });
  const { node } = field('nr-' + name.replace('_', '-'), label, help, control);
  const note = node.querySelector('.help');
  const draw = (names) => {
    const shown = (name) => (names.length && !names.includes(name) ? t('common.modelGone', { name }) : name);
    const standard = !main ? t('newrun.noModel') : hello.default_model ? t('newrun.modelDefault', { name: shown(hello.default_model) }) : t('newrun.modelDefaultAny');
    const rest = new Set([...names, model.draft[name]].filter((one) => one && !(main && one === hello.default_model)));
    replace(control, h('option', { value: '' }, standard), [...rest].map((one) => h('option', { value: one }, shown(one))));
    control.value = main && model.draft.model === hello.default_model ? '' : model.draft[name];
  };
  const load = async () => {
    try {
      known = await (asking ??= get('/api/models').then(({ models }) => models ?? []));
      if (document.activeElement !== control) draw(known);
    } catch (error) {
      asking = null;
      if (main) say(note, t('newrun.modelsFailed', { error: error.message }));
    }
  };
  draw(known ?? []);
  if (!known) load();
  return { node };
}
