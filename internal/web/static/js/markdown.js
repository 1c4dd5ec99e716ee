import { h, replace } from './dom.js';
import { inline } from './markdown-inline.js';
import { copyButton } from './copy.js';
import { t } from './i18n.js';

const deepest = 10; // levels of blocks; deeper text is a paragraph
const mostColumns = 200; // of a table; a wider one is a paragraph
const fence = /^ {0,3}(`{3,}(?!`)|~{3,}(?!~))([^`]*)$/;
const heading = /^ {0,3}(#{1,6})(?:\s([^]*))?$/;
const rule = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const quote = /^ {0,3}> ?(.*)$/;
const item = /^( *)([-*+]|\d{1,9}[.)])(?:( +)([^]*)|)$/;
const divider = /^:?-+:?$/;

const isBlank = (line) => !line.trim();
const indentOf = (line) => line.search(/\S|$/);
const spaced = (line) => line.replace(/^[ \t]+/, (space) => space.replaceAll('\t', '    '));

// dedent removes at most n columns of space.
function dedent(line, n) {
  if (n <= 0) return line;
  const text = /^ *\t/.test(line) ? spaced(line) : line;
  return text.slice(Math.min(n, indentOf(text)));
}

function isTable(lines, at) {
  const under = lines[at + 1] ?? '';
  if (!lines[at].includes('|') || !/^ {0,3}[|:-]/.test(under) || !/^[-|:\s]+$/.test(under)) return false;
  const sides = cells(under);
  return sides.length <= mostColumns && sides.every((side) => divider.test(side)) && cells(lines[at]).length === sides.length;
}

// starts reports whether a block begins here that ends a paragraph.
function starts(lines, at) {
  const line = lines[at];
  const found = line.match(item);
  return fence.test(line) || heading.test(line) || rule.test(line) || quote.test(line) || isTable(lines, at) ||
    Boolean(found && found[4] && (found[2].length === 1 || found[2] === '1.' || found[2] === '1)'));
}

// parse makes blocks from lines. Each block has its lines, which show whether it has changed.
function parse(lines, depth = 0) {
  const blocks = [];
  for (let at = 0; at < lines.length;) {
    if (isBlank(lines[at])) {
      at++;
      continue;
    }
    const block = readBlock(lines, at, depth);
    block.source = lines.slice(at, block.end).join('\n');
    blocks.push(block);
    at = block.end;
  }
  return blocks;
}

function readBlock(lines, at, depth) {
  const line = spaced(lines[at]);
  let found = line.match(fence);
  if (found) return readCode(lines, at, found, indentOf(line));
  found = line.match(heading);
  if (found) return { kind: 'heading', level: found[1].length, text: headed(found[2] ?? ''), end: at + 1 };
  if (rule.test(line)) return { kind: 'rule', end: at + 1 };
  if (depth < deepest && quote.test(line)) return readQuote(lines, at, depth);
  if (depth < deepest && item.test(line)) return readList(lines, at, depth);
  if (isTable(lines, at)) return readTable(lines, at);
  return readParagraph(lines, at);
}

// headed cuts off the marks that may also end a heading.
function headed(text) {
  const words = text.trim();
  const at = words.search(/(?<!#)#+$/);
  return at === 0 || (at > 0 && isBlank(words[at - 1])) ? words.slice(0, at).trimEnd() : words;
}

function readCode(lines, at, [, mark, info], indent) {
  const closes = (line) => /^ {0,3}(?:`+|~+)\s*$/.test(line) && line.trimStart().startsWith(mark);
  const body = [];
  let end = at + 1;
  while (end < lines.length && !closes(lines[end])) body.push(dedent(lines[end++], indent));
  return { kind: 'code', name: info.trim().split(/\s/)[0], text: body.join('\n'), end: Math.min(end + 1, lines.length) };
}

function readQuote(lines, at, depth) {
  const inner = [];
  let end = at;
  for (; end < lines.length; end++) {
    const found = lines[end].match(quote);
    if (!found && (isBlank(lines[end]) || isBlank(inner.at(-1)) || starts(lines, end))) break;
    inner.push(found ? found[1] : lines[end]);
  }
  return { kind: 'quote', blocks: parse(inner, depth + 1), end };
}

function readList(lines, at, depth) {
  const first = spaced(lines[at]).match(item);
  const base = first[1].length;
  const ordered = first[2].length > 1;
  const items = [];
  let end = at;
  while (end < lines.length) {
    const found = spaced(lines[end]).match(item);
    if (!found || rule.test(lines[end]) || found[2].length > 1 !== ordered || found[1].length > base + 1) break;
    const read = readItem(lines, end, found);
    items.push(parse(read.inner, depth + 1));
    end = read.end;
    const next = pastBlanks(lines, end);
    if (next < lines.length && item.test(spaced(lines[next]))) end = next;
  }
  return { kind: 'list', ordered, start: parseInt(first[2], 10), items, end };
}

function pastBlanks(lines, at) {
  while (at < lines.length && isBlank(lines[at])) at++;
  return at;
}

