const SVG = 'http://www.w3.org/2000/svg';
const properties = new Set(['hidden', 'disabled', 'checked', 'value', 'selected', 'open', 'indeterminate']);

function set(node, props) {
  for (const [key, value] of Object.entries(props ?? {})) {
    if (key === 'class') node.setAttribute('class', value ?? '');
    else if (key === 'text') node.textContent = value ?? '';
    else if (key === 'on') for (const [event, fn] of Object.entries(value)) node.addEventListener(event, fn);
    else if (key === 'dataset') Object.assign(node.dataset, value);
    else if (properties.has(key) && key in node) node[key] = value ?? '';
    else if (value === true) node.setAttribute(key, '');
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value);
  }
}

function add(node, children) {
  for (const child of children) {
    if (Array.isArray(child)) add(node, child);
    else if (child !== null && child !== undefined && child !== false && child !== true) node.append(child);
  }
}

function make(node, props, children) {
  const { value, ...rest } = props ?? {};
  set(node, rest);
  add(node, children);
  if (value !== undefined) set(node, { value }); // a select accepts its value only after it has options
  return node;
}

// h makes an element: h('p', { class: 'muted' }, 'text', node, [more]).
export const h = (tag, props, ...children) => make(document.createElement(tag), props, children);

// svg makes an element of an SVG drawing.
export const svg = (tag, props, ...children) => make(document.createElementNS(SVG, tag), props, children);

// replace clears a node and fills it.
export function replace(node, ...children) {
  node.replaceChildren();
  add(node, children);
  return node;
}

// patch gives a node new children, and keeps those that are equal: a click that begins on one ends on it.
export function patch(node, children) {
  children.forEach((child, i) => {
    const was = node.childNodes[i];
    if (!was) node.append(child);
    else if (!was.isEqualNode(child)) was.replaceWith(child);
  });
  while (node.childNodes.length > children.length) node.lastChild.remove();
}
