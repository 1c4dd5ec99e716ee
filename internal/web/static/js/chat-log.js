import { h } from './dom.js';
import { t } from './i18n.js';

const near = 24; // pixels from the end that count as the end

// log scrolls messages. It follows the end while the user is there, and otherwise stays where they read.
export function log() {
  let pinned = true;
  let last = 0;
  const inner = h('div', { class: 'chat-messages', role: 'log', 'aria-label': t('chat.messages'), 'aria-relevant': 'additions' });
  const scroller = h('div', { class: 'chat-scroll', tabindex: '0', role: 'group', 'aria-label': t('chat.messages') }, inner);
  const down = h('button', { class: 'button small chat-down', type: 'button', hidden: true, on: { click: () => { end(); scroller.focus({ preventScroll: true }); } } }, t('chat.toEnd'));
  const node = h('div', { class: 'chat-log' }, scroller, down);
  const rest = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;

  function pin(is) {
    pinned = is;
    down.hidden = is;
  }

  function end() {
    pin(true);
    scroller.scrollTop = scroller.scrollHeight;
  }

  scroller.addEventListener('scroll', () => {
    const up = scroller.scrollTop < last - 1; // only the user scrolls up
    last = scroller.scrollTop;
    if (up && rest() > 8) pin(false);
    else if (rest() < near) pin(true);
  });
  const sizes = new ResizeObserver(() => (pinned ? end() : pin(rest() < 1)));
  sizes.observe(inner);
  sizes.observe(scroller);
  return { node, inner, end, leave: () => sizes.disconnect() };
}
