import './text/key.js';
import { get, post } from './api.js';
import { announce, open, problem, toast } from './dialog.js';
import { h, replace } from './dom.js';
import { t } from './i18n.js';

let asking = null; // the promise of the dialog that is open

// askKey asks for the key of the service. reason is the error that another key cures, if there is one. It is true if there is a key now.
// The event 'servicekey' tells the page of a new key.
export function askKey({ reason } = {}) {
  asking ??= show(reason).finally(() => { asking = null; });
  return asking;
}

// keyButton opens the dialog.
export const keyButton = (kind, text) => h('button', {
  class: `button ${kind}`, type: 'button', dataset: { name: 'enter-key' }, on: { click: () => askKey() },
}, t(text));

async function show(reason) {
  if (!window.isSecureContext) {
    await open(t('key.title'), h('div', { class: 'error-box' }, h('strong', null, t('key.insecure')), h('p', null, t('key.insecureHelp'))));
    return false;
  }
  const hello = await get('/api/hello').catch(() => ({}));
  const form = keyForm(hello.places ?? []);
  let done = false;
  let stop = null; // ends the check in progress

  async function check() {
    const given = form.read();
    if (!given) return;
    stop = new AbortController();
    form.busy();
    primary.disabled = true;
    try {
      const answer = await post('/api/key', given, stop.signal);
      done = answer.ok;
      form.result(answer);
      if (done) dispatchEvent(new Event('servicekey'));
      if (done && !answer.note && answer.checks.every(({ ok }) => ok)) shown.close(true);
      else if (done) primary.textContent = t('key.goOn');
    } catch (error) {
      if (error.name !== 'AbortError') form.fail(error);
    } finally {
      stop = null;
      primary.disabled = false;
    }
  }

  const hold = () => {
    if (!done && !stop) check();
    return !done;
  };
  const body = h('div', { class: 'key-body' }, reason && reason.status !== 503 && problem({ message: reason.message ?? reason.error }), h('p', null, t('key.intro')), form.node);
  const shown = open(t('key.title'), body, [{ text: t('common.cancel'), value: null }, { text: t('key.check'), value: true, kind: 'primary', hold }]);
  const primary = shown.dialog.querySelector('button[type=submit]');
  shown.dialog.classList.add('key-dialog');
  form.focus();
  await shown;
  stop?.abort();
  form.forget();
  if (done) toast(t('key.accepted'), 'ok');
  return done;
}

