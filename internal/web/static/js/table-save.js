import './text/table.js';
import { download, post } from './api.js';
import { cures } from './cures.js';
import { confirm, open, problem, toast } from './dialog.js';
import { h } from './dom.js';
import { time, visible } from './format.js';
import { lang, t } from './i18n.js';
import { popover } from './popover.js';

const downloads = () => (lang() === 'ru' ? ['csv', 'xlsx', 'jsonl'] : ['xlsx', 'csv', 'jsonl']);

// saveMenu hands the table over: into the workbook, as a file, as a report, or as a job file for the command line.
export function saveMenu(store) {
  const button = h('button', { class: 'button small', type: 'button', 'aria-haspopup': 'dialog', 'aria-expanded': 'false', disabled: true, on: { click: () => show() } }, t('table.save'), h('span', { 'aria-hidden': 'true' }, ' ▾'));
  const report = h('a', { class: 'button small', href: '/tables/' + encodeURIComponent(store.id) + '/report' }, t('table.report'));
  const node = h('div', { class: 'tb-save row' }, report, button);
  const item = (name, text, help, fn) => h('button', { class: 'tb-item', type: 'button', dataset: { name }, on: { click: () => { close(); fn(); } } }, h('span', null, text), help && h('span', { class: 'help' }, help));
  let close = () => {};

  function show() {
    const answered = Boolean(store.table?.run);
    const table = store.table?.kind !== 'documents';
    const book = store.look?.format === 'xlsx';
    close = popover(button, t('table.save'), h('div', { class: 'tb-items' },
      answered && table && store.run?.sandbox && h('p', { class: 'help tb-item' }, t('table.saveNotHere')),
      answered && table && !store.run?.sandbox && item('in_place', t(book ? 'table.saveBook' : 'table.saveSame'), t('table.saveSameHelp', { name: visible(store.table.name) }), () => save('in_place')),
      answered && item('new', t('table.saveNew'), t('table.saveNewHelp'), () => save('new')),
      answered && downloads().map((format) => item(format, t('table.as.' + format), format === 'csv' ? t('table.csvHelp') : '', () => download(`/api/runs/${encodeURIComponent(store.id)}/output?format=${format === 'csv' && lang() === 'ru' ? 'excel-ru' : format}`).catch(failed))),
      !answered && h('p', { class: 'help' }, t('table.nothingToSave')),
      item('job', t('table.saveJob'), t('table.saveJobHelp'), () => saveJob())));
  }

  const failed = (error) => toast([error.message, error.hint].filter(Boolean).join(' — '), 'bad');

  // other says that what is written is not what the grid shows: a trial is not written.
  function other() {
    const whole = store.versions().find((v) => !v.trial);
    return whole && store.versionNow() !== whole ? [t('table.saveOther', { time: time(whole.at) })] : [];
  }

  // save says what it will do before it does it.
  async function save(how, where = {}) {
    try {
      const plan = await post(store.path + '/save', { how, dry: true, ...where });
      const text = h('div', { class: 'stack' }, h('ul', { class: 'tb-says' }, [...plan.says, ...other()].map((one) => h('li', null, one))));
      const buttons = [{ text: t('common.cancel'), value: false }, { text: t('common.save'), value: true, kind: 'primary' }];
      const asked = open(t(how === 'new' ? 'table.saveNew' : store.look?.format === 'xlsx' ? 'table.saveBook' : 'table.saveSame'), text, buttons);
      asked.dialog.querySelector('button[type=submit]').focus();
      if ((await asked) !== true) return;
      const done = await post(store.path + '/save', { how, dry: false, ...where });
      toast(done.note || t('table.saved', { name: visible(done.output) }), done.note ? 'warn' : 'ok');
      store.load();
    } catch (error) {
      const avoid = cures(error.code, (to) => { shown.close(null); save(how, { ...where, ...to }); });
      if (!avoid.length) return void failed(error);
      const shown = open(t('table.save'), h('div', { class: 'stack' }, problem(error), h('div', { class: 'row' }, avoid)));
    }
  }

  async function saveJob(replacing = false) {
    try {
      const { name } = await post(store.path + '/job', { spec: store.spec(store.rows()?.count > 0 ? store.rows() : undefined).spec, replace: replacing });
      toast(t('table.savedJob', { name: visible(name) }), 'ok');
      store.load();
    } catch (error) {
      if (error.code !== 'job_exists') return void failed(error);
      if (await confirm({ title: t('table.jobExists'), text: error.message, ok: t('table.jobReplace'), danger: true })) saveJob(true);
    }
  }

  return {
    node,
    update(what) {
      button.disabled = !store.table || !(store.look || store.lookError);
      if (what === 'table') report.hidden = !store.table?.run;
    },
    job: saveJob,
  };
}