// readItem also accepts nested lists that are indented less than CommonMark requires.
function readItem(lines, at, [, space, mark, gap, rest]) {
  const offset = space.length + mark.length + (gap && gap.length < 5 ? gap.length : 1);
  const inner = [rest ?? ''];
  let end = at + 1;
  while (end < lines.length) {
    const next = pastBlanks(lines, end);
    if (next > end) {
      if (next >= lines.length || indentOf(spaced(lines[next])) < space.length + 2) break;
      while (end < next) { inner.push(''); end++; }
    }
    const line = spaced(lines[end]);
    const indent = indentOf(line);
    const within = indent >= offset || (indent >= space.length + 2 && item.test(line));
    if (!within && (isBlank(lines[end - 1]) || item.test(line) || starts(lines, end))) break;
    inner.push(dedent(lines[end++], offset));
  }
  return { inner, end };
}

function cells(line) {
  const text = line.trim().replace(/^\|/, '').replace(/(?<!\\)\|$/, '');
  return text.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
}

function readTable(lines, at) {
  const side = (mark) => (mark.endsWith(':') ? (mark.startsWith(':') ? 'center' : 'end') : '');
  const rows = [];
  let end = at + 2;
  while (end < lines.length && !isBlank(lines[end]) && lines[end].includes('|')) rows.push(cells(lines[end++]));
  return { kind: 'table', head: cells(lines[at]), sides: cells(lines[at + 1]).map(side), rows, end };
}

function readParagraph(lines, at) {
  let end = at + 1;
  while (end < lines.length && !isBlank(lines[end]) && !starts(lines, end)) end++;
  return { kind: 'paragraph', text: lines.slice(at, end).map((line) => line.trimStart()).join('\n').trimEnd(), end };
}

const build = {
  heading: (b) => h('h' + Math.min(6, b.level + 1), null, inline(b.text)),
  rule: () => h('hr'),
  paragraph: (b) => h('p', null, inline(b.text)),
  quote: (b) => h('blockquote', null, b.blocks.map(node)),
  list: (b) => h(b.ordered ? 'ol' : 'ul', { start: b.ordered && b.start !== 1 ? b.start : null }, b.items.map((blocks) => h('li', null, listed(blocks)))),
  table: (b) => h('div', { class: 'md-table', tabindex: '0', role: 'group', 'aria-label': t('common.table') }, h('table', null,
    h('thead', null, h('tr', null, b.head.map((text, i) => cell('th', text, b.sides[i])))),
    h('tbody', null, b.rows.map((row) => h('tr', null, row.slice(0, b.head.length).map((text, i) => cell('td', text, b.sides[i])), missing(b.head.length - row.length)))))),
  code(b) {
    const code = h('code', null, b.text);
    return h('figure', { class: 'md-code' },
      h('figcaption', null, h('span', null, b.name || t('common.code')), copyButton(() => code.textContent)),
      h('pre', { tabindex: '0', role: 'group', 'aria-label': t('common.code') }, code));
  },
};

const node = (block) => build[block.kind](block);
const cell = (tag, text, side) => h(tag, { dataset: side ? { side } : {} }, inline(text));

const missing = (n) => n > 0 && h('td', { colspan: n });

// listed unwraps the paragraph of an item that has only one.
function listed(blocks) {
  const alone = blocks.filter((b) => b.kind === 'paragraph').length === 1;
  return blocks.map((b) => (alone && b.kind === 'paragraph' ? inline(b.text) : node(b)));
}

// markdown shows a growing text: update(text) redraws only the blocks that have changed.
export function markdown(root) {
  let shown = [];
  const grow = (old, block) => {
    if (old?.kind !== 'code' || block.kind !== 'code' || old.name !== block.name) return false;
    root.children[shown.indexOf(old)].querySelector('code').textContent = block.text;
    return true;
  };
  return {
    update(text) {
      const blocks = parse(text.replace(/\r\n?/g, '\n').split('\n'));
      let same = 0;
      while (same < blocks.length && shown[same]?.kind === blocks[same].kind && shown[same].source === blocks[same].source) same++;
      if (same < blocks.length && grow(shown[same], blocks[same])) same++;
      while (root.children.length > same) root.lastElementChild.remove();
      for (const block of blocks.slice(same)) root.append(node(block));
      shown = blocks;
    },
  };
}

// settled closes or removes unfinished markup in the last line of a growing text, which would flicker.
export function settled(text) {
  const at = text.lastIndexOf('\n') + 1;
  if (text.length - at > 2000 || (text.match(/^ *(?:```|~~~)/gm)?.length ?? 0) % 2) return text;
  let line = text.slice(at).replace(/!?\[([^[\]]*)\]\([^()\s]*$/, '$1').replace(/[*_`]+$/, '');
  for (const mark of ['`', '**']) if (line.split(mark).length % 2 === 0) line = line.trimEnd() + mark;
  return text.slice(0, at) + line;
}

// show shows a text that does not change.
export function show(root, text) {
  replace(root);
  markdown(root).update(text);
}
