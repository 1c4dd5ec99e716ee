import { get } from './api.js';
import { problem } from './dialog.js';
import { h, replace, svg } from './dom.js';
import { date, time } from './format.js';
import { t } from './i18n.js';

const narrow = matchMedia('(max-width: 56rem)');

// list shows all conversations. In a narrow window, it is opened over the page by its toggle.
export function list() {
  const items = h('ul', { class: 'chat-list' });
  const fresh = h('a', { class: 'button small', href: '/chat' }, t('chat.new'));
  const node = h('nav', { class: 'chat-side', id: 'chat-side', 'aria-label': t('chat.list') }, h('div', { class: 'chat-side-head' }, h('h2', null, t('chat.list')), fresh), items);
  const shade = h('div', { class: 'chat-shade', hidden: true, on: { click: () => turn(false) } });
  const toggle = h('button', { class: 'icon-button chat-toggle-list', type: 'button', 'aria-label': t('chat.list'), title: t('chat.list'), 'aria-expanded': 'false', 'aria-controls': node.id, on: { click: () => turn(true) } },
    svg('svg', { viewBox: '0 0 18 18', 'aria-hidden': 'true', fill: 'none', stroke: 'currentColor', 'stroke-width': '1.6', 'stroke-linecap': 'round' }, svg('path', { d: 'M3 4.5h12M3 9h12M3 13.5h7' })));
  let chats = null;
  let current;
  let timer = 0;

  function turn(on) {
    node.classList.toggle('open', on);
    shade.hidden = !on;
    shade.nextElementSibling.inert = on;
    toggle.setAttribute('aria-expanded', String(on));
    if (on) (items.querySelector('[aria-current]') ?? fresh).focus();
    else if (node.contains(document.activeElement)) toggle.focus();
  }

  node.addEventListener('keydown', (e) => e.key === 'Escape' && turn(false));
  node.addEventListener('click', (e) => narrow.matches && e.target.closest('a') && turn(false));

  function draw() {
    if (current) fresh.removeAttribute('aria-current');
    else fresh.setAttribute('aria-current', 'page');
    if (!chats) return;
    const held = node.contains(document.activeElement) && document.activeElement.getAttribute('href');
    replace(items, chats.length ? chats.map((c) => item(c, c.id === current)) : h('li', { class: 'muted chat-none' }, t('chat.none')));
    if (held) node.querySelector(`a[href="${CSS.escape(held)}"]`)?.focus();
  }

  async function load() {
    if (!chats) replace(items, [0, 1, 2].map(() => h('li', { class: 'skeleton chat-item-skeleton' })));
    try {
      ({ chats } = await get('/api/chats'));
      draw();
      clearTimeout(timer);
      if (node.isConnected && chats.some((c) => c.busy && c.id !== current)) timer = setTimeout(load, 2000); // no event reports the end
    } catch (error) {
      if (!chats && error.status !== 401) replace(items, h('li', null, problem(error)));
    }
  }

  return { node, shade, toggle, load, choose(id) { current = id; draw(); } };
}

function item(chat, current) {
  const when = new Date(chat.updated).toDateString() === new Date().toDateString() ? time(chat.updated) : date(chat.updated);
  return h('li', null, h('a', { class: 'chat-item', href: '/chat/' + encodeURIComponent(chat.id), 'aria-current': current && 'page' },
    h('span', { class: 'chat-item-title' }, chat.title || t('chat.untitled')),
    h('span', { class: 'chat-item-when num' }, chat.busy ? t('chat.answering') : when)));
}
