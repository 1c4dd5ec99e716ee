import { h } from './dom.js';

// menu is a button that opens a list of actions: elements, usually links and buttons.
export function menu(label, ...actions) {
  const list = h('div', { class: 'menu-list', hidden: true }, actions);
  const button = h('button', { class: 'icon-button', type: 'button', 'aria-label': label, title: label, 'aria-expanded': 'false', on: { click: () => turn(list.hidden) } }, '···');
  const node = h('div', { class: 'menu' }, button, list);
  const outside = (e) => !node.contains(e.target) && turn(false);
  const escape = (e) => {
    if (e.key !== 'Escape' || e.isComposing) return;
    e.preventDefault();
    e.stopPropagation();
    turn(false);
    button.focus();
  };
  function turn(on) {
    list.hidden = !on;
    button.setAttribute('aria-expanded', String(on));
    const listen = on ? 'addEventListener' : 'removeEventListener';
    document[listen]('pointerdown', outside);
    document[listen]('keydown', escape, true); // wherever the focus is
    if (on) list.querySelector('a, button')?.focus();
  }
  node.addEventListener('keydown', (e) => {
    const all = [...list.querySelectorAll('a, button')];
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step && !list.hidden) {
      e.preventDefault();
      all.at((all.indexOf(document.activeElement) + step) % all.length).focus();
    }
  });
  node.addEventListener('focusout', (e) => e.relatedTarget && !node.contains(e.relatedTarget) && turn(false));
  // Before the action runs, so that a dialog returns the focus to the button.
  list.addEventListener('click', () => {
    button.focus();
    turn(false);
  }, true);
  return node;
}
