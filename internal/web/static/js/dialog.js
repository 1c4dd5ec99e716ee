import './text/common.js';
import { h, replace } from './dom.js';
import { here } from './focus.js';
import { t } from './i18n.js';

let numbers = 0;

// open shows a dialog with buttons [{ text, value, kind: 'primary'|'danger'|'quiet', hold: () => true while it must stay open }].
// The promise has the value of the button, or null; promise.close(value) ends it, promise.dialog is the element.
export function open(title, node, buttons = [{ text: t('common.close'), value: null }]) {
  const back = here();
  const id = `dialog-${++numbers}`;
  const form = h('form', { method: 'dialog', class: 'dialog-form' },
    h('h2', { id, class: 'dialog-title', tabindex: '-1' }, title), h('div', { class: 'dialog-body' }, node));
  const dialog = h('dialog', { class: 'dialog', 'aria-labelledby': id }, form);
  let result = null;
  const close = (value) => {
    result = value ?? null;
    dialog.close();
  };
  const row = buttons.map(({ text, value, kind = '', hold }) => h('button', {
    class: `button ${kind}`, type: kind === 'primary' || kind === 'danger' ? 'submit' : 'button',
    on: { click: (e) => { e.preventDefault(); if (!hold?.()) close(value); } },
  }, text));
  form.append(h('div', { class: 'dialog-buttons' }, row));
  dialog.addEventListener('click', (e) => e.target === dialog && close(null)); // a click outside
  const promise = new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      back();
      resolve(result);
    });
  });
  document.body.append(dialog);
  dialog.showModal();
  return Object.assign(promise, { close, dialog });
}

export async function confirm({ title, text, ok, cancel = t('common.cancel'), danger = false }) {
  const buttons = [{ text: cancel, value: false }, { text: ok, value: true, kind: danger ? 'danger' : 'primary' }];
  const shown = open(title, h('p', { class: 'dialog-text' }, text ?? ''), buttons);
  shown.dialog.querySelector(danger ? 'button' : 'button[type=submit]').focus();
  return (await shown) === true;
}

// prompt asks for one line, under a text if there is one. It is null if the user cancels.
export async function prompt({ title, text, label, value = '', ok = t('common.save'), cancel = t('common.cancel'), maxlength = 200 }) {
  const input = h('input', { class: 'input', id: `dialog-input-${numbers + 1}`, type: 'text', autocomplete: 'off', maxlength, value });
  const buttons = [{ text: cancel, value: null }, { text: ok, value: true, kind: 'primary', hold: () => !input.value.trim() }];
  const shown = open(title, h('div', { class: 'field' }, text && h('p', { class: 'dialog-text' }, text), h('label', { for: input.id }, label), input), buttons);
  input.focus();
  input.select();
  return (await shown) ? input.value.trim() : null;
}

function region(id, role) {
  const found = document.getElementById(id);
  if (found) return found;
  const node = h('div', { id, role, class: id });
  document.body.append(node);
  return node;
}

// raise puts the toasts above what has controls at the bottom of the window.
function raise(toasts) {
  toasts.style.bottom = '';
  const { left, right, bottom } = toasts.getBoundingClientRect();
  const below = [...document.querySelectorAll('.chat-composer, .tb-side, .tb-unfold')].filter((e) => e.checkVisibility()).map((e) => e.getBoundingClientRect())
    .filter((box) => box.left < right && box.right > left && box.top < bottom);
  if (below.length) toasts.style.bottom = innerHeight - Math.min(...below.map((box) => box.top)) + 8 + 'px';
}

// toast shows a message for a few seconds. kind: 'ok', 'warn' or 'bad', which is marked as an error.
export function toast(text, kind = '') {
  const close = h('button', { class: 'toast-close', type: 'button', 'aria-label': t('common.close') }, '×');
  const node = h('div', { class: 'toast', dataset: { kind } }, kind === 'bad' && h('strong', null, t('common.error'), ' '), h('span', null, text), close);
  let timer = 0;
  const wait = () => { timer = setTimeout(() => node.remove(), kind === 'bad' ? 10000 : 5000); };
  const hold = () => clearTimeout(timer);
  close.addEventListener('click', () => node.remove());
  node.addEventListener('pointerenter', hold);
  node.addEventListener('pointerleave', wait);
  node.addEventListener('focusin', hold);
  node.addEventListener('focusout', wait);
  const toasts = region('toasts', 'status');
  toasts.append(node);
  raise(toasts);
  wait();
}

let spoken = 0;

// announce makes a screen reader say something that is visible elsewhere.
export function announce(text) {
  const node = region('announcer', 'status');
  node.className = 'visually-hidden';
  clearTimeout(spoken);
  node.textContent = '';
  spoken = setTimeout(() => replace(node, text), 100); // the same text is read again only if it was removed in between
}

const askFor = async (error) => (await import('./keyscreen.js')).askKey({ reason: error });

// problem shows an error in a box, with a button where another key of the service helps. error is an ApiError, or { error, hint } of the server.
export function problem(error) {
  const away = error?.code === 'offline';
  const message = away ? t('common.offlineError') : error?.message || error?.error || String(error);
  const hint = away ? t('common.offlineHint') : error?.hint;
  const enter = (error?.code || error?.cure) === 'key' && h('button', { class: 'button small', type: 'button', on: { click: () => askFor(error) } }, t('common.enterKey'));
  return h('div', { class: 'error-box', role: 'alert' }, h('strong', null, message), hint && h('p', null, hint), enter);
}
