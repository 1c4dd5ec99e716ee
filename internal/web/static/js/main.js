import './text/common.js';
import { get } from './api.js';
import { announce, problem, toast } from './dialog.js';
import { h, replace } from './dom.js';
import { lang, onLang, setLang, t } from './i18n.js';
import { keepFocus } from './focus.js';
import { subscribe } from './live.js';
import { header, showPlace } from './header.js';
import { hasKey } from './key.js';
import { connection } from './connection.js';
import { moved, routeOf } from './routes.js';

const main = document.getElementById('main');
let shown = { page: null, leave: undefined };
let turn = 0;
let ended = null; // the error that ended the session

const lost = {
  title: 'common.lost',
  render(root) {
    replace(root, state('common.lost', t('common.lostText'), h('a', { class: 'button', href: '/tables' }, t('common.toTables'))));
  },
};

// over is shown when the session has ended, and in a tab that nobody has given the key of the session.
const over = {
  get title() { return ended?.left || hasKey() ? 'common.ended' : 'common.noKey'; },
  render(root) {
    const login = ended.code === 'login';
    const text = this.title === 'common.noKey' ? (login ? 'common.noKeyLogin' : 'common.noKeyText') : login ? 'common.loginText' : 'common.endedText';
    const next = encodeURIComponent(location.pathname);
    const action = login
      ? h('a', { class: 'button primary', href: '/login?next=' + next, dataset: { reload: '' } }, t('common.login'))
      : h('button', { class: 'button', type: 'button', on: { click: () => location.reload() } }, t('common.reload'));
    replace(root, state(this.title, t(text), action));
  },
};

const state = (title, text, action) => h('div', { class: 'empty page-state' }, h('h1', null, t(title)), h('p', null, text), action);

function nav(to, { replace: instead = false } = {}) {
  const url = new URL(to, location.href);
  if (url.href !== location.href) history[instead ? 'replaceState' : 'pushState'](null, '', url);
  return go({ focus: true });
}

// go shows the page of the address. The later of two calls wins.
async function go({ focus = false, again = false } = {}) {
  const mine = ++turn;
  if (moved(location.pathname) !== location.pathname) history.replaceState(null, '', moved(location.pathname) + location.search);
  const route = routeOf(location.pathname) ?? { load: async () => ({ default: lost }) };
  const params = { ...Object.fromEntries(new URLSearchParams(location.search)), id: route.id };
  let page = over;
  try {
    if (!ended) page = (await route.load()).default;
  } catch (error) {
    page = broken(/import|module/i.test(error.message) ? { code: 'offline' } : error); // each browser has its own message
  }
  if (mine !== turn) return;
  showPlace(route.place);
  document.title = `${t(page.title)} · gigabatch`;
  // A page that can update itself is not mounted again.
  if (!again && shown.page === page && shown.leave?.update) shown.leave.update(params);
  else mount(page, params, focus);
}

function mount(page, params, focus) {
  leave();
  const root = h('div', { class: 'page' });
  main.dataset.page = page.title.split('.')[0];
  replace(main, root);
  scrollTo(0, 0);
  shown = { page, leave: undefined };
  try {
    shown.leave = page.render(root, params, nav);
    performance.mark('first-screen');
  } catch (error) {
    console.error(error);
    replace(root, broken(error).render(root));
  }
  if (focus && !root.contains(document.activeElement)) focusHeading(root);
}

function leave() {
  try {
    shown.leave?.();
  } catch (error) {
    console.error(error);
  }
}

function focusHeading(root) {
  const heading = root.querySelector('h1');
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

const broken = (error) => ({
  title: 'common.broken',
  render(root) {
    const retry = h('button', { class: 'button', type: 'button', on: { click: () => location.reload() } }, t('common.again'));
    replace(root, h('div', { class: 'stack page-state' }, h('h1', null, t('common.broken')), problem(error), h('div', { class: 'row' }, retry)));
  },
});

// onLink handles plain clicks on links to pages of the app.
function onLink(e) {
  const link = e.target.closest?.('a[href]');
  if (!link || e.defaultPrevented || e.button || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
  if (link.target || link.hasAttribute('download') || 'reload' in link.dataset) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || /^\/(api|static|login)(\/|$)/.test(url.pathname)) return;
  if (url.hash && url.pathname === location.pathname) return;
  e.preventDefault();
  nav(url.href);
}

function end(error) {
  if (ended) return;
  ended = error;
  go({ focus: true });
  announce(t(over.title));
  awaited();
}

// awaited checks whether the address was opened in another tab, which shares the session.
function awaited() {
  setTimeout(() => ended && get('/api/hello').then(resume, awaited), 3000);
}

function resume() {
  if (!ended) return;
  ended = null;
  go({ focus: true });
}

document.documentElement.lang = lang();
header(setLang, () => end({ code: 'session', left: true }));
const link = connection();
onLang(() => {
  document.documentElement.lang = lang();
  header(setLang, () => end({ code: 'session', left: true }));
  link.draw();
  go({ again: true });
});
keepFocus();
document.addEventListener('click', onLink);
addEventListener('popstate', () => go({ focus: true }));
addEventListener('session', (e) => end(e.detail));
subscribe((e) => {
  link.take(e.type, () => toast(t('common.back'), 'ok'));
  if (e.type === 'session' || e.type === 'login') end({ code: e.type });
  if (e.type === 'online') resume();
});
go();
