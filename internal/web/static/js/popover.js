import { h } from './dom.js';
import { here } from './focus.js';

const gap = 4;
let shown = null;

// popover shows a node beside an anchor until the user leaves it: Esc, a click elsewhere, or the focus going elsewhere. It returns a function that
// closes it, and whose signal says that it is closed.
export function popover(anchor, label, ...children) {
  shown?.();
  const toOpener = here();
  const box = h('div', { class: 'popover card', role: 'dialog', 'aria-label': label, tabindex: -1, on: { keydown: (e) => keys(e), focusout: (e) => left(e) } }, children);
  const outside = (e) => { if (!box.contains(e.target) && !anchor.contains(e.target)) close(false); };
  const place = () => {
    const at = anchor.getBoundingClientRect();
    const wide = document.documentElement.clientWidth;
    const tall = document.documentElement.clientHeight;
    const below = at.bottom + gap + box.offsetHeight <= tall || at.top < tall / 2;
    box.style.left = Math.max(gap, Math.min(at.left, wide - box.offsetWidth - gap)) + 'px';
    box.style.top = Math.max(gap, below ? Math.min(at.bottom + gap, tall - box.offsetHeight - gap) : at.top - gap - box.offsetHeight) + 'px';
  };
  const sizes = new ResizeObserver(place);
  const closed = new AbortController();

  // escape closes the box wherever the focus is, as when what had it is being loaded again.
  function escape(e) {
    if (e.key !== 'Escape' || e.isComposing || e.defaultPrevented || document.querySelector('dialog[open]')) return;
    e.preventDefault();
    e.stopPropagation();
    close(true);
  }

  function keys(e) {
    e.stopPropagation();
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step && !e.target.matches('select, textarea, [type=number]')) {
      const all = [...box.querySelectorAll('button, a, input, select')].filter((one) => one.checkVisibility());
      e.preventDefault();
      all.at((all.indexOf(document.activeElement) + step) % all.length)?.focus();
    }
  }

  function left(e) {
    if (e.relatedTarget && !box.contains(e.relatedTarget) && !anchor.contains(e.relatedTarget)) close(false);
  }

  function close(back = true) {
    if (!box.isConnected) return;
    closed.abort();
    sizes.disconnect();
    document.removeEventListener('pointerdown', outside);
    removeEventListener('resize', place);
    document.removeEventListener('keydown', escape, true);
    if (shown === close) shown = null;
    box.remove();
    anchor.setAttribute?.('aria-expanded', 'false');
    if (back) toOpener();
  }

  document.body.append(box);
  anchor.setAttribute?.('aria-expanded', 'true');
  place();
  sizes.observe(box);
  document.addEventListener('pointerdown', outside);
  addEventListener('resize', place);
  document.addEventListener('keydown', escape, true);
  (box.querySelector('[autofocus], input, button, select, a') ?? box).focus({ preventScroll: true });
  shown = close;
  return Object.assign(close, { signal: closed.signal });
}

// closePopover closes what is shown, as when the page changes.
export const closePopover = () => shown?.(false);
