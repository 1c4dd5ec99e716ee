import { get, post } from './api.js';
import { emptyDraft, loadDraft, loadTried, saveDraft, saveTried } from './newrun-draft.js';
import { latest } from './newrun-latest.js';
import { placeholder } from './newrun-names.js';
import { lang } from './i18n.js';
import { draftOf, promptSpec, specOf } from './newrun-spec.js';

export const tryRows = 5;

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// asked is the part of a spec that determines the answers: without the number of rows and the speed.
const asked = ({ limit, concurrency, via, deadline, max_cost_rub, max_tokens_total, where, skip_empty, skip_suspect, new_output, new_columns, overwrite, ...rest }) => JSON.stringify(rest);

// Model holds the input for one table and what the server says about it. It outlives the page: a try continues while the user is elsewhere.
export class Model {
  constructor(input) {
    this.input = input;
    this.draft = loadDraft(input);
    this.look = null;
    this.lookError = null;
    this.looking = false;
    this.prompts = null;
    this.texts = []; // the last prompts that could be rendered
    this.promptsError = null;
    this.plan = null;
    this.planError = null;
    this.planning = false;
    this.tried = loadTried(input);
    this.tryError = null;
    this.tryingSince = 0;
    this.startError = null;
    this.starting = false;
    this.lang = lang();
    this.reached = false;
    this.watchers = new Set();
    this.looks = latest((body, signal) => post('/api/look', body, signal), (look, error) => this.looked(look, error));
    this.renders = latest((body, signal) => post('/api/prompts', body, signal), (prompts, error) => this.rendered(prompts, error));
    this.plans = latest((body, signal) => post('/api/plan', body, signal), (plan, error) => this.planned(plan, error));
  }

  watch(fn) {
    this.watchers.add(fn);
    return () => this.watchers.delete(fn);
  }

  tell() {
    for (const fn of this.watchers) fn();
  }

  // prompt returns what the user wrote, else the column that the server found.
  prompt() {
    if (this.draft.prompt !== null) return this.draft.prompt;
    return this.look?.prompt_column ? placeholder(this.look.prompt_column) : '';
  }

  spec() {
    return specOf(this.input, this.draft, this.prompt());
  }

  columns() {
    return this.look?.columns ?? [];
  }

  row() {
    return Math.min(this.draft.row, Math.max(0, (this.look?.rows.length ?? 0) - 1));
  }

  set(changes) {
    Object.assign(this.draft, changes);
    saveDraft(this.input, this.draft);
    if ('options' in changes) this.lookAgain();
    if ('prompt' in changes) this.render(150);
    if (this.look && !('row' in changes) && !('open' in changes)) this.planAgain(600);
    this.tell();
  }

  // place changes where the answers go. It is for one run.
  place(where) {
    this.tryError = this.startError = null;
    this.set({ where: { ...this.draft.where, ...where } });
  }

  // open stores whether a collapsible part is open.
  open(part, is) {
    if (Boolean(this.draft.open[part]) !== is) this.set({ open: { ...this.draft.open, [part]: is } });
  }

  // refresh requests everything that may have changed.
  refresh() {
    if (this.lang !== lang()) this.tryError = this.startError = null; // they are in the other language
    this.lang = lang();
    this.lookAgain();
    this.tell();
  }

  // leave drops the requests of a page that is gone, except a try.
  leave() {
    this.looks.drop();
    this.renders.drop();
    this.plans.drop();
    this.looking = false;
    this.planning = false;
  }

  lookAgain() {
    this.looking = true;
    this.looks.call(0, { input: this.input, options: this.draft.options });
  }

  looked(look, error) {
    this.looking = false;
    this.lookError = error;
    if (look && !same(look, this.look)) this.look = look;
    if (error) this.plans.drop();
    else this.render(0);
    this.tell();
  }

  render(wait) {
    this.renders.call(wait, promptSpec(this.input, this.draft, this.prompt()));
  }

  rendered(prompts, error) {
    this.promptsError = error;
    if (prompts) this.prompts = prompts;
    if (prompts && (prompts.prompts.length || !this.prompt().trim())) this.texts = prompts.prompts;
    if (this.sound()) this.reached = true;
    this.planAgain(300);
    this.tell();
  }

  // sound reports whether prompts can be rendered.
  sound() {
    return Boolean(this.look && !this.lookError && this.prompts && !this.promptsError && !this.prompts.problem && !this.prompts.unknown?.length);
  }

  ready() {
    return this.sound() && Object.keys(this.spec().faults).length === 0;
  }

  planAgain(wait) {
    this.plans.drop();
    this.planning = this.ready();
    if (this.planning) this.plans.call(wait, this.spec().spec);
  }

  planned(plan, error) {
    this.planning = false;
    this.planError = error;
    if (plan) this.plan = plan;
    this.tell();
  }

  // asksAgain returns the figures of the plan that the user must confirm, or null.
  asksAgain() {
    const blast = this.plan?.blast;
    return blast?.confirm ? { requests: blast.requests, rubles: blast.rubles } : null;
  }

  // confirm confirms these figures. Others are not confirmed.
  confirm(is) {
    this.draft.confirmed = is ? JSON.stringify(this.asksAgain()) : '';
    saveDraft(this.input, this.draft);
    this.tell();
  }

  confirmed() {
    const figures = this.asksAgain();
    return !figures || this.draft.confirmed === JSON.stringify(figures);
  }

  // formError returns the error of the plan if the form of the answer causes it.
  formError() {
    if (!this.planError) return null;
    const { form, completion_column: column } = this.draft;
    const taken = form !== 'fields' && this.planError.status === 400 && this.columns().includes(column.trim() || 'completion');
    return taken || ['schema', 'choices', 'name'].includes(this.planError.code) ? this.planError : null;
  }

  // stale reports whether the answers of the trial belong to an earlier prompt.
  stale() {
    return Boolean(this.tried) && this.tried.asked !== asked(this.spec().spec);
  }

  async try() {
    if (this.tryingSince || !this.ready()) return;
    const { spec } = this.spec();
    this.tryingSince = Date.now();
    this.tryError = null;
    this.tell();
    try {
      const answer = await post('/api/try', { ...spec, rows: tryRows });
      this.tried = { ...answer, asked: asked(spec), schema: spec.schema ?? null };
      saveTried(this.input, this.tried);
    } catch (error) {
      this.tryError = error;
    }
    this.tryingSince = 0;
    if (this.watchers.size) this.planAgain(0);
    this.tell();
  }

  // start starts the run, once, and returns its id, or null.
  async start() {
    if (this.starting || !this.ready() || !this.confirmed()) return null;
    this.starting = true;
    this.startError = null;
    this.tell();
    let id = null;
    try {
      ({ id } = await post('/api/runs', { ...this.spec().spec, confirm: this.asksAgain() ?? undefined }));
      Object.assign(this.draft, { where: {}, confirmed: '' });
      saveDraft(this.input, this.draft);
    } catch (error) {
      this.startError = error;
      if (error.code === 'confirm') this.planAgain(0); // with the new figures
    }
    this.starting = false;
    if (!id) this.tell();
    return id;
  }

  // takeOver copies the settings of the last run of the table.
  async takeOver() {
    const run = await get('/api/runs/' + encodeURIComponent(this.look.run));
    const { options, open } = this.draft;
    this.draft = { ...emptyDraft(), options, open, ...draftOf(run.settings ?? {}) };
    saveDraft(this.input, this.draft);
    this.render(0);
  }
}
