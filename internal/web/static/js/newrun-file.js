import { h, replace } from './dom.js';
import { get, upload } from './api.js';
import { lang, t } from './i18n.js';
import { bytes, date, percent, visible } from './format.js';
import { announce, toast } from './dialog.js';
import { button, say, trouble } from './newrun-ui.js';

// chooser lets the user drop, choose or paste a table, or take one from the folder. onChosen gets its name.
export function chooser(hello, onChosen) {
  const errors = trouble();
  const zone = dropZone(hello, (files, folder) => take(files, folder));
  const list = fileList(hello, onChosen);
  let busy = false;

  // take uploads what was dropped, chosen or pasted. It returns the error, or null.
  async function take(files, folder) {
    if (busy || (!files.length && !folder)) return null;
    const file = files[0];
    const refused = refusal(file, folder, hello);
    errors.show(refused);
    if (refused) return refused;
    if (files.length > 1) toast(t('newrun.oneOnly', { name: file.name }));
    busy = true;
    zone.progress(file.name, 0);
    try {
      const made = await upload('/api/files?name=' + encodeURIComponent(file.name), file, (part) => zone.progress(file.name, part));
      tellMade(file.name, made);
      onChosen(made.name);
      return null;
    } catch (error) {
      errors.show(error);
      return error;
    } finally {
      busy = false;
      zone.idle();
    }
  }

  const node = h('div', { class: 'nr-chooser' }, zone.node, errors.node, list.node);
  return { node, take, focus: zone.focus, over: zone.over, load: list.load };
}

function refusal(file, folder, hello) {
  if (folder) return fault('newrun.isFolder', 'newrun.isFolderHint');
  if (file.size === 0) return fault('newrun.emptyFile', 'newrun.emptyFileHint', { name: file.name });
  if (!hello.upload_limit || file.size <= hello.upload_limit) return null;
  return fault('newrun.tooLarge', 'newrun.tooLargeHint',
    { name: file.name, size: bytes(file.size), limit: bytes(hello.upload_limit), dir: hello.dir });
}

const fault = (message, hint, vars) => ({ message: t(message, vars), hint: t(hint, vars) });

function tellMade(wanted, made) {
  const name = visible(made.name);
  if (made.existing) toast(t('newrun.existing', { name }));
  else if (made.name !== wanted) toast(t('newrun.renamed', { name }));
  else announce(t('newrun.uploaded', { name }));
}

function dropZone(hello, onFiles) {
  const input = h('input', {
    type: 'file', class: 'visually-hidden', id: 'nr-file', accept: '.xlsx,.xlsm,.csv,.tsv,.tab,.jsonl,.ndjson,.json', 'aria-describedby': 'nr-kinds',
    on: { change: () => { onFiles([...input.files], false); input.value = ''; } },
  });
  const title = h('span', { class: 'nr-drop-title' }, t('newrun.drop'));
  const kinds = h('p', { class: 'muted', id: 'nr-kinds' }, t('newrun.dropKinds', { size: hello.upload_limit ? bytes(hello.upload_limit) : '∞' }));
  const asking = h('div', { class: 'nr-drop-ask' },
    title, h('span', { class: 'muted' }, t('newrun.dropWays')),
    input, h('label', { for: input.id, class: 'button primary' }, t('newrun.chooseFile')), kinds);
  const inner = h('div');
  const name = h('p', { class: 'nr-drop-title', id: 'nr-uploading' });
  const bar = h('div', { class: 'progress', role: 'progressbar', 'aria-labelledby': name.id, 'aria-valuemin': '0', 'aria-valuemax': '100' }, inner);
  const share = h('p', { class: 'muted num' });
  const going = h('div', { class: 'nr-drop-going', hidden: true }, name, bar, share);
  const node = h('div', { class: 'nr-drop', on: { click: (e) => { if (!asking.hidden && !e.target.closest('label, input')) input.click(); } } }, asking, going);
  const show = (busy) => {
    asking.hidden = busy;
    going.hidden = !busy;
  };
  return {
    node,
    focus: () => input.focus(),
    idle: () => show(false),
    over(is) {
      node.classList.toggle('nr-over', is);
      say(title, t(is ? 'newrun.dropNow' : 'newrun.drop'));
    },
    progress(file, part) {
      show(true);
      say(name, t('newrun.uploading', { name: file }));
      inner.style.width = part * 100 + '%';
      bar.setAttribute('aria-valuenow', String(Math.round(part * 100)));
      say(share, percent(part));
    },
  };
}

function fileList(hello, onChosen) {
  const search = h('input', { class: 'input', type: 'search', id: 'nr-search', autocomplete: 'off', spellcheck: 'false', 'aria-label': t('newrun.search'), placeholder: t('newrun.search') });
  const box = h('div', { class: 'nr-files', 'aria-busy': 'true' }, Array.from({ length: 4 }, () => h('div', { class: 'skeleton nr-file-skeleton' })));
  const errors = trouble(() => load());
  const more = h('p', { class: 'help', hidden: true }, t('newrun.moreFiles'));
  const answered = h('p', { class: 'help', hidden: true }, h('span', { class: 'badge', 'data-state': 'completed' }, t('newrun.hasAnswers')), ' ', t('newrun.hasAnswersWhy'));
  let files = null;
  const draw = () => {
    if (!files) return;
    const wanted = search.value.trim().toLocaleLowerCase(lang());
    const found = files.filter((f) => f.name.toLocaleLowerCase(lang()).includes(wanted));
    if (found.length) return replace(box, h('ul', null, found.map((f) => fileItem(f, onChosen))));
    const open = search.value.trim() && button(t('newrun.openNamed', { name: search.value.trim() }), 'small', () => onChosen(search.value.trim()));
    return replace(box, h('div', { class: 'nr-none muted' }, t(files.length ? 'newrun.noMatch' : 'newrun.noFiles'), open));
  };
  async function load() {
    try {
      const answer = await get('/api/files');
      files = answer.files ?? [];
      more.hidden = !answer.more;
      answered.hidden = !files.some((f) => f.run);
      errors.show(null);
      box.removeAttribute('aria-busy');
      draw();
    } catch (error) {
      if (!files) replace(box);
      errors.show(error);
    }
  }
  search.addEventListener('input', draw);
  const title = hello.dir ? t('newrun.fromFolder', { dir: hello.dir }) : t('newrun.fromFolderAny');
  const node = h('div', { class: 'nr-folder' }, h('div', { class: 'nr-folder-head' }, h('h3', null, title), search), errors.node, box, answered, more);
  return { node, load };
}

function fileItem(file, onChosen) {
  const name = visible(file.name);
  const slash = name.lastIndexOf('/') + 1;
  return h('li', null, h('button', { class: 'nr-file', type: 'button', on: { click: () => onChosen(file.name) } },
    h('span', { class: 'nr-file-name' }, h('span', { class: 'muted' }, name.slice(0, slash)), name.slice(slash)),
    h('span', { class: 'nr-file-mark' }, file.run && h('span', { class: 'badge', 'data-state': 'completed' }, t('newrun.hasAnswers'))),
    h('span', { class: 'nr-file-size num muted' }, bytes(file.size)),
    h('span', { class: 'nr-file-date num muted' }, date(file.modified))));
}
