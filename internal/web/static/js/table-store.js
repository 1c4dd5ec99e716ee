import { get, post } from './api.js';
import { lang, t } from './i18n.js';
import { latest } from './latest.js';
import { run as known, subscribe } from './live.js';
import { placeholder } from './names.js';
import { isAlive } from './run-parts.js';
import { columnSpec, draftColumn, draftOf, dropDraft, emptyDraft, loadDraft, newColumn, promptOf, saveDraft, specOf } from './table-draft.js';

export const tryRows = 5;
export const mostTried = 100;
const often = 500; // between two updates of the rows
const seldom = 1500; // between two updates of the counts
const pause = 1000; // after the last change of what is asked: until then, the user is taken to be typing

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const clean = (options) => Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value));
export const emptyQuery = () => ({ text: '', filters: [], sort: [] });
const allRows = { where: [], rows: '', count: Infinity };

// asksLike reports whether a column of a version asks what a spec does. What the spec leaves out is the default of the server.
function asksLike(column, spec, standard) {
  const of = columnSpec(draftColumn(column), standard).spec;
  for (const name of column.model_forced ? ['model_forced', 'repairs'] : ['model', 'model_forced', 'repairs']) if (!(name in spec)) delete of[name];
  const sorted = (_, v) => (v && typeof v === 'object' && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1))) : v);
  return JSON.stringify(of, sorted) === JSON.stringify(spec, sorted);
}

const alike = (a, b) => !a || !b || (same(clean(a.options), clean(b.options)) && a.sandbox === b.sandbox);

// together returns the version that shows columns of several versions, null if there is none.
function together(versions, id) {
  const parts = id.split('.').map((one) => {
    const version = versions.find((v) => v.asked.some((a) => a.id === one));
    return version && { version, at: version.asked.findIndex((a) => a.id === one) };
  });
  if (!parts[0] || parts.some((p) => !p || !alike(p.version, parts[0].version))) return null;
  return {
    id, run: 0, sandbox: parts[0].version.sandbox, at: parts.map((p) => p.version.at).sort().at(-1), options: parts[0].version.options,
    columns: parts.map((p) => p.version.columns[p.at]), asked: parts.map((p) => p.version.asked[p.at]),
  };
}

// placeIn returns the place of a column in a version: that of the same name or, since the user may have given it another one, the same place.
// It is -1 if there is none.
export function placeIn({ draft }, version, name) {
  const named = version?.columns.findIndex((c) => c.completion_column === name) ?? -1;
  if (named >= 0) return named;
  const at = draft.columns.findIndex((c) => c.name === name);
  const placed = version?.columns[at];
  return placed && !draft.columns.some((c) => c.name === placed.completion_column) ? at : -1;
}

// versionsOf returns the versions of a column, the newest first: what it asked, with the answers to that, whichever run asked it. They are numbered in
// the order in which they were first asked. ids are all that a version has: the column that holds the prompts may be named or not, and the model be
// chosen or the default.
export function versionsOf(store, name) {
  const all = [];
  const told = ({ model_forced: forced, ...c }) => ({ ...{ prompt: '' }, ...c, completion_column: '', prompt: c.prompt || store.standard(), forced: forced && store.look?.columns.some((one) => one.name === 'model') });
  for (const version of store.versions()) {
    const at = placeIn(store, version, name);
    if (at < 0) continue;
    const column = version.columns[at];
    const { id, first, answers, edited } = version.asked[at];
    const known = all.find((one) => one.ids.includes(id) || (alike(one.version, version) && same(told(one.column), told(column))));
    if (!known) all.push({ id, ids: [id], first, answers, edited, name, at: version.at, trial: version.trial, column, version });
    else Object.assign(known, { ids: [...known.ids, id], first: Math.min(known.first, first), answers: Math.max(known.answers, answers), edited: known.edited + (known.ids.includes(id) ? 0 : edited), trial: known.trial && version.trial });
  }
  all.sort((a, b) => b.first - a.first);
  return all.map((one, i) => ({ ...one, number: all.length - i }));
}

