import { h } from './dom.js';

const deepest = 12; // levels of emphasis
const schemes = ['http:', 'https:', 'mailto:'];
const letter = /[\p{L}\p{N}]/u;
const space = /\s/;

// tried in this order at each position
const angled = /<((?:https?:\/\/|mailto:)[^\s<>]+)>/y;
const host = /https?:\/\/[^\s<>"`/?#\\]{1,300}(?![^\s<>"`/?#\\])/y; // decides whether an address is valid; a longer one is not
const bare = /https?:\/\/[^\s<>"`]+/y;
const gap = /\s*/y;
const enclosed = /<([^<>\n]*)>/y;
const piece = /[^\s()]*/y;
const newline = /<br\s*\/?>/iy;
const plain = /[^\\`*_~!\[\]<$\nh]+/y;
const run = /([`*_~])\1*/y;

function match(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

// address returns the address of a link, or null if it is not allowed.
function address(text) {
  try {
    const url = new URL(text);
    return schemes.includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

// target returns the address and the length of what follows the text of a link: (address), (<address>), or (address "title"). An address may
// have pairs of brackets. Each place is passed once, so that no text takes long.
function target(text, at) {
  const past = (pattern, i) => i + (match(pattern, text, i)?.[0].length ?? 0);
  if (text[at] !== '(') return null;
  const from = past(gap, at + 1);
  const marked = match(enclosed, text, from);
  let end = marked ? from + marked[0].length : past(piece, from);
  while (!marked && text[end] === '(') {
    const close = past(piece, end + 1);
    if (text[close] !== ')') return null;
    end = past(piece, close + 1);
  }
  let close = past(gap, end);
  if (close > end && (text[close] === '"' || text[close] === "'")) {
    const quote = text.indexOf(text[close], close + 1);
    close = quote < 0 ? -1 : past(gap, quote + 1);
  }
  return text[close] === ')' ? { address: marked ? marked[1] : text.slice(from, end), length: close + 1 - at } : null;
}

const link = (href, ...children) => h('a', { href, target: '_blank', rel: 'noopener noreferrer', title: href }, children);

// inline makes nodes from the text of a block.
export function inline(text) {
  return new Reader(text).read();
}

// Reader collects parts: texts, { node, depth }, marks of emphasis { mark, count, … } and open brackets { bracket }.
class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.parts = [];
    this.open = []; // places of brackets in parts
    this.never = new Set(); // ends that do not occur in the rest
  }

  read() {
    while (this.at < this.text.length) this.step();
    return nodes(emphasised(this.parts));
  }

  // take adds a part of the given length.
  take(part, length) {
    const last = this.parts.length - 1;
    if (typeof part === 'string' && typeof this.parts[last] === 'string') this.parts[last] += part;
    else this.parts.push(part);
    this.at += length;
  }

  step() {
    const found = match(plain, this.text, this.at);
    if (found) return this.take(found[0], found[0].length);
    switch (this.text[this.at]) {
      case '\\': return this.escape();
      case '`': return this.code();
      case '*': case '_': case '~': return this.mark();
      case '[': return this.bracket('[');
      case '!': return this.text[this.at + 1] === '[' ? this.bracket('![') : this.take('!', 1);
      case ']': return this.close();
      case '<': return this.angle();
      case '$': return this.text.startsWith('$$', this.at) && this.until('$$', '$$') ? undefined : this.take('$', 1);
      case '\n': return this.take({ node: h('br'), depth: 0 }, 1);
      default: return this.bare();
    }
  }

  escape() {
    const next = this.text[this.at + 1] ?? '';
    if (next === '(' && this.until('\\(', '\\)')) return;
    if (next === '[' && this.until('\\[', '\\]')) return;
    if (next === '\n') return this.take('', 1);
    if (/[!-/:-@[-`{-~]/.test(next)) return this.take(next, 2);
    this.take('\\', 1);
  }

  // until takes a formula verbatim.
  until(from, to) {
    const end = this.find(to, this.at + from.length);
    if (end < 0) return false;
    const whole = this.text.slice(this.at, end + to.length);
    this.take({ node: h('code', { class: 'md-math' }, whole), depth: 0 }, whole.length);
    return true;
  }

  find(what, from) {
    if (this.never.has(what)) return -1;
    const at = this.text.indexOf(what, from);
    if (at < 0) this.never.add(what);
    return at;
  }

  // closing returns the place of the next run of exactly n backticks, or -1.
  closing(n, from) {
    if (!this.ticks) {
      this.ticks = new Map(); // the places of all runs by length, the last one first
      for (const { 0: { length }, index } of [...this.text.matchAll(/`+/g)].reverse()) {
        if (!this.ticks.has(length)) this.ticks.set(length, []);
        this.ticks.get(length).push(index);
      }
    }
    const places = this.ticks.get(n) ?? [];
    while (places.length && places.at(-1) < from) places.pop();
    return places.at(-1) ?? -1;
  }

  code() {
    const ticks = match(run, this.text, this.at)[0];
    const end = this.closing(ticks.length, this.at + ticks.length);
    if (end < 0) return this.take(ticks, ticks.length);
    let inside = this.text.slice(this.at + ticks.length, end).replaceAll('\n', ' ');
    if (inside.startsWith(' ') && inside.endsWith(' ') && /[^ ]/.test(inside)) inside = inside.slice(1, -1);
    this.take({ node: h('code', null, inside), depth: 0 }, end + ticks.length - this.at);
  }

  mark() {
    const [whole, mark] = match(run, this.text, this.at);
    const before = this.text[this.at - 1] ?? ' ';
    const after = this.text[this.at + whole.length] ?? ' ';
    const opens = !space.test(after) && (letter.test(after) || !letter.test(before));
    const closes = !space.test(before) && (letter.test(before) || !letter.test(after));
    const single = mark !== '~' && (mark === '_' || whole.length === 1) && letter.test(before) && letter.test(after); // snake_case, A1*B1*2
    const means = !single && (mark !== '~' || whole.length === 2);
    this.take({ mark, count: whole.length, size: whole.length, opens: opens && means, closes: closes && means }, whole.length);
  }

  bracket(text) {
    this.open.push(this.parts.length);
    this.take({ bracket: text }, text.length);
  }

  close() {
    const from = this.open.pop();
    if (from === undefined) return this.take(']', 1);
    const found = target(this.text, this.at + 1);
    const href = found && address(found.address);
    if (!href) return this.take(']', 1);
    const inside = nodes(emphasised(this.parts.splice(from).slice(1)));
    this.open.length = 0; // no link within a link
    this.take({ node: link(href, inside.length ? inside : href), depth: 1 }, 1 + found.length);
  }

  angle() {
    const broken = match(newline, this.text, this.at);
    if (broken) return this.take({ node: h('br'), depth: 0 }, broken[0].length);
    const found = match(angled, this.text, this.at);
    const href = found && address(found[1]);
    if (!href) return this.take('<', 1);
    this.take({ node: link(href, found[1]), depth: 1 }, found[0].length);
  }

  bare() {
    const may = !this.open.length && !letter.test(this.text[this.at - 1] ?? ' ') && match(host, this.text, this.at);
    const more = may && '/?#\\'.includes(this.text[this.at + may[0].length] ?? ' ');
    const found = may && address(more ? may[0] : trimmed(may[0])) && match(bare, this.text, this.at);
    if (!found) return this.take('h', 1);
    const shown = trimmed(found[0]);
    const href = address(shown);
    if (!href) return this.take('h', 1);
    this.take({ node: link(href, shown), depth: 1 }, shown.length);
  }
}

