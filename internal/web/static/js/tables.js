import './text/tables.js';
import { get } from './api.js';
import { problem } from './dialog.js';
import { h, replace } from './dom.js';
import { bytes } from './format.js';
import { lang, t } from './i18n.js';
import { keyButton } from './keyscreen.js';
import { subscribe } from './live.js';
import { isAlive } from './run-parts.js';
import { item } from './tables-item.js';
import { takeFiles, uploader } from './tables-upload.js';

const kinds = ['xlsx', 'csv', 'jsonl', 'documents'];
const accepted = '.xlsx,.xlsm,.csv,.tsv,.tab,.jsonl,.ndjson,.json,.txt,.md,.html,.xml,.log,.pdf,.doc,.docx,.ppt,.pptx,.epub,.jpg,.jpeg,.png,.mp3,.wav';

const last = (table) => (table.run && table.run.started > table.modified ? table.run.started : table.modified);

// order puts tables with a run in progress first, then the newest.
const order = (x, y) => isAlive(y.run) - isAlive(x.run) || (last(x) < last(y) ? 1 : last(x) > last(y) ? -1 : 0) || (x.name < y.name ? -1 : 1);

// idOf returns the id of a table that is not in the list.
const idOf = (name) => btoa(String.fromCharCode(...new TextEncoder().encode(name + '.gigabatch'))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

class Page {
  constructor(nav) {
    this.nav = nav;
    this.tables = null; // not known yet
    this.more = false;
    this.kind = '';
    this.items = new Map();
    this.loading = null;
    this.gone = false;
    this.intro = h('p', { class: 'muted' }, t('tables.intro'));
    this.banner = h('div', { class: 'tables-key note', hidden: true });
    this.trouble = h('div');
    this.choose = h('input', { type: 'file', id: 'tables-file', hidden: true, multiple: true, accept: accepted, 'aria-label': t('tables.add'), on: { change: () => this.chosen() } });
    this.search = h('input', { class: 'input tables-search', type: 'search', autocomplete: 'off', spellcheck: 'false', 'aria-label': t('tables.search'), placeholder: t('tables.search'), on: { input: () => this.draw() } });
    this.filter = h('div', { class: 'tables-kinds', role: 'group', 'aria-label': t('tables.kinds') });
    this.bar = h('div', { class: 'tables-tools', hidden: true }, this.search, this.filter);
    this.list = h('ul', { class: 'tables-list panel', 'aria-label': t('tables.list'), 'aria-describedby': 'tables-keys' }, Array.from({ length: 3 }, () => h('li', { class: 'tables-item' }, h('div', { class: 'skeleton' }))));
    this.none = h('div', { class: 'empty panel', hidden: true });
    this.noMatch = h('p', { class: 'tables-none muted', role: 'status' });
    this.under = h('p', { class: 'help', hidden: true }, t('tables.more'));
    this.foot = h('p', { class: 'tables-foot help' });
    this.uploads = null;
    this.node = h('div', { class: 'stack tables' },
      h('div', { class: 'toolbar tables-head' }, h('div', null, h('h1', null, t('tables.title')), this.intro),
        this.choose, this.adder()),
      this.banner, this.trouble, this.bar, this.noMatch, this.list, this.none, this.under,
      h('p', { class: 'visually-hidden', id: 'tables-keys' }, t('tables.keys')), this.foot, h('div', { class: 'tables-over', 'aria-hidden': 'true' }, t('tables.drop')));
  }

  async begin() {
    const facts = await get('/api/hello').catch(() => ({}));
    if (this.gone) return;
    this.hello(facts);
    this.uploads = uploader(facts, (names) => this.added(names));
    this.trouble.before(this.uploads.node);
    if (facts.dir) this.intro.textContent = t('tables.introIn', { dir: facts.dir });
    replace(this.none, h('h2', null, t('tables.none')), h('p', null, t('tables.noneText')),
      h('div', { class: 'row' }, this.adder(),
        h('button', { class: 'button', type: 'button', on: { click: () => this.example() } }, t('tables.example'))),
      h('p', null, t('tables.kindsTaken', { size: bytes(facts.upload_limit ?? 1 << 30) })));
  }

  // hello shows whether there is a key of the service.
  hello({ key, sandbox }) {
    const said = JSON.stringify([key, sandbox]);
    if (this.foot.dataset.said === said) return; // the focus may be in it
    this.foot.dataset.said = said;
    const missing = key && !key.ready;
    this.banner.hidden = !missing;
    if (missing) replace(this.banner, h('div', null, h('strong', null, t('key.none')), h('p', { class: 'muted' }, t('key.noneText'))), keyButton('', 'common.enterKey'));
    const known = key?.ready && !sandbox && key.from;
    replace(this.foot, known && [t('key.from', { from: key.from }), ' · ', keyButton('small quiet', 'key.change')]);
  }

  async again() {
    const facts = await get('/api/hello').catch(() => null);
    if (facts && !this.gone) this.hello(facts);
  }

  // load reads the list. Two who want it at once get the same answer, and one who wants it later the next one.
  load() {
    this.loading ??= Promise.resolve().then(async () => {
      const wanted = get('/api/tables');
      this.loading = null;
      try {
        const { tables, more } = await wanted;
        if (this.gone) return;
        this.tables = tables ?? [];
        this.more = more;
        replace(this.trouble);
        this.draw();
      } catch (error) {
        if (!this.gone) replace(this.trouble, problem(error));
      }
    });
    return this.loading;
  }

  live(event) {
    if (event.type === 'run' && this.tables) {
      const table = this.tables.find(({ id }) => id === event.run.id);
      if (table?.run?.started !== event.run.started) return this.load(); // it has another run
      table.run = event.run;
      return this.draw();
    }
    if (event.type === 'runs' || event.type === 'online') this.load();
    if (event.type === 'online') this.again();
  }

  draw() {
    if (!this.tables) return;
    const there = kinds.filter((kind) => this.tables.some(({ format }) => format === kind));
    if (!there.includes(this.kind)) this.kind = '';
    this.drawKinds(there);
    this.bar.hidden = !this.tables.length;
    this.none.hidden = this.tables.length > 0;
    this.under.hidden = !this.more;
    const wanted = this.search.value.trim().toLocaleLowerCase(lang());
    const found = this.tables.filter(({ name, format }) => name.toLocaleLowerCase(lang()).includes(wanted) && (!this.kind || format === this.kind)).sort(order);
    this.list.hidden = !found.length;
    this.drawNone(this.tables.length > 0 && !found.length ? this.search.value.trim() : null);
    this.place(found);
  }

  drawNone(name) {
    if (this.noMatch.dataset.name === String(name)) return;
    this.noMatch.dataset.name = String(name);
    replace(this.noMatch, name !== null && t('tables.noMatch'), name && [' ', h('a', { href: '/tables/' + idOf(name) }, t('tables.openNamed', { name }))]);
  }

  drawKinds(there) {
    const shown = there.length > 1 ? ['', ...there] : [];
    const said = JSON.stringify([shown, this.kind]);
    if (this.filter.dataset.said === said) return;
    this.filter.dataset.said = said;
    const focused = document.activeElement?.dataset?.kind;
    replace(this.filter, shown.map((kind) => h('button', {
      class: 'chip', type: 'button', 'aria-pressed': String(kind === this.kind), dataset: { kind }, on: { click: () => { this.kind = kind; this.draw(); } },
    }, t(kind ? 'tables.kind.' + kind : 'tables.all'))));
    if (focused !== undefined) this.filter.querySelector(`[data-kind="${focused}"]`)?.focus();
  }

  // place moves only the items whose place has changed, since moving loses the focus.
  place(found) {
    const ids = new Set(found.map(({ id }) => id));
    for (const [id, one] of this.items) if (!ids.has(id)) { one.node.remove(); this.items.delete(id); }
    for (const node of [...this.list.children]) if (!node.dataset.id) node.remove();
    found.forEach((table, i) => {
      if (!this.items.has(table.id)) this.items.set(table.id, item(table.id));
      const { node, update } = this.items.get(table.id);
      if (this.list.children[i] !== node) this.list.insertBefore(node, this.list.children[i] ?? null);
      update(table);
    });
  }

  // keys makes the arrow keys choose a table and open its runs, and letters search.
  keys(e) {
    const typing = e.target.closest?.('input, select, textarea, dialog, .menu-list');
    const searching = e.target === this.search;
    if (e.isComposing || e.keyCode === 229 || e.ctrlKey || e.metaKey || e.altKey || document.querySelector('dialog[open]')) return;
    const links = [...this.list.querySelectorAll('.tables-link')];
    const inside = document.activeElement.closest('.tables-item');
    const at = links.findIndex((link) => inside?.contains(link));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[e.key];
    if (to !== undefined && (!typing || searching && e.key === 'ArrowDown')) {
      if (at < 0 && !searching && e.target !== document.body && !e.target.closest?.('#main')) return;
      e.preventDefault();
      if (to < 0) this.search.focus();
      else links[Math.min(to, links.length - 1)]?.focus();
    } else if (inside && !typing && (e.key === 'ArrowRight' || e.key === 'ArrowLeft')) {
      if (this.items.get(inside.dataset.id)?.turn(e.key === 'ArrowRight')) e.preventDefault();
    } else if (searching && e.key === 'Enter' && links.length === 1) {
      links[0].click();
    } else if (searching && e.key === 'Escape' && this.search.value) {
      e.preventDefault();
      this.search.value = '';
      this.draw();
    } else if (!typing && e.key.length === 1 && e.key !== ' ' && !this.bar.hidden) {
      this.search.focus(); // the letter follows
    }
  }

  adder() {
    return h('button', { class: 'button primary', type: 'button', on: { click: () => this.choose.click() } }, t('tables.add'));
  }

  chosen() {
    this.uploads?.add([...this.choose.files]);
    this.choose.value = '';
  }

  example() {
    this.uploads?.add([new File([t('tables.exampleText')], t('tables.exampleName'), { type: 'text/csv' })]);
  }

  // added opens what was added, or shows it in the list if that was more than one.
  async added(names) {
    await this.load();
    if (this.gone) return;
    const made = this.tables?.find(({ name }) => name === names[0]);
    if (names.length === 1 && made) this.nav('/tables/' + encodeURIComponent(made.id));
  }
}

function render(root, params, nav) {
  const page = new Page(nav);
  replace(root, page.node);
  page.begin();
  const stopLive = subscribe((event) => page.live(event));
  page.load();
  const stopFiles = takeFiles((files, folder) => page.uploads?.add(files, folder), (is) => page.node.classList.toggle('tables-dropping', is));
  const keys = (e) => page.keys(e);
  const again = () => {
    if (document.visibilityState !== 'visible') return;
    page.again(); // a key may have been entered in another tab, and a file put into the folder
    page.load();
  };
  document.addEventListener('keydown', keys);
  document.addEventListener('visibilitychange', again);
  addEventListener('focus', again);
  addEventListener('servicekey', again);
  return () => {
    page.gone = true;
    stopLive();
    stopFiles();
    document.removeEventListener('keydown', keys);
    document.removeEventListener('visibilitychange', again);
    removeEventListener('focus', again);
    removeEventListener('servicekey', again);
  };
}

export default { title: 'tables.title', render };
