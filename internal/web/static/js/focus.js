// place remembers where the focus is: an element, what it is, and what it is in.
function placeOf(element) {
  const within = [];
  for (let node = element.parentElement; node && node !== document.body; node = node.parentElement) within.push([node, focusable(node).indexOf(element)]);
  return { element, within, looks: looksOf(element) };
}

const looksOf = (e) => [e.tagName, e.id, e.dataset.name, e.getAttribute('aria-label') ?? e.textContent].join('\n');

const focusable = (node) => [...node.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')];

const usable = (e) => e.isConnected && !e.disabled && e.checkVisibility();

// heirOf returns what takes the place of an element that is gone: one that looks the same, else one near to where it was.
function heirOf({ within, looks }) {
  for (const [node, at] of within) {
    if (!node.isConnected || !node.checkVisibility()) continue;
    const all = focusable(node);
    const near = all.slice(Math.max(0, at)).concat(all.slice(0, Math.max(0, at)).reverse()).filter(usable);
    const heir = near.find((e) => looksOf(e) === looks) ?? near[0];
    if (heir) return heir;
  }
  return null;
}

function back(place) {
  const to = usable(place.element) ? place.element : heirOf(place) ?? document.getElementById('main');
  to?.focus({ preventScroll: true });
}

// here returns a function that brings the focus back to where it is now, or near to it if that is gone by then.
export function here() {
  const { activeElement } = document;
  if (!activeElement || activeElement === document.body) return () => {};
  const place = placeOf(activeElement);
  return () => back(place);
}

const patience = 400; // what is disabled for a moment gets the focus back

// keepFocus sees to it that who uses the keyboard is not thrown back to the beginning of the page when what has the focus is removed, hidden or
// disabled. Who clicks beside it has left it.
export function keepFocus() {
  let last = null;
  let timer = 0;
  const lost = () => document.activeElement === document.body || document.activeElement === null || document.activeElement === last?.element;
  const check = () => {
    if (!last || !lost() || usable(last.element)) return;
    const place = last;
    clearTimeout(timer);
    if (place.element.isConnected && place.element.disabled && place.element.checkVisibility()) {
      timer = setTimeout(() => last === place && lost() && back(place), patience);
    } else {
      last = null;
      back(place);
    }
  };
  document.addEventListener('pointerdown', () => { last = null; }, true);
  document.addEventListener('focusin', (e) => { last = placeOf(e.target); });
  new MutationObserver((changes) => {
    if (!last) return;
    const gone = !last.element.isConnected;
    if (gone || changes.some((c) => c.type === 'attributes' && c.target.contains(last.element))) check();
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['hidden', 'disabled', 'open'] });
}
