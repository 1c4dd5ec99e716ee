import { h, replace } from './dom.js';
import { t } from './i18n.js';

// choiceEditor edits a list of texts as chips. onChange gets the new list.
export function choiceEditor(id, labelled, list, onChange) {
  let choices = [...list];
  const chips = h('ul', { class: 'tb-chips tb-chosen' });
  const input = h('input', { class: 'input', type: 'text', id, autocomplete: 'off', enterkeyhint: 'done', ...labelled });
  const changed = (next) => {
    choices = next;
    draw();
    onChange(choices);
  };
  const draw = () => {
    chips.hidden = choices.length === 0;
    replace(chips, choices.map((choice, i) => h('li', { class: 'chip' }, h('span', null, choice),
      h('button', {
        class: 'tb-x', type: 'button', 'aria-label': t('table.choiceRemove', { name: choice }),
        on: { click: () => { changed(choices.filter((_, at) => at !== i)); input.focus(); } },
      }, '×'))));
  };
  const add = (texts) => {
    const next = [...new Set([...choices, ...texts.map((s) => s.trim()).filter(Boolean)])];
    if (next.length !== choices.length) changed(next);
  };
  const commit = () => {
    add([input.value]);
    input.value = '';
  };
  input.addEventListener('keydown', (e) => {
    if (e.isComposing) return;
    if (e.key === 'Enter' && !e.ctrlKey && !e.metaKey) {
      e.preventDefault();
      commit();
    }
    if (e.key === 'Backspace' && input.value === '' && choices.length) changed(choices.slice(0, -1));
  });
  input.addEventListener('input', (e) => {
    if (e.isComposing || !input.value.includes(',')) return;
    const parts = input.value.split(',');
    input.value = parts.pop().trimStart();
    add(parts);
  });
  input.addEventListener('paste', (e) => {
    const text = e.clipboardData?.getData('text/plain') ?? '';
    if (!/[,;\n\t]/.test(text)) return;
    e.preventDefault();
    add((input.value + text).split(/[,;\r\n\t]/));
    input.value = '';
  });
  input.addEventListener('blur', commit);
  draw();
  return { node: h('div', { class: 'tb-choices' }, chips, input), input };
}
