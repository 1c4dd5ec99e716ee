import { get } from './api.js';
import { dropUnsent, keepModel, keepUnsent, lastModel, unsent } from './chat-draft.js';
import { problem } from './dialog.js';
import { h, replace } from './dom.js';
import { t } from './i18n.js';
import { parameterName } from './parameters.js';

const numbers = {
  temperature: [0, Infinity, 'chat.temperatureHelp'], top_p: [0, 1, 'chat.topPHelp'], max_tokens: [1, Infinity, 'chat.maxTokensHelp'], repetition_penalty: [0.01, Infinity, 'chat.repetitionHelp'],
};

let known = null; // the models, once they are known

async function models() {
  known ??= (await get('/api/models')).models;
  return known;
}

// settings are the model and, in a panel, the other settings of a prompt. They are those of the chat until they are changed.
export function settings() {
  const model = h('select', { class: 'select', id: 'chat-model', on: { change: () => keepModel(model.value) } });
  const system = h('textarea', { class: 'textarea', id: 'chat-system', rows: '3', placeholder: t('chat.systemEg') });
  const fields = Object.fromEntries(Object.keys(numbers).map((name) => [name, numberField(name)]));
  const trouble = h('div');
  const modelField = h('div', { class: 'field' }, h('label', { for: model.id }, t('chat.model')), model);
  const panel = h('div', { class: 'chat-panel', id: 'chat-panel', hidden: true }, modelField,
    h('div', { class: 'field' }, h('label', { for: system.id }, t('chat.system')), system),
    h('div', { class: 'chat-params' }, Object.values(fields).map((f) => f.node)), trouble);
  const toggle = h('button', { class: 'button quiet small chat-toggle', type: 'button', 'aria-expanded': 'false', 'aria-controls': panel.id, on: { click: () => turn(panel.hidden) } });
  const name = h('span', { class: 'chat-toggle-model' });
  replace(toggle, h('span', { class: 'visually-hidden' }, t('chat.settings') + ': '), name);

  function turn(on) {
    panel.hidden = !on;
    toggle.setAttribute('aria-expanded', String(on));
    if (on) model.focus();
  }

  // tell shows the settings on the button.
  function tell() {
    const more = [system.value.trim() && t('chat.withSystem'), ...Object.entries(fields).map(([key, f]) => f.input.value.trim() && `${parameterName(key)} ${f.input.value.trim()}`)];
    name.textContent = [model.value || t('chat.model'), ...more.filter(Boolean)].join(' · ');
  }

  function offer(names, chosen) {
    const all = [...new Set([...names, chosen])].filter(Boolean);
    replace(model, all.map((m) => h('option', { value: m }, known && !known.includes(m) ? t('common.modelGone', { name: m }) : m)));
    model.value = chosen || all[0] || '';
    tell();
  }

  let wanted = '';
  let id;
  async function load(facts) {
    wanted ||= lastModel() || facts.default_model || '';
    offer(known ?? [facts.default_model], wanted);
    try {
      const names = await models();
      offer(names, model.value || wanted);
      replace(trouble);
    } catch (error) {
      if (error.status !== 401) replace(trouble, h('p', { class: 'help' }, t('chat.noModels')), problem(error));
    }
  }

  function show(chat) {
    id = chat?.id;
    const set = unsent(id) ?? chat;
    if (set?.model) wanted = set.model;
    offer(known ?? [wanted], wanted);
    system.value = set?.system ?? '';
    for (const [key, f] of Object.entries(fields)) f.input.value = set?.params?.[key] ?? '';
    check();
  }

  const typed = () => ({ model: model.value, system: system.value, params: Object.fromEntries(Object.entries(fields).map(([key, f]) => [key, f.input.value])) });

  // check returns the first field with an invalid number.
  function check() {
    const wrong = Object.values(fields).filter((f) => !f.check());
    const both = fields.temperature.input.value.trim() && fields.top_p.input.value.trim();
    if (both) fields.top_p.fault(t('chat.notBoth'));
    tell();
    return wrong[0] ?? (both ? fields.top_p : null);
  }

  // read returns the settings to send with a prompt, or null if some are invalid.
  function read() {
    const wrong = check();
    if (wrong) {
      turn(true);
      wrong.input.focus();
      return null;
    }
    const params = Object.fromEntries(Object.entries(fields).filter(([, f]) => f.input.value.trim()).map(([key, f]) => [key, f.number()]));
    return { model: model.value, system: system.value, params };
  }

  panel.addEventListener('input', () => {
    check();
    keepUnsent(id, typed());
  });
  panel.addEventListener('keydown', (e) => {
    if (e.key === 'Enter' && e.target.tagName === 'INPUT') e.preventDefault(); // Enter would send the prompt
    if (e.key !== 'Escape') return;
    turn(false);
    toggle.focus();
  });
  const sent = (to) => {
    dropUnsent(id);
    id = to;
  };
  return { panel, toggle, load, show, read, sent };
}

function numberField(name) {
  const [least, most, about] = numbers[name];
  const id = 'chat-' + name;
  const input = h('input', { class: 'input num', id, type: 'text', inputmode: 'decimal', autocomplete: 'off', placeholder: t('chat.default'), 'aria-describedby': id + '-help' });
  const help = h('p', { class: 'help', id: id + '-help' }, t(about));
  const number = () => Number(input.value.trim().replace(',', '.'));
  const fault = (text) => {
    if (text) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
    help.classList.toggle('chat-fault', Boolean(text));
    help.textContent = text || t(about);
  };
  const check = () => {
    const x = number();
    const fits = !input.value.trim() || (x >= least && x <= most && (name !== 'max_tokens' || Number.isInteger(x)));
    fault(fits ? '' : t('chat.notNumber'));
    return fits;
  };
  return { node: h('div', { class: 'field' }, h('label', { for: id }, parameterName(name)), input, help), input, number, check, fault };
}