// withIn returns what is shown with a version of a column in the place of the present one.
function withIn(store, now, one) {
  const at = placeIn(store, now, one.name);
  return at < 0 ? [...now.asked, one] : now.asked.map((a, i) => (i === at ? one : a));
}

// idWith identifies what is compared with a version of a column.
export const idWith = (store, one) => (alike(one.version, store.versionNow()) ? withIn(store, store.versionNow(), one).map((a) => a.id).join('.') : one.version.id);

// Store is the state of one table on the page: what the server says, what the user has entered, and what is shown. Every view reads it and is
// called after each change with the name of what has changed.
export class Store {
  constructor(id) {
    Object.assign(this, {
      id, path: '/api/tables/' + encodeURIComponent(id), run: known(id) ?? null, table: null, detail: null, look: null, counts: null, whole: null, draft: emptyDraft(),
      version: '', was: '', before: '', query: emptyQuery(), shown: { total: 0, complete: false, known: 0 }, selection: { positions: [], count: 0, active: null },
      scoped: null, plan: null, prompt: null, error: null, lookError: null, planError: null, promptError: null, tryError: null, startError: null,
      looking: false, follows: false, planning: false, starting: false, trying: null, tried: null, offline: false, panel: 'column', row: null, visit: null, closed: false, lang: lang(),
      watchers: new Set(), hides: false, rowsAt: 0, countsAt: 0, timer: 0, generation: 0, changedAt: 0, rests: 0, choosing: false,
    });
    this.looks = latest((body, signal) => post(this.path + '/look', body, signal), (look, error) => this.looked(look, error));
    this.plans = latest((body, signal) => post('/api/plan', body, signal), (plan, error) => this.planned(plan, error));
    this.prompts = latest((body, signal) => post(this.path + '/prompt', body, signal), (prompt, error) => this.rendered(prompt, error));
    this.tallies = latest((body, signal) => post(this.path + '/counts', body, signal), (counts, error) => this.counted(counts, error));
    this.scopes = latest((body, signal) => post(this.path + '/selection', body, signal), (rows, error) => this.chosen(rows, error));
  }

  watch(fn) {
    this.watchers.add(fn);
    return () => this.watchers.delete(fn);
  }

  tell(what) {
    if (this.closed) return;
    for (const fn of [...this.watchers]) fn(what);
  }

  // open loads the table and follows its run.
  async open() {
    this.stop = subscribe((e) => this.event(e));
    await this.load();
    if (!this.table || this.closed) return;
    this.begin();
    this.lookAgain();
    this.tell('draft');
  }

  // begin takes up what the user has entered, else what the table was asked, in the version that was chosen for it.
  begin() {
    const kept = loadDraft(this.id, this.table.folder);
    const { spec, shown } = this.table;
    this.draft = kept ?? (spec ? draftOf(spec) : emptyDraft());
    this.draft.scope = 'all';
    this.generation++;
    if (kept && this.follow()) return;
    if (!kept && shown) this.keepBack({ id: shown });
    this.showDrafted();
  }

  // follow goes to the version that was chosen for the table in another tab, and reports whether there was one. What the user has written and never asked stays in the panel.
  follow() {
    const { shown } = this.table;
    if (this.visit || this.busy() || (this.draft.shown ?? '') === shown) return false;
    const version = shown ? this.versionOf(shown) : this.versions().find((v) => !v.trial) ?? this.versions()[0];
    this.draft.shown = shown;
    if (!version) return false;
    const drafted = this.drafted();
    if (drafted.every(Boolean) && !same(drafted.map((a) => a.id), version.asked.map((a) => a.id))) this.backTo(version);
    else this.shows(version.asked);
    this.save();
    return true;
  }

  // save keeps the draft in this tab. A run that the user only looks at is no draft.
  save() {
    if (!this.visit) saveDraft(this.id, this.table?.folder, this.draft);
  }

