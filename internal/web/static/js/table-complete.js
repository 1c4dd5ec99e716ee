import './text/table.js';
import { h, replace } from './dom.js';
import { t } from './i18n.js';

const most = 50;
const edge = 8; // pixels between the list and the edge of the window
const enough = 140; // pixels for which the list stays below the text

// complete offers the names of columns while the user types one after {{. written makes the placeholder of a name, and turned is told whether the
// list is open.
export function complete(area, names, written, turned) {
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
    const hides = found.length === 0;
    const [turns, top] = [list.hidden !== hides, list.scrollTop];
    list.hidden = hides;
    replace(list, found.map((one, i) => h('li', { role: 'option', id: `${list.id}-${i}`, 'aria-selected': String(i === at), on: { pointerdown: (e) => { e.preventDefault(); take(one); } } }, one)));
    if (list.hidden) area.removeAttribute('aria-activedescendant');
    else area.setAttribute('aria-activedescendant', `${list.id}-${at}`);
    list.scrollTop = top;
    place();
    if (!turns) return;
    if (hides) document.removeEventListener('scroll', place, true);
    else document.addEventListener('scroll', place, true);
    turned(!hides);
  }

  // place puts the list below the text, or above it where there is more room, and scrolls it to the active item.
  function place(e) {
    if (!area.isConnected) document.removeEventListener('scroll', place, true);
    if (list.hidden || !area.isConnected || e?.target === list) return;
    const { top, bottom, left, width } = area.getBoundingClientRect();
    const [above, below] = [top - edge, innerHeight - bottom - edge];
    const up = below < enough && above > below;
    Object.assign(list.style, { left: left + 'px', maxWidth: width + 'px', maxHeight: (up ? above : below) + 'px', top: up ? 'auto' : bottom + 2 + 'px', bottom: up ? innerHeight - top + 2 + 'px' : 'auto' });
    const one = list.children[at];
    list.scrollTop = Math.min(one.offsetTop, Math.max(list.scrollTop, one.offsetTop + one.offsetHeight - list.clientHeight));
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
