import './text/table.js';
import { h, replace } from './dom.js';
import { t } from './i18n.js';

const most = 8;

// complete offers the names of columns while the user types one after {{. written makes the placeholder of a name.
export function complete(area, names, written) {
  const list = h('ul', { class: 'tb-complete card', role: 'listbox', id: area.id + '-list', 'aria-label': t('table.columns'), hidden: true });
  let found = [];
  let at = 0;
  area.setAttribute('aria-autocomplete', 'list');
  area.setAttribute('aria-controls', list.id);

  // open returns where an unfinished placeholder before the cursor begins, or -1.
  function open() {
    const before = area.value.slice(0, area.selectionStart);
    const begin = before.lastIndexOf('{{');
    if (begin < 0 || area.selectionStart !== area.selectionEnd || /[}\n]/.test(before.slice(begin + 2)) || before.slice(begin - 2, begin) === '{{') return -1;
    return begin;
  }

  function look() {
    const begin = open();
    const typed = begin < 0 ? '' : area.value.slice(begin + 2, area.selectionStart).trim().toLowerCase();
    found = begin < 0 ? [] : names().filter((one) => one.toLowerCase().includes(typed)).slice(0, most);
    at = 0;
    draw();
  }

  function draw() {
    list.hidden = found.length === 0;
    replace(list, found.map((one, i) => h('li', { role: 'option', id: `${list.id}-${i}`, 'aria-selected': String(i === at), on: { pointerdown: (e) => { e.preventDefault(); take(one); } } }, one)));
    if (list.hidden) area.removeAttribute('aria-activedescendant');
    else area.setAttribute('aria-activedescendant', `${list.id}-${at}`);
  }

  function take(one) {
    const begin = open();
    if (begin < 0) return;
    const after = area.value.slice(area.selectionStart).match(/^[^{}\n]*\}\}/)?.[0].length ?? 0;
    area.setSelectionRange(begin, area.selectionStart + after);
    if (!document.execCommand('insertText', false, written(one))) {
      area.setRangeText(written(one), begin, area.selectionEnd, 'end');
      area.dispatchEvent(new Event('input'));
    }
    found = [];
    draw();
  }

  area.addEventListener('input', (e) => !e.isComposing && look());
  area.addEventListener('click', look);
  area.addEventListener('blur', () => { found = []; draw(); });
  area.addEventListener('keydown', (e) => {
    if (list.hidden || e.isComposing || e.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step) at = (at + step + found.length) % found.length;
    else if (e.key === 'Escape') found = [];
    else if ((e.key === 'Enter' || e.key === 'Tab') && !e.ctrlKey && !e.metaKey) take(found[at]);
    else return;
    e.preventDefault();
    e.stopPropagation();
    draw();
  });
  return { node: list };
}
