import { h, replace } from './dom.js';
import { lang, n, t } from './i18n.js';
import { nearest, placeholder, renamed } from './newrun-names.js';
import { settings } from './newrun-settings.js';
import { button, invalid, labelled, say, step, trouble } from './newrun-ui.js';

// promptStep is the editor with the columns, next to the prompt of the selected row.
export function promptStep(model, hello) {
  const part = step(3, 'newrun.prompt');
  const area = editor(model);
  const chips = columnChips(model, area.insert);
  const messages = remarks(model, area);
  const rendered = renderedPrompt(model);
  const more = settings(model, hello);
  part.node.append(
    h('div', { class: 'split nr-prompt' }, h('div', { class: 'nr-editor' }, area.node, chips.node, messages.node), rendered.node),
    more.node);
  return {
    node: part.node,
    focus: () => area.control.focus(),
    update() {
      area.update();
      chips.update();
      messages.update();
      rendered.update();
      more.update();
    },
  };
}

function editor(model) {
  const control = h('textarea', {
    class: 'textarea nr-area', id: 'nr-prompt', rows: '7', 'aria-describedby': 'nr-prompt-help nr-remarks',
    on: { input: () => model.set({ prompt: control.value }) },
  });
  control.value = model.prompt();
  const insert = (text) => {
    control.focus();
    // execCommand, unlike setRangeText, can be undone with Ctrl+Z.
    if (!document.execCommand('insertText', false, text)) {
      control.setRangeText(text, control.selectionStart, control.selectionEnd, 'end');
      model.set({ prompt: control.value });
    }
  };
  const rewrite = (text) => {
    control.select();
    insert(text);
  };
  const node = labelled(control.id, 'newrun.promptLabel', control);
  node.append(h('p', { class: 'help', id: 'nr-prompt-help' }, t('newrun.promptHelp')));
  const update = () => {
    if (control.value !== model.prompt()) control.value = model.prompt();
    invalid(control, model.prompts?.unknown?.length);
  };
  return { node, control, insert, rewrite, update };
}

function columnChips(model, insert) {
  const list = h('ul', { class: 'nr-chips' });
  let drawn = null;
  let buttons = new Map();
  const draw = (look) => {
    buttons = new Map();
    const empty = new Set(look.empty_columns ?? []);
    replace(list, look.columns.filter(Boolean).map((name) => {
      const used = h('span', { class: 'nr-tag', hidden: true }, '✓ ', h('span', { class: 'visually-hidden' }, t('newrun.used')));
      const button = h('button', { class: 'chip', type: 'button', on: { click: () => insert(placeholder(name)) } },
        h('span', { class: 'visually-hidden' }, t('newrun.insert', { name: '' })), used, h('span', { class: 'nr-chip-name' }, name),
        empty.has(name) && h('span', { class: 'nr-tag' }, t('newrun.emptyColumn')));
      buttons.set(placeholder(name), { button, used });
      return h('li', null, button);
    }));
  };
  const node = h('div', null, h('h3', { class: 'nr-label', id: 'nr-columns' }, t('newrun.columns')), list);
  list.setAttribute('aria-labelledby', 'nr-columns');
  return {
    node,
    update() {
      if (model.look && model.look !== drawn) draw(model.look);
      drawn = model.look;
      const named = new Set((model.prompts?.named ?? []).map(placeholder));
      for (const [name, { button, used }] of buttons) {
        used.hidden = !named.has(name);
        button.classList.toggle('nr-used', named.has(name));
      }
    },
  };
}

// remarks shows what the server says about the prompt.
function remarks(model, area) {
  const list = h('ul', { class: 'nr-remarks' });
  const errors = trouble(() => model.refresh());
  let drawn = '';
  const unknown = (name) => {
    const meant = nearest(name, model.columns());
    return h('li', { class: 'nr-bad' }, h('span', null, t('newrun.unknown', { name })),
      meant && button(t('newrun.meant', { name: meant }), 'small', () => area.rewrite(renamed(model.prompt(), name, meant))));
  };
  return {
    node: h('div', { class: 'nr-messages' }, h('div', { id: 'nr-remarks', role: 'status' }, list), errors.node),
    update() {
      const { unknown: strange = [], empty = [], problem = null } = model.prompts ?? {};
      const blank = !model.prompt().trim();
      errors.show(model.promptsError);
      const state = JSON.stringify([strange, empty, problem, blank]);
      if (state === drawn) return;
      drawn = state;
      const other = problem && !strange.length;
      list.hidden = !problem && !empty.length;
      replace(list, strange.map(unknown),
        other && blank && h('li', null, t('newrun.writePrompt')),
        other && !blank && h('li', { class: 'nr-bad' }, h('span', null, problem.error, problem.hint && h('span', { class: 'nr-hint' }, problem.hint))),
        empty.length > 0 && h('li', { class: 'nr-warn' }, emptyText(empty)));
    },
  };
}

function emptyText(names) {
  const key = names.length === 1 ? 'newrun.emptyNamedOne' : 'newrun.emptyNamed';
  return t(key, { names: new Intl.ListFormat(lang(), { type: 'conjunction' }).format(names.map((name) => (lang() === 'ru' ? `«${name}»` : `“${name}”`))) });
}

function renderedPrompt(model) {
  const title = h('h3', { class: 'nr-label', id: 'nr-rendered' });
  const turn = (by, sign, name) => {
    const node = button(sign, 'quiet small', () => model.set({ row: model.row() + by }));
    node.setAttribute('aria-label', t(name));
    return node;
  };
  const before = turn(-1, '‹', 'newrun.rowBefore');
  const after = turn(1, '›', 'newrun.rowAfter');
  const text = h('div', { class: 'nr-text' });
  const skipped = h('p', { class: 'nr-warn', hidden: true }, t('newrun.rowSkipped'));
  const box = h('div', { class: 'nr-rendered', role: 'region', tabindex: '0', 'aria-labelledby': title.id }, skipped, text);
  return {
    node: h('div', { class: 'nr-beside' }, h('div', { class: 'nr-beside-head' }, title, h('div', { class: 'nr-turn' }, before, after)), box),
    update() {
      const at = model.row();
      const rows = model.look?.rows ?? [];
      const prompt = model.texts[at];
      const old = model.promptsError || !model.prompts?.prompts.length;
      const row = rows[at];
      say(title, row ? t('newrun.rendered', { line: row.line }) : t('newrun.renderedNone'));
      before.disabled = at <= 0;
      after.disabled = at >= rows.length - 1;
      skipped.hidden = !prompt?.skipped;
      say(text, prompt && !prompt.skipped ? prompt.text : prompt?.skipped ? '' : t('newrun.renderedEmpty'));
      box.classList.toggle('nr-outdated', Boolean(old));
    },
  };
}
