import './text/tables.js';
import { upload } from './api.js';
import { announce, problem, prompt, toast } from './dialog.js';
import { h, replace } from './dom.js';
import { bytes, percent, visible } from './format.js';
import { n, t } from './i18n.js';

const tableNames = /\.(xlsx|xlsm|csv|tsv|tab|jsonl|ndjson|json|xls|xlsb|ods|numbers)$/i; // the server says what to do about the last ones
const ownNames = /(^|\/)(\.|~\$|Thumbs\.db$|desktop\.ini$)|\.gigabatch(\.\w+)*$/i;

const fault = (message, hint, vars) => ({ message: t(message, vars), hint: t(hint, vars) });

// uploader adds files to the folder, one after the other, and shows how far each has got. onAdded gets the names of the tables that were
// added, or the folder of the documents.
export function uploader(hello, onAdded) {
  const list = h('ul', { class: 'tables-uploads', 'aria-label': t('tables.uploads'), hidden: true });
  let last = Promise.resolve();

  function show(node) {
    list.append(node);
    list.hidden = false;
  }

  function dismiss(node) {
    node.remove();
    list.hidden = !list.childElementCount;
  }

  function refuse(error) {
    const node = h('li', null, problem(error), h('button', { class: 'button small', type: 'button', on: { click: () => dismiss(node) } }, t('tables.dismiss')));
    show(node);
  }

  // add uploads files. folder is that of a directory that was dropped, '' for files.
  async function add(files, folder = '') {
    const { limit, dir } = { limit: hello.upload_limit, dir: hello.dir };
    const taken = files.filter((file) => !ownNames.test(file.name));
    const good = taken.filter((file) => {
      if (file.size === 0) refuse(fault('tables.empty', 'tables.emptyHint', { name: visible(file.name) }));
      else if (limit && file.size > limit) refuse(fault('tables.tooLarge', 'tables.tooLargeHint', { name: visible(file.name), size: bytes(file.size), limit: bytes(limit), dir }));
      else return true;
      return false;
    });
    const tables = good.filter((file) => tableNames.test(file.name));
    const documents = good.filter((file) => !tableNames.test(file.name));
    const jobs = tables.map((file) => one(file, ''));
    if (documents.length) {
      const into = await prompt({ title: t('tables.folderTitle'), text: n('tables.folderText', documents.length), label: t('tables.folderLabel'), value: folder || t('tables.folderName'), ok: t('tables.folderAdd') });
      if (into) jobs.push(...documents.map((file) => one(file, into)));
    }
    const made = (await Promise.all(jobs)).filter(Boolean);
    if (made.length) onAdded([...new Set(made)]);
  }

  // one uploads a file when its turn comes. It returns the name of the table, or of the folder of the document; null if it was not added.
  function one(file, folder) {
    const stop = new AbortController();
    const inner = h('span');
    const name = visible(file.name);
    const share = h('span', { class: 'muted num' }, t('tables.waiting'));
    const bar = h('div', { class: 'progress', role: 'progressbar', 'aria-label': name, 'aria-valuemin': 0, 'aria-valuemax': 100 }, inner);
    const node = h('li', null, h('span', { class: 'tables-upload-name' }, folder ? t('tables.folderOf', { folder, name }) : name), bar, share,
      h('button', { class: 'button small', type: 'button', 'aria-label': t('tables.stopNamed', { name }), on: { click: () => stop.abort() } }, t('tables.stop')));
    inner.style.width = 0;
    const progress = (part) => {
      inner.style.width = part * 100 + '%';
      bar.setAttribute('aria-valuenow', Math.round(part * 100));
      share.textContent = percent(part);
    };
    const path = '/api/files?name=' + encodeURIComponent(file.name) + (folder && '&folder=' + encodeURIComponent(folder));
    const send = async () => {
      try {
        stop.signal.throwIfAborted();
        progress(0);
        const made = await upload(path, file, progress, stop.signal);
        if (!folder) tellMade(file.name, made);
        return folder || made.name;
      } catch (error) {
        if (error.name !== 'AbortError') refuse(error);
        return null;
      } finally {
        dismiss(node);
      }
    };
    show(node);
    stop.signal.addEventListener('abort', () => dismiss(node));
    const mine = last.then(send);
    last = mine;
    return mine;
  }

  return { node: list, add, clear: () => replace(list) };
}

function tellMade(wanted, made) {
  const name = visible(made.name);
  if (made.existing) toast(t('tables.existing', { name }));
  else if (made.name !== wanted) toast(t('tables.renamed', { name }));
  else announce(t('tables.added', { name }));
}

// takeFiles passes on files that are dropped or pasted anywhere on the page, and those of each directory with its name. onOver says whether
// files are held over the page.
export function takeFiles(onFiles, onOver) {
  const holds = (e) => e.dataTransfer?.types.includes('Files');
  const over = (e) => {
    if (!holds(e)) return;
    e.preventDefault();
    onOver(true);
  };
  const out = (e) => {
    if (!e.relatedTarget) onOver(false);
  };
  const drop = async (e) => {
    if (!holds(e)) return;
    e.preventDefault();
    onOver(false);
    const directories = [...e.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry?.isDirectory);
    const files = [...e.dataTransfer.files].filter((file) => !directories.some((entry) => entry.name === file.name));
    if (files.length) await onFiles(files, '');
    for (const entry of directories) await onFiles(await filesOf(entry), entry.name);
  };
  const paste = (e) => {
    // Spreadsheets copy cells as text and as a picture: the picture is not a file.
    const list = [...(e.clipboardData?.files ?? [])].filter((f) => !f.type.startsWith('image/'));
    if (!list.length || e.defaultPrevented) return;
    e.preventDefault();
    onFiles(list, '');
  };
  const all = [['dragover', over], ['dragleave', out], ['drop', drop], ['paste', paste]];
  for (const [name, fn] of all) document.addEventListener(name, fn);
  return () => all.forEach(([name, fn]) => document.removeEventListener(name, fn));
}

// filesOf returns the files of a directory and of those in it.
async function filesOf(directory) {
  const reader = directory.createReader();
  const all = [];
  for (;;) {
    const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // some at a time
    if (!entries.length) return all;
    for (const entry of entries) {
      if (entry.isDirectory) all.push(...(await filesOf(entry)));
      else all.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
    }
  }
}
