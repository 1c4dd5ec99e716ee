const edge = 28; // pixels; a drag that comes so near to an edge scrolls

// drag follows a pointer that is pressed until it is released. onMove gets its place every frame while it is at an edge, too.
export function drag(node, start, { onMove, onEnd = () => {} }) {
  let last = start;
  let frame = 0;
  const again = () => {
    onMove(last);
    frame = requestAnimationFrame(again);
  };
  const move = (e) => {
    if (e.pointerId !== start.pointerId) return;
    last = e;
    onMove(e);
  };
  const end = (e) => {
    if (e.pointerId !== start.pointerId) return;
    cancelAnimationFrame(frame);
    node.removeEventListener('pointermove', move);
    for (const name of ['pointerup', 'pointercancel', 'lostpointercapture']) node.removeEventListener(name, end);
    onEnd(e);
  };
  node.setPointerCapture(start.pointerId);
  node.addEventListener('pointermove', move);
  for (const name of ['pointerup', 'pointercancel', 'lostpointercapture']) node.addEventListener(name, end);
  frame = requestAnimationFrame(again);
}

// pull returns how far a pointer at a place between two edges scrolls in a frame.
export function pull(at, from, to) {
  const beyond = Math.min(0, at - from - edge) + Math.max(0, at - to + edge);
  return Math.sign(beyond) * Math.min(60, Math.abs(beyond) / 2);
}
