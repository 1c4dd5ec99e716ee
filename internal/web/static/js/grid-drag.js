const edge = 12; // pixels; a drag that comes so near to an edge scrolls
const slack = 3; // pixels; less is a click

// drag follows a pointer that is pressed until it is released. onMove gets its place in every frame, also while it rests.
export function drag(node, start, { onMove, onEnd = () => {} }) {
  let last = start;
  let frame = 0;
  let begun = false;
  const again = () => {
    if (begun) onMove(last);
    frame = requestAnimationFrame(again);
  };
  const move = (e) => {
    if (e.pointerId !== start.pointerId) return;
    last = e;
    if (!begun && Math.hypot(e.clientX - start.clientX, e.clientY - start.clientY) > slack) {
      begun = true;
      node.setPointerCapture(start.pointerId); // not before: it would take the clicks away from what is clicked
    }
    if (begun) onMove(e);
  };
  const end = (e) => {
    if (e.pointerId !== start.pointerId) return;
    cancelAnimationFrame(frame);
    removeEventListener('pointermove', move);
    for (const name of ['pointerup', 'pointercancel']) removeEventListener(name, end);
    if (begun) onEnd(last);
  };
  addEventListener('pointermove', move);
  for (const name of ['pointerup', 'pointercancel']) addEventListener(name, end);
  frame = requestAnimationFrame(again);
}

// pull returns how far a pointer at a place between two edges scrolls in a frame.
export function pull(at, from, to) {
  const beyond = Math.min(0, at - from - edge) + Math.max(0, at - to + edge);
  return Math.sign(beyond) * Math.min(60, Math.abs(beyond) / 2);
}
