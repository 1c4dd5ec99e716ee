import { answer, question } from './chat-message.js';
import { h, replace } from './dom.js';
import { n } from './i18n.js';

// earlier shows the messages that were replaced by editing or asking again. They are drawn when they are opened.
export function earlier(versions) {
  if (!versions?.length) return null;
  const part = (messages) => fold(messages[0]?.content.slice(0, 80) ?? '', () => messages.map(still));
  return h('div', { class: 'chat-earlier' }, fold(n('chat.earlier', versions.length), () => versions.toReversed().map(part)));
}

function fold(title, content) {
  const body = h('div', { class: 'chat-earlier-body' });
  const node = h('details', { on: { toggle: () => node.open && !body.firstChild && replace(body, content()) } }, h('summary', null, title), body);
  return node;
}

function still(message) {
  if (message.role === 'user') return question(message).node;
  const view = answer();
  view.finish(message);
  return view.node;
}
