import { draft, keepDraft } from './chat-draft.js';
import { h } from './dom.js';
import { t } from './i18n.js';

// sends reports whether a key sends the text. While an input method composes a character, it does not.
export const sends = (e) => e.key === 'Enter' && !e.shiftKey && !e.altKey && !e.isComposing;

// composer is where a prompt is written. onAsk(text) is true if it was sent.
export function composer(settings, onAsk, onStop) {
  let id;
  let busy = false;
  let sending = false;
  const area = h('textarea', {
    class: 'chat-area', rows: '1', placeholder: t('chat.ask'), 'aria-label': t('chat.ask'), 'aria-describedby': 'chat-hint', enterkeyhint: 'send',
    on: { input: () => { keepDraft(id, area.value); draw(); }, keydown: (e) => { if (sends(e)) { e.preventDefault(); send(); } } },
  });
  const ask = h('button', { class: 'button primary small', type: 'submit' }, t('chat.send'));
  const stop = h('button', { class: 'button small', type: 'button', hidden: true, on: { click: () => onStop() } }, h('span', { class: 'chat-stop', 'aria-hidden': 'true' }), t('chat.stop'));
  const trouble = h('div', { class: 'chat-trouble' });
  const node = h('form', { class: 'chat-composer', on: { submit: (e) => { e.preventDefault(); send(); } } },
    trouble, settings.panel, h('div', { class: 'chat-box' }, area,
      h('div', { class: 'chat-box-row' }, settings.toggle, h('span', { class: 'chat-hint', id: 'chat-hint' }, t('chat.hint')), h('span', { class: 'chat-send' }, ask, stop))));

  function draw() {
    ask.disabled = sending || !area.value.trim();
    ask.hidden = busy;
    stop.hidden = !busy;
    area.style.height = 'auto';
    area.style.height = area.scrollHeight + 'px';
  }

  async function send() {
    const text = area.value.trim();
    if (!text || busy || sending) return;
    sending = true;
    draw();
    const from = id;
    const sent = await onAsk(text);
    sending = false;
    if (sent) {
      keepDraft(from, '');
      area.value = '';
    }
    draw();
    area.focus();
  }

  return {
    node, trouble,
    show(chat) {
      id = chat;
      area.value = draft(id);
      draw();
    },
    busy(is) {
      const had = node.contains(document.activeElement) && (document.activeElement === stop || document.activeElement === ask);
      busy = is;
      draw();
      if (had) area.focus();
    },
    fill(text) {
      area.value = text;
      keepDraft(id, text);
      draw();
      area.focus();
    },
    moved(to) { id = to; },
    focus: () => area.focus({ preventScroll: true }),
  };
}