// trimmed cuts off punctuation that follows an address in a sentence.
function trimmed(url) {
  let end = url.length;
  let spare = url.split(')').length - url.split('(').length; // brackets that are closed and not opened
  while (/[.,;:!?*_~'»”\])]/.test(url[end - 1]) && (url[end - 1] !== ')' || spare > 0)) if (url[--end] === ')') spare--;
  return url.slice(0, end);
}

// emphasised pairs the marks as CommonMark does.
function emphasised(parts) {
  const done = [];
  const bottoms = new Map(); // no opener for such a closer is below
  for (const part of parts) {
    while (part.closes && part.count && pair(done, part, bottoms));
    done.push(part);
  }
  return done;
}

// pair puts what follows the opener of a mark into a node, and reports whether there is an opener.
function pair(done, closer, bottoms) {
  const key = closer.mark + closer.opens + (closer.size % 3);
  const from = opener(done, closer, bottoms.get(key) ?? -1);
  const inside = from >= 0 ? done.slice(from + 1) : [];
  const depth = 1 + inside.reduce((most, p) => Math.max(most, p.depth ?? 0), 0);
  if (from < 0 || depth > deepest) {
    bottoms.set(key, done.length - 1);
    return false;
  }
  const length = Math.min(2, done[from].count, closer.count);
  const tag = closer.mark === '~' ? 'del' : length === 2 ? 'strong' : 'em';
  done[from].count -= length;
  closer.count -= length;
  done.length = from + 1;
  done.push({ node: h(tag, null, nodes(inside)), depth });
  for (const [k, bottom] of bottoms) bottoms.set(k, Math.min(bottom, from));
  return true;
}

function opener(parts, closer, bottom) {
  for (let i = parts.length - 1; i > bottom; i--) {
    const p = parts[i];
    if (p.mark !== closer.mark || !p.opens || !p.count) continue;
    const thirds = (p.closes || closer.opens) && (p.size + closer.size) % 3 === 0 && (p.size % 3 || closer.size % 3);
    if (closer.mark === '~' ? p.count === closer.count : !thirds) return i;
  }
  return -1;
}

const nodes = (parts) => parts.map((p) => (typeof p === 'string' ? p : p.node ?? p.bracket ?? p.mark.repeat(p.count)));
