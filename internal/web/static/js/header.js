import { confirm, open } from './dialog.js';
import { get, post } from './api.js';
import { h, replace } from './dom.js';
import { lang, t } from './i18n.js';
import { forget } from './key.js';

const facts = document.documentElement.dataset;

// header fills in the texts of the shell in the language of the page, and connects its buttons.
export function header(setLang, onEnd) {
  for (const node of document.querySelectorAll('[data-t]')) node.textContent = t(node.dataset.t);
  document.getElementById('nav').setAttribute('aria-label', t('common.nav'));
  replace(document.getElementById('tools'), facts.sandbox === 'true' && sandboxMark(), languages(setLang), about(onEnd));
}

function sandboxMark() {
  const show = () => open(t('common.sandbox'), h('p', { class: 'dialog-text' }, t('common.sandboxWhy')));
  return h('button', { class: 'sandbox-mark', type: 'button', title: t('common.sandboxWhy'), on: { click: show } }, t('common.sandbox'));
}

function languages(setLang) {
  const choose = (to) => {
    setLang(to);
    document.querySelector(`#tools [lang=${to}]`)?.focus();
  };
  const button = (to, name) => h('button', {
    type: 'button', lang: to, 'aria-label': name, 'aria-pressed': String(lang() === to), on: { click: () => choose(to) },
  }, to.toUpperCase());
  return h('div', { class: 'switch', role: 'group', 'aria-label': t('common.lang') }, button('ru', 'RU, русский'), button('en', 'EN, English'));
}

function about(onEnd) {
  const show = async () => {
    const { dir } = await get('/api/hello').catch(() => ({ dir: '–' }));
    const list = h('dl', { class: 'facts' },
      h('dt', null, t('common.folder')), h('dd', null, dir), h('dt', null, t('common.version')), h('dd', null, facts.version));
    const buttons = [{ text: t('common.end'), value: 'end', kind: 'quiet' }, { text: t('common.close'), value: null, kind: 'primary' }];
    if ((await open('gigabatch', list, buttons)) === 'end') endSession(onEnd);
  };
  return h('button', { class: 'icon-button', type: 'button', 'aria-label': t('common.about'), title: t('common.about'), on: { click: show } }, '···');
}

async function endSession(onEnd) {
  if (!(await confirm({ title: t('common.end'), text: t('common.endWhy'), ok: t('common.end'), danger: true }))) return;
  await post('/api/session/end').catch(() => {});
  forget();
  onEnd();
}

// showPlace marks the current page in the navigation.
export function showPlace(place) {
  for (const link of document.querySelectorAll('#nav a')) {
    if (link.dataset.place === place) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}
