import './text/table.js';
import { post } from './api.js';
import { h, replace } from './dom.js';
import { num, time } from './format.js';
import { n, t } from './i18n.js';
import { button, say } from './answer-ui.js';
import { idWith, placeIn, versionsOf } from './table-store.js';

const [most, longest] = [10, 80]; // versions, and characters of a value

// versionPart says which version of the column the grid shows, and lists the prompts that it had, whose answers are kept: to go back to one, or
// to see it beside the present one.
export function versionPart(store) {
  const place = h('span', { class: 'num', role: 'status' });
  const beside = button('', 'small quiet', () => compareWith(other));
  const open = h('button', { class: 'button small quiet', type: 'button', 'aria-expanded': 'false', 'aria-controls': 'tb-vers', on: { click: () => unfold(list.hidden) } }, t('table.versionsAll'));
  const list = h('ul', { class: 'tb-vers', id: 'tb-vers', 'aria-label': t('table.versions'), hidden: true });
  const result = h('div', { class: 'tb-compare', role: 'status' });
  const node = h('div', { class: 'field tb-version', hidden: true }, h('div', { class: 'row' }, place, beside, open), list, result);
  let told = '';
  let turn = 0;
  let other = null; // the version that is compared with first

  const shownIn = (version) => version?.asked[placeIn(store, version, store.column().name)]?.id;
  const compareWith = (one) => store.compare(store.was === idWith(store, one) ? '' : idWith(store, one));

  function unfold(on) {
    list.hidden = !on;
    open.setAttribute('aria-expanded', String(on));
  }

  function draw() {
    const versions = versionsOf(store, store.column().name);
    node.hidden = versions.length < 2;
    const now = store.versionNow();
    const current = shownIn(now);
    const states = [versions.map((v) => [v.id, v.answers, v.edited, v.trial]), current, now?.id, store.was, store.column().name, statesOf(now)];
    if (told === JSON.stringify(states)) return;
    told = JSON.stringify(states);
    if (node.hidden) return;
    const at = versions.findIndex((v) => v.ids.includes(current));
    other = versions[at === 0 ? 1 : 0];
    say(place, at < 0 ? t('table.versionsN', { n: num(versions.length) }) : t('table.versionAt', { at: num(versions[at].number), n: num(versions.length) }));
    place.dataset.old = String(at > 0);
    place.title = at < 0 ? '' : time(versions[at].at);
    say(beside, t(store.was ? 'table.compareEnd' : 'table.compare'));
    beside.title = t('table.compareWith', { at: num(other.number) });
    beside.setAttribute('aria-pressed', String(Boolean(store.was)));
    replace(list, versions.slice(0, most).map((v) => item(v, v.ids.includes(current))));
    compare(now);
  }

  // statesOf returns the counts by state of the column in what is shown, once they are whole.
  const statesOf = (now) => store.countsOf === now?.id && store.counts?.complete && store.counts.columns[placeIn(store, now, store.column().name)]?.states;

  function item(one, current) {
    const is = store.was === idWith(store, one);
    const counted = (current && statesOf(store.versionNow())) || {};
    const answers = counted.completed || one.answers;
    const edited = counted.edited ?? one.edited;
    const said = [answers > 0 ? n('table.nAnswers', answers) : one.trial && t('table.trial'), edited > 0 && n('table.nCorrected', edited)];
    const title = t('table.backTo', { time: time(one.at) }) + (one.column.prompt ? '\n' + one.column.prompt : '');
    const back = () => { store.back(one); document.getElementById('tb-prompt').focus(); };
    return h('li', { 'aria-current': current ? 'true' : null },
      h('button', { class: 'tb-ver', type: 'button', title, on: { click: back } },
        h('span', { class: 'num' }, `${num(one.number)}.`), h('span', null, current ? h('b', null, t('table.now')) : time(one.at)), h('span', { class: 'muted tb-ver-text' }, one.column.prompt ?? t('table.noPrompt'))),
      h('span', { class: 'muted num' }, said.filter(Boolean).join(', ')),
      !current && h('button', { class: 'button small', type: 'button', title, on: { click: back } }, t('table.goBack')),
      !current && h('button', { class: 'button small quiet', type: 'button', 'aria-pressed': String(is), on: { click: () => compareWith(one) } }, t(is ? 'table.compareEnd' : 'table.compare')));
  }

  // compare says what is different in the version that is shown beside the present one, by value.
  async function compare(current) {
    const mine = ++turn;
    replace(result);
    if (!store.was || !current) return;
    try {
      const column = current.columns[placeIn(store, current, store.column().name)]?.completion_column ?? store.column().name;
      const all = await post(store.path + '/compare', { version: current.id, was: store.was, column });
      if (mine !== turn) return;
      const moved = (all.values ?? []).filter((v) => v.from !== v.to && Math.max(v.from.length, v.to.length) <= longest);
      replace(result, h('p', null, t('table.changedOf', { changed: num(all.changed), both: num(all.both) }),
        all.changed > 0 && h('button', { class: 'button small quiet', type: 'button', on: { click: () => store.filter(store.columnId?.() ?? '', { op: 'changed', values: [] }) } }, t('table.showChanged'))),
        moved.length > 0 && h('ul', null, moved.slice(0, 8).map((v) => h('li', null, h('del', null, v.from || '–'), ' → ', h('b', null, v.to || '–'), h('span', { class: 'num muted' }, ' ' + num(v.n))))));
    } catch (error) {
      if (mine === turn) replace(result, h('p', { class: 'help' }, error.message));
    }
  }

  return {
    node,
    // show unfolds the list and goes to it.
    show() {
      unfold(true);
      list.querySelector('button')?.focus();
    },
    update(what) {
      if (what === 'rows' || what === 'table' || what === 'trying') told = '';
      draw();
    },
  };
}