// alone matches half of a pair, which many take for the key.
const alone = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const secretInput = (id) => h('input', { class: 'input', id, type: 'password', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false' });

const labelled = (name, control, help) => h('div', { class: 'field' }, h('label', { for: control.id }, t(name)), control, help);

// radios is a group of choices: [value, name of its text, name of its help].
function radios(name, legend, choices, onChange = () => {}) {
  const inputs = choices.map(([value], i) => h('input', { type: 'radio', name, id: `${name}-${value}`, value, checked: i === 0, on: { change: () => onChange(value) } }));
  const lines = choices.map(([, text, help], i) => h('label', { class: 'key-choice', for: inputs[i].id },
    inputs[i], h('span', null, t(text), help && h('span', { class: 'help' }, ' ', t(help)))));
  return {
    node: h('fieldset', { class: 'field key-choices' }, h('legend', null, t(legend)), lines),
    value: () => inputs.find((input) => input.checked).value,
    choose(value) {
      inputs.find((input) => input.value === value).checked = true;
      onChange(value);
    },
  };
}

// keyForm asks for a key and where to keep it.
function keyForm(places) {
  const key = secretInput('key-key');
  const id = h('input', { class: 'input', id: 'key-id', type: 'text', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false' });
  const secret = secretInput('key-secret');
  const one = labelled('key.key', key, h('p', { class: 'help' }, t('key.keyHelp')));
  const pair = h('div', { class: 'key-pair', hidden: true }, labelled('key.id', id), labelled('key.secret', secret), h('p', { class: 'help' }, t('key.pairHelp')));
  const api = secretInput('key-api');
  const cloud = labelled('key.api', api, h('p', { class: 'help' }, t('key.apiHelp')));
  cloud.hidden = true;
  const boxes = { key: one, pair, cloud };
  const way = radios('key-way', 'key.way', [['key', 'key.wayKey'], ['pair', 'key.wayPair'], ['cloud', 'key.wayCloud']], (value) => {
    for (const [name, node] of Object.entries(boxes)) node.hidden = name !== value;
    more.hidden = value === 'cloud';
  });
  const see = h('input', { type: 'checkbox', id: 'key-see', on: { change: () => { for (const input of [key, secret, api]) input.type = see.checked ? 'text' : 'password'; } } });
  const scope = h('select', { class: 'select', id: 'key-scope' }, [
    ['', 'key.scopeAny'], ['GIGACHAT_API_PERS', 'key.scopePersonal'], ['GIGACHAT_API_B2B', 'key.scopeBusiness'], ['GIGACHAT_API_CORP', 'key.scopeCorporate'],
  ].map(([value, text]) => h('option', { value }, t(text))));
  const more = h('details', null, h('summary', null, t('key.scope')), labelled('key.scope', scope, h('p', { class: 'help' }, t('key.scopeHelp'))));
  const kept = radios('key-keep', 'key.keep', [
    ['keyring', 'key.keyring', 'key.keyringHelp'], ['env', 'key.env', 'key.envHelp'], ['session', 'key.session'],
  ].filter(([place]) => place === 'session' || places.includes(place)));
  const result = h('div', { class: 'key-result', role: 'status' });
  const node = h('div', { class: 'key-form' }, h('p', { class: 'help' }, t('key.where')), way.node, one, pair, cloud,
    h('label', { class: 'key-choice', for: 'key-see' }, see, t('key.show')),
    more, kept.node, result);

  // read returns what the user gave, null if something is missing.
  function read() {
    if (way.value() === 'key' && alone.test(key.value.trim())) {
      id.value = key.value.trim();
      key.value = '';
      way.choose('pair');
    }
    const given = { key: [key], pair: [id, secret], cloud: [api] }[way.value()];
    const missing = given.find((input) => !input.value.trim());
    if (missing) {
      replace(result, h('p', { class: 'key-missing' }, t(given.length > 1 ? 'key.missingPair' : 'key.missing')));
      missing.focus();
      return null;
    }
    const what = { key: { key: key.value, scope: scope.value }, pair: { id: id.value, secret: secret.value, scope: scope.value }, cloud: { key: api.value, api: true } };
    return { ...what[way.value()], keep: kept.value() };
  }

  function finished(...nodes) {
    replace(result, nodes);
    result.scrollIntoView({ block: 'nearest' });
  }

  return {
    node, read,
    focus: () => key.focus(),
    busy: () => finished(h('p', { class: 'muted' }, t('key.checking'))),
    fail: (error) => finished(problem(error)),
    result(answer) {
      announce(t(answer.ok ? 'key.accepted' : 'key.refused'));
      finished(h('strong', { class: answer.ok ? 'key-good' : 'key-bad' }, t(answer.ok ? 'key.accepted' : 'key.refused')),
        h('ul', { class: 'key-checks' }, answer.checks.filter(({ skipped }) => !skipped).sort((x, y) => x.ok - y.ok).map(checkLine)), answer.note && h('p', { class: 'note' }, answer.note));
    },
    forget: () => { for (const input of [key, id, secret, api]) input.value = ''; },
  };
}

function checkLine({ name, ok, text, hint }) {
  return h('li', { dataset: { state: ok ? 'ok' : 'failed' } }, h('span', { class: 'key-mark', role: 'img', 'aria-label': t(ok ? 'key.ok' : 'key.failed') }, ok ? '✓' : '✗'),
    h('span', { class: 'key-name' }, name), h('span', { class: 'key-text' }, text, hint && h('p', null, hint)));
}
