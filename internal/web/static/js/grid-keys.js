const moves = {
  ArrowUp: { down: -1 }, ArrowDown: { down: 1 }, ArrowLeft: { right: -1 }, ArrowRight: { right: 1 },
  PageUp: { pages: -1 }, PageDown: { pages: 1 }, Home: { right: -Infinity }, End: { right: Infinity },
};
const jumps = {
  ArrowUp: { down: -Infinity }, ArrowDown: { down: Infinity }, ArrowLeft: { right: -Infinity }, ArrowRight: { right: Infinity },
  Home: { down: -Infinity, right: -Infinity }, End: { down: Infinity, right: Infinity },
};
const letters = { a: 'all', c: 'copy', ф: 'all', с: 'copy' }; // the keys A and C with a Russian layout, too

// composing reports whether a key belongs to an input method. Safari ends a composition before it reports the key that ended it, and marks
// that key with the code 229.
const composing = (e) => e.isComposing || e.keyCode === 229 || e.key === 'Process' || e.key === 'Dead';

// command returns what a key means in a grid, as in a spreadsheet: { name, … }, or null if it means nothing.
export function command(e) {
  if (composing(e)) return null;
  const control = e.ctrlKey || e.metaKey;
  const typed = [...e.key].length === 1 && e.key !== ' ' && (!control && !e.altKey || e.getModifierState('AltGraph'));
  if (typed) return { name: 'type', text: e.key };
  if (e.altKey) return null;
  if (control && e.key === ' ') return { name: 'column' };
  if (control && !e.shiftKey && letters[e.key.toLowerCase()]) return { name: letters[e.key.toLowerCase()] };
  const move = (control ? jumps : moves)[e.key];
  if (move) return { name: 'move', extend: e.shiftKey, ...move };
  if (control) return null;
  if (e.key === ' ') return { name: 'line', extend: e.shiftKey };
  if (e.key === 'Enter') return { name: e.shiftKey ? 'fit' : 'open' };
  if (e.key === 'F2') return { name: 'edit' };
  if (e.key === 'Escape') return { name: 'clear' };
  return null;
}
