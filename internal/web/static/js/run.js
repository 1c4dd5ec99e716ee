import './text/runs.js';
import { get } from './api.js';
import { chart } from './chart.js';
import { announce, problem } from './dialog.js';
import { h, replace } from './dom.js';
import { visible } from './format.js';
import { n, t } from './i18n.js';
import { run as known, subscribe } from './live.js';
import { rowPanel } from './row.js';
import { rowsTable } from './rows.js';
import { asked as askedOf } from './run-asked.js';
import { figures } from './run-figures.js';
import { filterBar, states } from './run-filter.js';
import { batchesCard, onlyWaits } from './run-batches.js';
import { runHead } from './run-head.js';
import { isAlive } from './run-parts.js';

const often = 500; // between two updates of the rows
const seldom = 2000; // between two updates of the chart

export default {
  title: 'runs.one',
  render(root, params) {
    const id = params.id;
    const path = '/api/runs/' + encodeURIComponent(id);
    let state = states.includes(params.state) ? params.state : '';
    let text = params.q ?? '';
    let info = null;
    let detail = null;
    let panel = null;
    let heard = 0; // how many events about the run have arrived
    let offline = false;
    let closed = false;
    let asked = false; // the user has changed the filter
    let timer = 0;
    let lastRows = 0;
    let ticks = 0;

    const head = runHead(id, take);
    const numbers = figures((to) => { choose(to, ''); place.scrollIntoView({ block: 'start' }); });
    const batches = batchesCard();
    const course = chart();
    const questions = askedOf();
    const rows = rowsTable(id, { onOpen: open, onTotal: told, onError: wrong });
    const filter = filterBar(state, text, choose);
    const count = h('p', { class: 'muted num' });
    const errors = h('div', { class: 'stack' });
    const place = h('section', { class: 'stack run-rows' }, h('div', { class: 'toolbar' }, h('h2', null, t('runs.table')), count), filter.node, errors, rows.node);
    const drawing = h('section', { class: 'card stack run-course' }, h('h2', null, t('runs.course')), course.node);
    const page = h('div', { class: 'stack run' }, head.node, numbers.node, batches.node, drawing, questions.node, place);

    function draw() {
      document.title = `${visible(info.name)} · gigabatch`;
      head.update(info);
      numbers.update(info, detail);
      batches.update(info);
      questions.update(detail?.settings);
      filter.update(info);
    }

    // take takes over the state of the run.
    function take(fresh) {
      if (closed) return;
      const was = info;
      info = fresh;
      if (was?.columns?.join('\n') !== info.columns.join('\n')) rows.columns(info.columns);
      draw();
      if (!was || was.version !== info.version) later();
      if (was && !isAlive(info) && (isAlive(was) || was.version !== info.version)) full();
    }

    // later updates the rows at intervals; in a hidden page, once it becomes visible.
    function later() {
      if (timer || closed || (document.hidden && isAlive(info))) return;
      timer = setTimeout(() => { timer = 0; follow(); }, Math.max(0, often - (Date.now() - lastRows)));
    }

    function follow() {
      lastRows = Date.now();
      replace(errors);
      rows.refresh();
      panel?.refresh();
    }

    // full reloads everything. Events that arrive meanwhile are newer than its answer.
    async function full() {
      try {
        await details();
        if (closed) return;
        follow();
        await history();
      } catch (error) {
        if (!closed) lost(error);
      }
    }

    async function details() {
      const before = heard;
      const fresh = await get(path);
      detail = fresh;
      if (closed) return;
      if (!page.isConnected) replace(root, page);
      take(heard === before || !info ? fresh : info);
    }

    async function history() {
      const { points } = await get(path + '/history');
      if (closed) return;
      const still = points.every((p) => !p.in_flight); // answers of batches come all at once
      drawing.hidden = (points.length < 2 && !isAlive(info)) || (still && (info.by_batches || onlyWaits(info)));
      course.show(points);
    }

    function lost(error) {
      if (error.status === 404) gone();
      else if (!info) replace(root, h('div', { class: 'stack page-state' }, problem(error), h('div', null, h('button', { class: 'button', type: 'button', on: { click: full } }, t('common.again')))));
    }

    function gone() {
      leave();
      replace(root, h('div', { class: 'empty page-state' }, h('h1', null, t('runs.gone')), h('p', null, t('runs.goneText')), h('a', { class: 'button', href: '/runs' }, t('runs.all'))));
    }

    function choose(to, words) {
      state = to;
      text = words;
      asked = true;
      filter.show(state, text);
      replace(errors);
      rows.choose(state, text);
      remember();
    }

    // remember stores the view in the address, so that a reload restores it.
    function remember(row, at) {
      const query = new URLSearchParams(Object.entries({ state, q: text, row, at: state || text ? at : undefined }).filter(([, value]) => value !== '' && value !== undefined));
      window.history.replaceState(null, '', location.pathname + (query.size ? '?' + query : ''));
    }

    function told(total, complete) {
      replace(errors);
      const looking = !complete && (state || text);
      const words = (looking ? t('runs.looking') + ' ' : '') + n('runs.found', total);
      if (count.textContent !== words) count.textContent = words;
      if (asked && complete) announce(words);
      if (complete) asked = false;
    }

    function wrong(error) {
      if (error.code === 'offline' || closed) return; // the page reports it, and reloads everything afterwards
      if (error.code === 'busy' && info && isAlive(info)) return; // the run has no journal yet; its first change reloads the rows
      if (error.status === 404) return void full();
      replace(errors, problem(error), h('div', null, h('button', { class: 'button small', type: 'button', on: { click: follow } }, t('common.again'))));
    }

    // open shows a row. Its place in the table may be a guess.
    async function open(index, at, sure = true) {
      if (panel) return;
      remember(index, at);
      let where = sure ? Promise.resolve(at) : rows.find(index, at);
      panel = rowPanel(id, index, {
        near: async (from, step) => {
          const to = await rows.near(from, await where, step);
          if (!to) return undefined;
          where = Promise.resolve(to.at);
          remember(to.index, to.at);
          return to.index;
        },
        onClose: () => { panel = null; remember(); rows.focus(); },
        onEdited: () => { rows.refresh(); },
      });
      if (!sure) rows.go(await where.catch(() => 0));
    }

    function event(e) {
      if (e.type === 'run' && e.run.id === id) hear(e.run);
      if (e.type === 'runs') all(e.runs.find((run) => run.id === id));
      if (e.type === 'offline' || e.type === 'online') connected(e.type === 'online');
    }

    function hear(run) {
      heard++;
      take({ ...run });
    }

    function all(run) {
      if (run) hear(run);
      else if (info) full(); // it may have been deleted
    }

    function connected(is) {
      head.stale(!is);
      if (is && offline) full();
      offline = !is;
    }

    function tick() {
      if (!info || !isAlive(info) || document.hidden || offline) return;
      history().catch(() => {});
      if (++ticks % 2 === 0) details().catch(() => {});
    }

    function leave() {
      closed = true;
      clearTimeout(timer);
      clearInterval(ticking);
      document.removeEventListener('visibilitychange', seen);
      stop();
      filter.close();
      course.close();
      panel?.close();
      rows.close();
    }

    const seen = () => !document.hidden && full();
    let stop = () => {};
    replace(root, page);
    rows.choose(state, text);
    if (known(id)) take({ ...known(id) });
    const ticking = setInterval(tick, seldom);
    document.addEventListener('visibilitychange', seen);
    full().then(() => params.row !== undefined && info && !closed && open(Number(params.row), Number(params.at ?? params.row), false));
    stop = subscribe(event);
    return leave;
  },
};
