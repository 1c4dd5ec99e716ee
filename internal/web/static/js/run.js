import './text/runs.js';
import { get } from './api.js';
import { chart } from './chart.js';
import { problem } from './dialog.js';
import { h, replace } from './dom.js';
import { n, t } from './i18n.js';
import { num } from './format.js';
import { run as known, subscribe } from './live.js';
import { rowPanel } from './row.js';
import { rowsTable } from './rows.js';
import { figures } from './run-figures.js';
import { isAlive, runHead } from './run-head.js';

const states = ['', 'completed', 'failed', 'blocked', 'skipped', 'pending', 'edited'];
const often = 500;
const seldom = 2000;

export default {
  title: 'runs.one',
  render(root, params) {
    const id = params.id;
    const head = runHead(id, take);
    const numbers = figures((state) => choose(state, text));
    const course = chart();
    const rows = rowsTable(id, { onOpen: open, onTotal: told, onError: wrong });
    const drawing = h('section', { class: 'card stack run-course' }, h('h2', null, t('runs.course')), course.node);
    const count = h('p', { class: 'muted num', role: 'status' });
    const errors = h('div', { class: 'rows-errors' });
    const search = h('input', { class: 'input rows-search', type: 'search', 'aria-label': t('runs.find'), placeholder: t('runs.find'), value: params.q ?? '', on: { input: () => soon() } });
    const filters = h('div', { class: 'row rows-filters', role: 'group', 'aria-label': t('runs.filter') });
    let state = states.includes(params.state) ? params.state : '';
    let text = params.q ?? '';
    let info = known(id) ?? null;
    let detail = null;
    let panel = null;
    let at = 0;
    let typing = 0;
    let timer = 0;
    let lastRows = 0;
    let closed = false;
    let away = false;
    let columns = null; // as they are shown

    replace(root, h('div', { class: 'stack run' }, head.node, numbers.node,
      drawing,
      h('section', { class: 'stack' }, h('div', { class: 'toolbar' }, h('h2', null, t('runs.table')), count), h('div', { class: 'toolbar' }, filters, search), errors, rows.node)));

    function draw() {
      if (!info) return;
      document.title = `${info.name} · gigabatch`;
      head.update(info);
      numbers.update(info, detail);
      drawFilters();
    }

    function drawFilters() {
      const counts = { '': info.rows, completed: info.completed, failed: info.failed, blocked: info.blocked, skipped: info.skipped, pending: info.pending, edited: info.edited };
      const focused = filters.contains(document.activeElement) ? document.activeElement.dataset.state : null;
      replace(filters, states.filter((s) => s === '' || s === state || counts[s] > 0).map((s) => h('button', {
        class: 'chip', type: 'button', 'aria-pressed': String(s === state), dataset: { state: s }, on: { click: () => choose(s, text) },
      }, t(s ? 'runs.row.' + s : 'runs.any'), h('span', { class: 'num muted' }, num(counts[s] ?? 0)))));
      if (focused !== null) filters.querySelector(`[data-state="${focused}"]`)?.focus({ preventScroll: true });
    }

    // take takes in how the run stands.
    function take(fresh) {
      const was = info;
      info = { ...fresh };
      if (columns !== info.columns.join()) rows.columns(info.columns);
      columns = info.columns.join();
      draw();
      if (!was || was.version !== info.version) later();
      if (was && isAlive(was) && !isAlive(info)) full();
    }

    // later lets the rows and the chart follow, now and then.
    function later() {
      if (timer || closed) return;
      timer = setTimeout(() => { timer = 0; follow(); }, Math.max(0, often - (Date.now() - lastRows)));
    }

    function follow() {
      lastRows = Date.now();
      rows.refresh();
      panel?.refresh();
    }

    async function full() {
      try {
        detail = await get('/api/runs/' + id);
        if (closed) return;
        take(detail);
        follow();
        await history();
      } catch (error) {
        if (!closed) lost(error);
      }
    }

    // renew fetches what no event tells.
    async function renew() {
      detail = await get('/api/runs/' + id);
      if (closed) return;
      draw();
      await history();
    }

    async function history() {
      const { points } = await get(`/api/runs/${id}/history`);
      if (closed) return;
      course.show(points);
      drawing.hidden = points.length < 2 && !isAlive(info);
    }

    function lost(error) {
      if (error.status === 404) {
        replace(root, h('div', { class: 'empty page-state' }, h('h1', null, t('runs.gone')), h('p', null, t('runs.goneText')), h('a', { class: 'button', href: '/runs' }, t('runs.all'))));
      } else if (!info) {
        replace(root, h('div', { class: 'stack page-state' }, problem(error), h('button', { class: 'button', type: 'button', on: { click: () => location.reload() } }, t('common.again'))));
      }
    }

    function soon() {
      clearTimeout(typing);
      typing = setTimeout(() => choose(state, search.value.trim()), 250);
    }

    function choose(to, words) {
      state = to;
      text = words;
      drawFilters();
      replace(errors);
      rows.choose(state, text);
      remember();
    }

    // remember keeps what is shown in the address, so that a reload comes back to it.
    function remember(row) {
      const query = new URLSearchParams();
      if (state) query.set('state', state);
      if (text) query.set('q', text);
      if (row !== undefined) query.set('row', row);
      keep(query.size ? '?' + query : '');
    }

    const keep = (query) => window.history.replaceState(null, '', location.pathname + query);

    function told(total, complete) {
      replace(errors);
      count.textContent = (complete || isAlive(info ?? {}) ? '' : t('runs.looking') + ' ') + n('runs.found', total);
    }

    function wrong(error) {
      if (error.code !== 'offline') replace(errors, problem(error));
    }

    function open(index, place) {
      at = place;
      remember(index);
      panel = rowPanel(id, index, {
        near: (step) => { const row = rows.near(at, step); if (row) at += step; return row?.index; },
        onIndex: (i) => remember(i),
        onClose: () => { panel = null; remember(); rows.focus(); },
        onEdited: follow,
      });
    }

    if (info) take(info);
    full().then(() => params.row !== undefined && !closed && info && open(Number(params.row), Number(params.row)));
    rows.choose(state, text);
    const stop = subscribe((e) => {
      if (e.type === 'run' && e.run.id === id) take({ ...e.run });
      if (e.type === 'runs') e.runs.filter((r) => r.id === id).forEach(take);
      if (e.type === 'offline') away = true;
      if (e.type === 'online' && away) { away = false; full(); }
    });
    const tick = setInterval(() => info && isAlive(info) && renew().catch(() => {}), seldom);
    return () => {
      closed = true;
      clearTimeout(timer);
      clearTimeout(typing);
      clearInterval(tick);
      stop();
      panel?.close();
      rows.close();
    };
  },
};
