import './text/table.js';
import { post } from './api.js';
import { h, replace } from './dom.js';
import { num, time } from './format.js';
import { n, t } from './i18n.js';

const most = 10;

// versionList lists the prompts that the column had, whose answers are kept: to go back to one, or to see it beside the present one.
export function versionList(store) {
  const list = h('ul', { class: 'tb-vers' });
  const result = h('div', { class: 'tb-compare', role: 'status' });
  const node = h('div', { class: 'field', hidden: true }, h('span', { class: 'tb-label' }, t('table.versions')), list, result);
  let told = '';
  let turn = 0;

  // of returns the column in a version: the one of the same name or, since the user may have given it another one, the one in its place.
  const of = (version) => {
    const named = version.columns.find((c) => c.completion_column === store.column().name);
    const placed = version.columns[store.draft.active];
    return named ?? (placed && !store.draft.columns.some((c) => c.name === placed.completion_column) ? placed : null);
  };

  function draw() {
    const versions = store.versions().filter((v) => of(v));
    node.hidden = versions.length < 2;
    const current = store.versionNow();
    const now = JSON.stringify([versions.map((v) => v.id), current?.id, store.was, store.column().name]);
    if (now === told) return;
    told = now;
    replace(list, versions.slice(0, most).map((v) => item(v, v.id === current?.id)));
    compare(current);
  }

  function item(version, current) {
    const column = of(version);
    const beside = version.id === store.was;
    return h('li', { 'aria-current': current ? 'true' : null },
      h('button', { class: 'tb-ver', type: 'button', title: t('table.backTo', { time: time(version.at) }) + (column.prompt ? '\n' + column.prompt : ''), on: { click: () => { store.back(version); document.getElementById('tb-prompt').focus(); } } },
        h('span', null, current ? h('b', null, t('table.now')) : time(version.at)), h('span', { class: 'muted tb-ver-text' }, column.prompt ?? t('table.noPrompt'))),
      h('span', { class: 'muted num' }, version.answers > 0 ? n('table.nAnswers', version.answers) : version.trial ? t('table.trial') : ''),
      !current && h('button', { class: 'button small quiet', type: 'button', 'aria-pressed': String(beside), on: { click: () => store.compare(beside ? '' : version.id) } }, t(beside ? 'table.compareEnd' : 'table.compare')));
  }

  // compare says what is different in the version that is shown beside the present one, by value.
  async function compare(current) {
    const mine = ++turn;
    replace(result);
    if (!store.was || !current) return;
    try {
      const all = await post(store.path + '/compare', { version: current.id, was: store.was, column: of(current)?.completion_column ?? store.column().name });
      if (mine !== turn) return;
      const moved = (all.values ?? []).filter((v) => v.from !== v.to);
      replace(result, h('p', null, t('table.changedOf', { changed: num(all.changed), both: num(all.both) }),
        all.changed > 0 && h('button', { class: 'button small quiet', type: 'button', on: { click: () => store.filter(store.columnId?.() ?? '', { op: 'changed', values: [] }) } }, t('table.showChanged'))),
        moved.length > 0 && h('ul', null, moved.slice(0, 8).map((v) => h('li', null, h('del', null, v.from || '–'), ' → ', h('b', null, v.to || '–'), h('span', { class: 'num muted' }, ' ' + num(v.n))))));
    } catch (error) {
      if (mine === turn) replace(result, h('p', { class: 'help' }, error.message));
    }
  }

  return {
    node,
    update(what) {
      if (what === 'rows' || what === 'table' || what === 'trying') told = '';
      draw();
    },
  };
}
