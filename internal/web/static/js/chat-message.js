import { copyButton } from './copy.js';
import { problem } from './dialog.js';
import { h, replace } from './dom.js';
import { num, time } from './format.js';
import { n, t } from './i18n.js';
import { markdown, settled } from './markdown.js';
import { sends } from './chat-composer.js';

const article = (side, label, ...children) => h('article', { class: 'msg ' + side, 'aria-label': label }, children);
const action = (text, click, also = '') => h('button', { class: 'button quiet small ' + also, type: 'button', on: { click } }, text);

// question is a message of the user. onEdit(text) sends an edited text in its place; it is null if that is not possible.
export function question(message, onEdit) {
  const body = h('div', { class: 'msg-text' }, message.content);
  const edit = onEdit && action(t('chat.edit'), () => editing(), 'msg-edit');
  const actions = h('div', { class: 'msg-actions' }, edit, copyButton(() => message.content));
  const node = article('msg-user', t('chat.you'), body, actions);
  function editing() {
    const area = h('textarea', { class: 'textarea', rows: String(Math.min(12, message.content.split('\n').length + 1)), 'aria-label': t('chat.edit') });
    area.value = message.content;
    const back = () => {
      replace(node, body, actions);
      edit.focus();
    };
    const send = async () => {
      const text = area.value.trim();
      if (text && !(await onEdit(text))) area.focus();
    };
    area.addEventListener('keydown', (e) => {
      if (e.key === 'Escape') back();
      if (!sends(e)) return;
      e.preventDefault();
      send();
    });
    replace(node, area, h('div', { class: 'msg-actions' }, action(t('common.cancel'), back), h('button', { class: 'button primary small', type: 'button', on: { click: send } }, t('chat.askAgain'))));
    area.focus();
  }
  return { node };
}

// answer is a message of the model: grow(text) shows it as it arrives, finish(message, onRetry) at the end.
export function answer(model) {
  const who = h('p', { class: 'msg-who' }, model || t('chat.model'));
  const body = h('div', { class: 'md' });
  const waiting = h('p', { class: 'msg-waiting' }, h('i'), h('i'), h('i'), h('span', { class: 'visually-hidden' }, t('chat.answering')));
  const foot = h('div', { class: 'msg-foot' });
  const node = article('msg-model', t('chat.model'), who, body, waiting, foot);
  const text = markdown(body);
  return {
    node,
    // Otherwise a screen reader would read every piece.
    grow(so) {
      node.setAttribute('aria-live', 'off');
      waiting.hidden = Boolean(so);
      text.update(settled(so));
    },
    finish(message, onRetry) {
      node.removeAttribute('aria-live');
      waiting.hidden = true;
      who.textContent = [message.model || t('chat.model'), message.sandbox && t('common.sandbox')].filter(Boolean).join(' · ');
      who.title = time(message.at);
      text.update(message.content);
      replace(foot, notes(message), h('div', { class: 'msg-actions' },
        message.usage && h('span', { class: 'msg-tokens num', title: t('chat.tokensWhy') }, tokens(message.usage)),
        onRetry && action(t(message.error ? 'chat.tryAgain' : 'chat.retry'), onRetry, 'msg-retry'),
        message.content && copyButton(() => message.content)));
    },
  };
}

function notes(message) {
  const reasons = { length: 'chat.cut', blacklist: 'chat.blacklist' };
  const words = [message.stopped && t('chat.stopped'), reasons[message.finish_reason] && t(reasons[message.finish_reason])].filter(Boolean);
  return [message.error && problem(message.error), words.map((w) => h('p', { class: 'note' }, w))];
}

function tokens(usage) {
  const all = `${num(usage.prompt_tokens)} + ${n('chat.tokens', usage.completion_tokens)}`;
  return usage.cached_tokens ? `${all} · ${t('chat.cached', { n: num(usage.cached_tokens) })}` : all;
}

// missing is shown in place of an answer that is missing and not in progress.
export function missing(onRetry) {
  return { node: article('msg-model', t('chat.model'), h('p', { class: 'note' }, t('chat.unanswered')), h('div', { class: 'msg-actions' }, action(t('chat.tryAgain'), onRetry))) };
}