  // keep makes what is shown the version of the table, in every tab.
  async keep() {
    try {
      const { shown } = await post(this.path + '/shown', { version: this.versionNow()?.id ?? '' });
      this.table.shown = this.draft.shown = shown;
      this.save();
    } catch (error) {
      this.tryError = error;
      this.tell('plan');
    }
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    clearTimeout(this.rests);
    this.stop?.();
    for (const one of [this.looks, this.plans, this.prompts, this.tallies, this.scopes]) one.drop();
  }

  async load() {
    try {
      this.table = await get(this.path);
      this.error = null;
      this.detail = this.table.run ?? null;
      if (this.detail && (!this.run || !isAlive(this.run))) this.run = this.detail;
      if (this.busy() && !this.before) this.before = this.earlier(this.versions()[1]);
      if (this.look) this.follow();
    } catch (error) {
      this.error = error;
    }
    this.tell('table');
  }

  // reading is the part of a request that says which rows are meant, and how they are read.
  reading(more = {}) {
    const of = this.versionNow();
    const options = same(clean(this.draft.options), clean(of?.options)) ? null : this.draft.options;
    return { options, version: this.version, was: this.was || this.before, query: this.query, ...more };
  }

  versions() {
    return this.table?.versions ?? [];
  }

  // earlier returns the ID of a version whose answers stay in sight while a run asks another one, until it has brought its own: '' if they are
  // about another reading.
  earlier(version) {
    return version && same(clean(version.options), clean(this.draft.options)) ? version.id : '';
  }

  // versionNow returns the version that is shown, or null if the table was never asked.
  versionNow() {
    return this.version === '' ? this.versions()[0] ?? null : this.versionOf(this.version);
  }

  versionOf(id) {
    return this.versions().find((v) => v.id === id) ?? together(this.versions(), id);
  }

  event(e) {
    if (this.closed) return;
    if (e.type === 'run' && e.run.id === this.id) this.hear({ ...e.run });
    else if (e.type === 'runs') this.hear(e.runs.find((r) => r.id === this.id) ?? null);
    else if (e.type === 'online' || e.type === 'offline') {
      const back = this.offline && e.type === 'online';
      this.offline = e.type === 'offline';
      this.tell('connection');
      if (back) this.refresh();
    }
  }

  hear(run) {
    const was = this.run;
    if (!run && !was) return;
    this.run = run;
    this.tell('run');
    if (was?.version !== run?.version || was?.state !== run?.state) this.later();
    const begins = run && isAlive(run) && !(was && isAlive(was));
    if (begins && !this.starting) this.before ||= this.earlier(this.versionNow());
    if (begins && this.version && !this.visit && run.state !== 'writing') { // what is asked now is what is shown; saving asks nothing
      this.version = '';
      this.lookAgain();
    }
    if (was && isAlive(was) && !(run && isAlive(run))) this.ended();
    else if (!was && run) this.load();
    else if (!this.busy()) {
      if (was?.version !== run?.version) this.load(); // another process may have written the file
      if (was?.unwritten !== run?.unwritten) this.planAgain(often); // somebody has edited an answer, which others may use
    }
  }

