import './text/table.js';
import { download, post } from './api.js';
import { cures } from './cures.js';
import { confirm, open, problem, toast } from './dialog.js';
import { h } from './dom.js';
import { visible } from './format.js';
import { lang, n, t } from './i18n.js';
import { popover } from './popover.js';
import { quoted } from './table-plan.js';

const downloads = () => (lang() === 'ru' ? ['csv', 'xlsx', 'jsonl'] : ['xlsx', 'csv', 'jsonl']);

// agreesToLose asks before versions of columns are written over others that have answers corrected by hand.
export async function agreesToLose(store, asked, output) {
  await store.load(); // a terminal may just have written it
  const lost = store.loses(asked, output);
  return !lost || confirm({ title: t('table.losesTitle'), text: n('table.loses', lost, { name: visible(output || t('runs.outputFiles')) }), ok: t('table.losesOk'), danger: true });
}

// late says of how many rows that are handed over the answers are out of date, '' if of none.
const late = (rows) => (rows > 0 ? n('table.saveLate', rows) : '');

// saveMenu hands over what the grid shows, edits by hand included: into the workbook, as a file, as a report, or as a job file for the command
// line.
export function saveMenu(store) {
  const button = h('button', {
    class: 'button small', type: 'button', 'aria-haspopup': 'dialog', 'aria-expanded': 'false', disabled: true, on: { click: () => show() },
  }, t('table.save'), h('span', { 'aria-hidden': 'true' }, ' ▾'));
  const report = h('a', { class: 'button small', href: '/tables/' + encodeURIComponent(store.id) + '/report' }, t('table.report'));
  const node = h('div', { class: 'tb-save row' }, report, button);
  const item = (name, text, help, fn) => h('button', {
    class: 'tb-item', type: 'button', dataset: { name }, on: { click: () => { close(); fn(); } },
  }, h('span', null, text), help && h('span', { class: 'help' }, help));
  const behind = h('p', { class: 'help tb-item tb-late', role: 'status' });
  let close = () => {};

  // remark says in the menu what is so of each of its ways, also when that changes while it is open.
  function remark() {
    behind.textContent = late(store.outdated());
    behind.hidden = !behind.textContent;
  }

  function show() {
    remark();
    const answered = Boolean(store.table?.run);
    const table = store.table?.kind !== 'documents';
    const book = store.look?.format === 'xlsx';
    const sandbox = store.run?.sandbox;
    close = popover(button, t('table.save'), h('div', { class: 'tb-items' },
      answered && [note(), behind],
      answered && table && sandbox && h('p', { class: 'help tb-item' }, t('table.saveNotHere')),
      answered && table && !sandbox
        && item('in_place', t(book ? 'table.saveBook' : 'table.saveSame'), t('table.saveSameHelp', { name: visible(store.table.name) }),
          () => save('in_place')),
      answered && item('new', t('table.saveNew'), t('table.saveNewHelp'), () => save('new')),
      answered && downloads().map((format) =>
        item(format, t('table.as.' + format), format === 'csv' ? t('table.csvHelp') : '', () => fetchAs(format))),
      !answered && h('p', { class: 'help' }, t('table.nothingToSave')),
      item('job', t('table.saveJob'), t('table.saveJobHelp'), () => saveJob())));
  }

  const failed = (error) => toast([error.message, error.hint].filter(Boolean).join(' — '), 'bad');
  const version = () => store.versionNow()?.id ?? '';

  function fetchAs(format) {
    const kind = format === 'csv' && lang() === 'ru' ? 'excel-ru' : format;
    download(`/api/runs/${encodeURIComponent(store.id)}/output?format=${kind}&version=${version()}`).catch(failed);
  }

  // other says that what is written are not the answers of the last run.
  function other() {
    const now = store.versionNow();
    return now && now !== store.versions()[0] ? t('table.saveOther') : '';
  }

  const note = () => other() && h('p', { class: 'help tb-item' }, other());

  // said is the command that writes the same file, '' if there is none.
  function said(how, output) {
    const named = (name) => (/^[\w./-]+$/.test(name) ? name : quoted(name));
    const { run } = store.versionNow() ?? {};
    if (how !== 'new' || store.table.kind === 'documents' || !run) return '';
    return `gigabatch output ${named(store.table.name)} --run ${run} -o ${named(output)}`;
  }

  // save says what it will do before it does it.
  async function save(how, where = {}) {
    const of = version();
    try {
      const [plan] = await Promise.all([post(store.path + '/save', { how, version: of, dry: true, ...where }), store.load()]);
      const command = said(how, plan.output);
      const lost = store.loses(store.versionNow()?.asked ?? [], plan.output);
      const text = h('div', { class: 'stack' },
        lost > 0 && h('p', { class: 'tb-warn' }, n('table.loses', lost, { name: visible(plan.output) })),
        h('ul', { class: 'tb-says' }, [...plan.says, late(plan.outdated), other()].filter(Boolean).map((one) => h('li', null, one))),
        command && h('p', { class: 'help' }, t('table.saveSaid'), ' ', h('code', { class: 'tb-said' }, command)));
      const buttons = [{ text: t('common.cancel'), value: false }, { text: t('table.writeFile'), value: true, kind: 'primary' }];
      const asked = open(t('table.writeFile'), text, buttons);
      asked.dialog.querySelector('button[type=submit]').focus();
      if ((await asked) !== true) return;
      const done = await post(store.path + '/save', { how, version: of, dry: false, ...where });
      toast(done.note || t('table.saved', { name: visible(done.output) }), done.note ? 'warn' : 'ok');
      store.load();
    } catch (error) {
      const avoid = cures(error.code, (to) => {
        shown.close(null);
        if (to.new_output && store.goOnInto?.(to)) return; // the run writes there from then on
        save(how, { ...where, ...to });
      });
      if (!avoid.length) return void failed(error);
      const shown = open(t('table.save'), h('div', { class: 'stack' }, problem(error), h('div', { class: 'row' }, avoid)));
    }
  }

  async function saveJob(replacing = false) {
    try {
      const rows = store.rows()?.count > 0 ? store.rows() : undefined;
      const { name } = await post(store.path + '/job', { spec: store.spec(rows).spec, replace: replacing });
      toast(t('table.savedJob', { name: visible(name) }), 'ok');
      store.load();
    } catch (error) {
      if (error.code !== 'job_exists') return void failed(error);
      if (await confirm({ title: t('table.jobExists'), text: error.message, ok: t('table.jobReplace'), danger: true })) saveJob(true);
    }
  }

  // write is the one command that writes what the grid shows into the file of the answers.
  store.write = () => save(store.draft.in_place && !store.run?.sandbox ? 'in_place' : 'new');

  return {
    node,
    update(what) {
      button.disabled = !store.table || !(store.look || store.lookError);
      if (what === 'counts' || what === 'run') remark();
      if (what === 'table') report.hidden = !store.table?.run;
    },
    job: saveJob,
  };
}