  // later updates the rows at intervals while answers come.
  later() {
    if (this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.rowsAt = Date.now();
      this.tell('rows');
      if (Date.now() - this.countsAt > seldom || !isAlive(this.run ?? { state: '' })) this.count();
      else this.later();
    }, Math.max(0, often - (Date.now() - this.rowsAt)));
  }

  // ended loads what the end of a run changes: the versions, and the output.
  async ended() {
    await this.load();
    this.before = '';
    this.tell('rows');
    this.lookAgain();
    this.planAgain(0);
  }

  // refresh requests everything that may have changed.
  async refresh() {
    if (this.lang !== lang()) this.tryError = this.startError = null; // they are in the other language
    this.lang = lang();
    await this.load();
    this.lookAgain();
    this.tell('rows');
  }

  count() {
    this.countsAt = Date.now();
    this.tallies.call(0, this.reading({ query: emptyQuery() }));
  }

  counted(counts, error) {
    if (error) return;
    const of = this.versionNow()?.id;
    const done = (c) => c.columns.reduce((sum, one) => sum + one.done, 0);
    // A count that is not complete yet may be behind the one that is shown: figures never run backwards.
    if (counts.complete || !this.counts || this.countsOf !== of || done(counts) >= done(this.counts)) {
      Object.assign(this, { counts, countsOf: of, whole: counts.complete ? counts : this.countsOf === of ? this.whole : null });
      this.tell('counts');
    }
    if (!counts.complete && !this.timer) setTimeout(() => this.closed || this.count(), seldom);
  }

  // set changes the draft.
  set(changes) {
    const other = Object.keys(changes).some((name) => !['open', 'active', 'place'].includes(name));
    if (other) { // what the user has agreed to, and was told of a trial, was about something else
      Object.assign(this.draft, { confirmed: '', place: {} });
      this.tried = null;
    }
    Object.assign(this.draft, changes, { touched: true });
    this.save();
    if ('columns' in changes) this.types();
    if ('options' in changes) {
      this.query = emptyQuery();
      this.choose('all'); // the rows that were meant are those of another reading
      this.lookAgain();
      this.tell('source');
    }
    if ('columns' in changes || 'active' in changes || 'options' in changes) this.render(200);
    if (!('open' in changes) && !('active' in changes)) this.planAgain(500);
    this.tell('draft');
  }

  // types notes that the user has typed, and tells when that is over.
  types() {
    this.changedAt = Date.now();
    clearTimeout(this.rests);
    this.rests = setTimeout(() => this.tell('plan'), pause);
  }

  // typing reports whether the user is about to write what is asked: what is wrong with it is said afterwards.
  typing() {
    return this.choosing || Date.now() - this.changedAt < pause;
  }

  // model is the active column, for the editors of a column.
  model() {
    const store = this;
    return {
      get draft() { return { ...store.column(), open: store.draft.open }; },
      set: (changes) => store.setColumn(changes),
      open: (part, is) => { if (Boolean(store.draft.open[part]) !== is) store.set({ open: { ...store.draft.open, [part]: is } }); },
      place: (where) => store.place(where),
    };
  }

  place(where) {
    this.tryError = this.startError = null;
    this.set({ place: { ...this.draft.place, ...where } });
  }

  column() {
    return this.draft.columns[Math.min(this.draft.active, this.draft.columns.length - 1)] ?? newColumn('');
  }

  setColumn(changes) {
    this.set({ columns: this.draft.columns.map((c, i) => (i === this.draft.active ? { ...c, ...changes } : c)) });
  }

  addColumn() {
    const names = this.names();
    let name = t('table.answer');
    for (let i = 2; names.includes(name); i++) name = `${t('table.answer')} ${i}`;
    const column = { ...newColumn(name), prompt: '' };
    this.panel = 'column';
    this.set({ columns: [...this.draft.columns, column], active: this.draft.columns.length });
  }

  removeColumn() {
    const at = placeIn(this, this.versionNow(), this.column().name);
    const columns = this.draft.columns.filter((_, i) => i !== this.draft.active);
    this.set({ columns, active: Math.max(0, this.draft.active - 1) });
    if (at >= 0) this.shows(this.versionNow().asked.filter((_, i) => i !== at));
  }

  activate(active) {
    this.panel = 'column';
    if (active !== this.draft.active) this.set({ active });
    else this.tell('draft');
    this.tell('panel');
  }

  names() {
    return [...(this.look?.columns ?? []).filter((c) => !c.ours).map((c) => c.name), ...this.draft.columns.map((c) => c.name)];
  }

  standard() {
    return this.look?.prompt_column ? placeholder(this.look.prompt_column) : '';
  }

  prompted() {
    return promptOf(this.column(), this.standard());
  }

  lookAgain() {
    this.looking = true;
    this.follows = false;
    this.looks.call(0, this.reading());
  }

  looked(look, error) {
    this.looking = false;
    this.lookError = error;
    if (look) {
      const others = this.look && !same(look.columns, this.look.columns); // another table, as it were
      if (others && this.asksOtherwise(look.columns)) {
        this.query = emptyQuery();
        this.choose('all');
      }
      const answers = !this.look || others || !same(look.answers, this.look.answers);
      this.look = look;
      if (!this.draft.columns.length) this.draft.columns = [newColumn(t('table.answer'))];
      this.tell('look');
      if (look.complete === false) this.looks.call(seldom, this.reading()); // what is left out is known when all rows are read
      if (this.follows && !others && !answers) return; // there are only more rows
      this.follows = look.complete === false;
      this.tell('draft');
      if (answers) this.tell('columns');
      if (others) this.tell('source');
      else if (answers) this.tell('rows');
      this.render(0);
      this.planAgain(100);
      this.count();
    } else this.tell('look');
  }

  // asksOtherwise reports whether the query would be about other columns of the input, which it numbers.
  asksOtherwise(columns) {
    return [...this.query.filters, ...this.query.sort].some(({ column }) => column[0] === 'i' && columns[column.slice(1)]?.name !== this.look.columns[column.slice(1)]?.name);
  }

  // rows are those that are meant: { where, rows, count }, null as long as they are not known.
  rows() {
    return this.draft.scope === 'all' ? allRows : this.scoped;
  }

  // spec is the draft as the server takes it, for some rows.
  spec(rows = this.rows()) {
    return specOf(this.table?.name ?? '', this.draft, this.standard(), rows);
  }

  render(wait) {
    if (!this.look || !this.table) return;
    const index = this.row ?? this.selection.active?.index ?? 0;
    this.prompts.call(wait, { spec: this.spec().spec, index, column: this.draft.active });
  }

  rendered(prompt, error) {
    this.promptError = error;
    if (prompt) this.prompt = prompt;
    this.tell('prompt');
  }

  // requests reports whether the rows themselves are requests, which need no prompt.
  requests() {
    return this.look?.columns.some((c) => c.name === 'messages') ?? false;
  }

  // ready reports whether the draft can be sent for some rows. A spec cannot say that no row is meant: it would be for all.
  ready(rows = this.rows()) {
    if (!this.look || this.lookError) return false;
    const { spec, columns, faults } = this.spec();
    const bare = this.requests() || this.table?.kind === 'documents';
    if (spec.columns.some((c) => !(bare ? c.prompt?.trim() || this.requests() : c.prompt?.includes('{{')) && !c.attach)) return false;
    return Object.keys(faults).length === 0 && columns.every((f) => Object.keys(f).length === 0) && rows?.count > 0;
  }

  planAgain(wait) {
    this.plans.drop();
    this.planning = this.ready();
    if (this.planning) this.plans.call(wait, this.spec().spec);
    else this.planError = null;
    this.tell('plan');
  }

  planned(plan, error) {
    this.planning = false;
    this.planError = error;
    if (plan) this.plan = plan;
    if (plan?.jobs === 0 && !this.visit && !this.showsDraft()) this.showDrafted();
    this.tell('plan');
  }

  // choose sets which rows are meant: 'all', 'filtered' or 'selected'.
  choose(scope) {
    this.scoped = null;
    this.draft.scope = scope;
    if (scope === 'all') this.scopes.drop();
    else this.scopes.call(0, this.reading({ positions: scope === 'selected' ? this.selection.positions : null }));
    this.planAgain(0);
    this.tell('draft');
  }

  chosen(rows, error) {
    this.scoped = rows;
    this.planError = error;
    this.tell('scope');
    if (rows) this.planAgain(0);
    else this.tell('plan');
    this.tell('draft');
  }

  filtered() {
    return Boolean(this.query.text || this.query.filters.length);
  }

  // ask changes what is shown.
  ask(query) {
    this.query = { ...this.query, ...query };
    this.hides = false;
    if (this.draft.scope === 'filtered') this.choose(this.filtered() ? 'filtered' : 'all');
    this.tell('source');
  }

  // filter replaces the filters on a column; none removes them.
  filter(column, ...filters) {
    this.ask({ filters: [...this.query.filters.filter((f) => f.column !== column), ...filters.map((f) => ({ column, ...f }))] });
  }

  sort(column, desc) {
    const now = this.query.sort[0];
    this.ask({ sort: now?.column === column && now.desc === desc ? [] : [{ column, desc }] });
  }

  // drafted returns what the versions know of each column of the draft that was asked as it is, undefined of others. Versions that read the table
  // otherwise know nothing of it.
  drafted() {
    const versions = this.versions().filter((v) => same(clean(v.options), clean(this.draft.options)));
    return this.spec(allRows).spec.columns.map((spec) => {
      for (const { columns, asked } of versions) {
        const at = columns.findIndex((c) => asksLike(c, spec, this.standard()));
        if (at >= 0) return asked[at];
      }
      return undefined;
    });
  }

  // showDrafted shows the answers to what the panel asks, if all of it was asked before. Else the columns that were take their places among those
  // of the newest version.
  showDrafted() {
    const { back } = this.draft;
    if (this.busy() || !this.versions().length) return;
    if (back?.asks === this.asks() && together(this.versions(), back.id)) return void this.shows(back.id.split('.').map((id) => ({ id })));
    const found = this.drafted();
    let shown = this.versions()[0].asked;
    if (found.every(Boolean)) shown = found;
    else found.forEach((asked, i) => { if (asked) shown = withIn(this, { ...this.versions()[0], asked: shown }, { ...asked, name: this.draft.columns[i].name }); });
    if (together(this.versions(), shown.map((a) => a.id).join('.'))) this.shows(shown);
  }

  // shows makes some versions of columns those that are shown.
  shows(asked) {
    const id = asked.map((a) => a.id).join('.');
    const version = id === this.versions()[0]?.id ? '' : id;
    if (!id || version === this.version) return;
    this.version = version;
    if (!this.look) return; // it comes
    this.lookAgain();
    this.tell('source');
    this.tell('versions');
  }

  // openVersion lets the user look at what a run asked and was answered, until leave or stay. What the user has written and never asked stays
  // in the panel.
  openVersion(id, run) {
    const version = this.versions().find((v) => v.id === id);
    if (!version || id === this.versionNow()?.id) return;
    this.visit = { run: run || version.run, trial: version.trial };
    if (this.drafted().every(Boolean)) this.backTo(version);
    else this.shows(version.asked);
    this.tell('visit');
  }

  // leave goes back to what the table shows.
  leave() {
    this.visit = null;
    this.against('');
    this.version = '';
    this.begin();
    this.lookAgain();
    for (const what of ['source', 'versions', 'draft', 'visit']) this.tell(what);
  }

  // stay makes the version that the user looks at that of the table.
  stay() {
    this.goOn();
    this.keep();
  }

  // goOn ends a look at a run: the user works with what it shows.
  goOn() {
    if (!this.visit) return;
    this.visit = null;
    this.save();
    this.tell('visit');
  }

  // showsDraft reports whether the grid shows just the answers to what the panel asks.
  showsDraft() {
    return same(this.drafted().map((a) => a?.id), this.versionNow()?.asked.map((a) => a.id));
  }

  // compare shows another version beside the present one; '' ends it.
  compare(was) {
    if (!this.against(was)) this.tell('rows');
    this.tell('versions');
  }

  // against sets the version that is compared with. A filter for what has changed was about another one, and goes; it reports whether there was
  // one.
  against(was) {
    this.was = was;
    const filters = this.query.filters.filter((f) => f.op !== 'changed');
    const drops = filters.length < this.query.filters.length;
    if (drops) this.ask({ filters });
    return drops;
  }

  // back makes a version of a column, as versionsOf has it, that of the draft, and leaves the others. Its answers are there, so nothing is paid
  // for. A version that read the table otherwise comes with all its columns.
  back(one) {
    const now = this.versionNow();
    const { active } = this.draft;
    this.generation++;
    if (!alike(one.version, now)) this.backTo(one.version);
    else {
      this.against('');
      this.set({ columns: this.draft.columns.map((c, i) => (i === active ? draftColumn(one.column) : c)), active });
      this.shows(withIn(this, now, one));
      this.keepBack(this.versionNow());
    }
    this.goOn();
    this.keep();
  }

  // backTo makes the columns of a whole version those of the draft.
  backTo(version) {
    this.generation++;
    this.against('');
    this.version = version === this.versions()[0] ? '' : version.id;
    this.set({ columns: version.columns.map(draftColumn), options: clean(version.options), active: 0 });
    this.keepBack(version);
  }

  keepBack({ id }) {
    this.draft.back = { id, asks: this.asks() };
    this.draft.shown = this.table.shown;
    this.save();
  }

  // writtenInto returns the versions of the columns that an output has, undefined if that is not known.
  writtenInto(output) {
    return this.table?.written[(output ?? '').split('/').at(-1)];
  }

  // alikeTo returns the version of a column with an ID, as versionsOf has it, undefined if there is none.
  alikeTo(id) {
    for (const { columns, asked } of this.versions()) {
      const at = asked.findIndex((a) => a.id === id);
      if (at >= 0) return versionsOf(this, columns[at].completion_column).find((one) => one.ids.includes(id));
    }
    return undefined;
  }

  // loses returns how many answers corrected by hand an output would lose if these versions of columns were written into it.
  loses(asked, output) {
    const written = (this.writtenInto(output) ?? []).map((id) => this.alikeTo(id)).filter(Boolean);
    return written.filter((one) => !asked.some((a) => one.ids.includes(a?.id))).reduce((sum, one) => sum + one.edited, 0);
  }

  // lacking returns how many answers corrected by hand the grid shows that the output of the run lacks.
  lacking() {
    const now = this.versionNow();
    const written = this.writtenInto(this.run?.output);
    const has = (a) => written?.some((id) => id === a.id || this.alikeTo(id)?.ids.includes(a.id));
    const others = now?.asked.map((a, i) => (has(a) ? -1 : i)).filter((i) => i >= 0) ?? [];
    if (!written || !others.length) return this.run?.unwritten ?? 0;
    if (this.countsOf !== now.id) return 0;
    const edited = (of) => now.asked.reduce((sum, _, i) => sum + (others.includes(i) === of ? this.counts.columns[i]?.states.edited ?? 0 : 0), 0);
    return edited(true) + Math.min(edited(false), this.run.unwritten ?? 0); // those that are unwritten may be of versions that the grid does not show
  }

  // outdated returns how many rows of what the grid shows have an answer that is out of date.
  outdated() {
    const now = this.versionNow();
    if (now && this.countsOf === now.id) return this.counts.states.outdated;
    return now && now === this.versions()[0] ? this.run?.outdated ?? 0 : 0;
  }

  // others returns how many rows that the last run did not ask failed or are blocked in what the grid shows.
  others() {
    const { run, counts } = this;
    const now = this.versionNow();
    if (!run?.rows || this.busy() || !counts?.complete || this.countsOf !== now?.id || now !== this.versions()[0]) return 0;
    const rows = Object.values(counts.states).reduce((sum, x) => sum + x, 0);
    return run.rows < rows ? Math.max(0, counts.states.failed + counts.states.blocked - run.failed - run.blocked) : 0;
  }

  // otherWritten returns the versions that the output of the run has of columns of which the grid shows others.
  otherWritten() {
    const now = this.versionNow();
    if (!now || this.busy()) return [];
    const written = this.writtenInto(this.run?.output) ?? [];
    return now.asked.flatMap((a, i) => {
      const all = versionsOf(this, now.columns[i].completion_column);
      const has = all.find((one) => alike(one.version, now) && one.ids.some((id) => written.includes(id)));
      const shown = all.find((one) => one.ids.includes(a.id));
      return has && has !== shown && !shown?.trial ? [has] : [];
    });
  }

  // asks returns what the columns ask, in one text.
  asks() {
    return JSON.stringify(this.spec(allRows).spec.columns);
  }

  // restart drops what the user has entered.
  restart() {
    this.generation++;
    dropDraft(this.id);
    this.draft = this.table.spec ? draftOf(this.table.spec) : { ...emptyDraft(), columns: [newColumn(t('table.answer'))] };
    this.lookAgain();
    this.tell('source');
    this.tell('draft');
  }

  // asksAgain returns the figures of the plan that the user must confirm, or null.
  asksAgain() {
    const blast = this.plan?.blast;
    return blast?.confirm ? { requests: blast.requests, rubles: blast.rubles } : null;
  }

  confirm(is) {
    this.draft.confirmed = is ? JSON.stringify(this.asksAgain()) : '';
    this.save();
    this.tell('plan');
  }

  confirmed() {
    const figures = this.asksAgain();
    return !figures || this.draft.confirmed === JSON.stringify(figures);
  }

  // unhide drops the filters on states before something is asked: they would hide what comes of it. Others may hide it, too, and then the page
  // says so.
  unhide() {
    const filters = this.query.filters.filter((f) => !['state', 'cause', 'changed'].includes(f.op));
    const drops = this.draft.scope !== 'filtered' && filters.length < this.query.filters.length;
    if (drops) this.ask({ filters });
    this.hides = this.filtered();
    this.tell(drops ? 'unhidden' : 'shown');
  }

  // try asks a few of the rows that are meant, or of others, those that failed only with retry. Their answers appear in the grid as they come. It
  // resolves to what was sent, to nothing if that is unknown.
  async try(rows = this.rows(), most = this.draft.scope === 'selected' ? mostTried : tryRows, retry = this.draft.retry) {
    if (this.trying || !this.ready(rows) || this.busy()) return null;
    this.unhide();
    this.goOn();
    const before = this.versionNow();
    const stop = new AbortController();
    Object.assign(this, { trying: stop, tryError: null, tried: null });
    this.tell('trying');
    let tried = null;
    try {
      tried = this.tried = await post('/api/try', { ...this.spec(rows).spec, retry_failed: retry, try: most }, stop.signal);
    } catch (error) {
      if (error.name !== 'AbortError') this.tryError = error;
    }
    this.trying = null;
    await this.load();
    const now = this.versions()[0];
    this.version = '';
    if (before && now && now.id !== before.id && now.trial) this.was = before.id;
    this.lookAgain();
    this.planAgain(0); // the plan of before would ask again what was just asked
    this.tell('trying');
    this.tell('rows');
    return tried;
  }

  stopTry() {
    this.trying?.abort();
  }

  // busy reports whether a run of the table is in progress.
  busy() {
    return Boolean(this.run && isAlive(this.run));
  }

  // start starts the run, once.
  async start() {
    if (this.starting || !this.ready() || !this.confirmed() || this.busy()) return false;
    Object.assign(this, { starting: true, startError: null, before: this.earlier(this.versionNow()) });
    this.goOn();
    this.tell('plan');
    let done = false;
    try {
      await post('/api/runs', { ...this.spec().spec, confirm: this.asksAgain() ?? undefined });
      const just = this.draft.scope === 'filtered';
      Object.assign(this.draft, { place: {}, confirmed: '', scope: 'all', retry: false });
      this.unhide();
      if (just) this.hides = false; // it shows just what was asked
      this.save();
      done = true;
    } catch (error) {
      Object.assign(this, { startError: error, before: '' });
      if (error.code === 'confirm') this.planAgain(0); // with the new figures
    }
    this.starting = false;
    if (done) {
      if (this.draft.columns.length > 1) this.keepJob();
      Object.assign(this, { version: '', was: '' });
      await this.load();
      this.lookAgain();
      this.tell('rows');
    }
    this.tell('plan');
    return done;
  }

  // keepJob saves several columns as a job file beside the table, unless somebody else has written one there.
  async keepJob() {
    const { spec } = specOf(this.table.name, this.draft, this.standard(), null);
    await post(this.path + '/job', { spec, replace: false }).catch(() => {});
  }

  // show opens the panel of a row, or with null that of the column.
  show(row) {
    this.row = row;
    this.panel = row === null ? 'column' : 'row';
    this.render(0);
    this.tell('panel');
  }
}
