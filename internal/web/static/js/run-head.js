import './text/runs.js';
import { post } from './api.js';
import { confirm, toast } from './dialog.js';
import { h, replace } from './dom.js';
import { n, t } from './i18n.js';
import { duration, num, time } from './format.js';
import { badge, bar, through } from './runs.js';

const alive = ['planning', 'running', 'paused', 'stopping', 'writing'];

export const isAlive = (run) => alive.includes(run.state);

const tooMany = 256;

// runHead names the run and holds what can be done to it. onChange gets how the run stands after something was done.
export function runHead(id, onChange) {
  const title = h('h1', null, '…');
  const marks = h('div', { class: 'row' });
  const facts = h('p', { class: 'muted num' });
  const actions = h('div', { class: 'toolbar run-actions' });
  const why = h('p', { class: 'note', hidden: true });
  const errors = h('div');
  const progress = h('div', { class: 'run-progress' });
  let drawn = '';
  let busy = false;

  async function act(path, body) {
    if (busy) return;
    busy = true;
    actions.setAttribute('aria-busy', 'true');
    try {
      onChange(await post(`/api/runs/${id}/${path}`, body));
    } catch (error) {
      toast([error.message, error.hint].filter(Boolean).join(' — '), 'bad');
    } finally {
      busy = false;
      actions.removeAttribute('aria-busy');
    }
  }

  const button = (name, text, fn, kind = '') => h('button', { class: `button ${kind}`, type: 'button', dataset: { name }, on: { click: fn } }, text);

  async function stop() {
    if (await confirm({ title: t('runs.stopTitle'), text: t('runs.stopText'), ok: t('runs.stop'), danger: true })) act('stop');
  }

  function buttonsOf(run) {
    const all = [];
    if (run.here) {
      if (run.state === 'running') all.push(button('pause', t('runs.pause'), () => act('pause')));
      if (run.state === 'paused') all.push(button('resume', t('runs.resume'), () => act('resume'), 'primary'));
      if (run.state === 'running' || run.state === 'paused' || run.state === 'planning') all.push(button('stop', t('runs.stop'), stop, 'danger'));
      if (run.live && run.state !== 'writing' && run.state !== 'stopping') all.push(width(run));
    } else if (!isAlive(run)) {
      if (run.state === 'interrupted' || run.state === 'killed' || run.state === 'failed') all.push(button('continue', t('runs.continue'), () => act('continue'), 'primary'));
      if (run.state === 'tried') all.push(button('continue', t('runs.runAll'), () => act('continue'), 'primary'));
      if (run.failed > 0) all.push(button('retry', n('runs.retry', run.failed), () => act('retry')));
      all.push(h('a', { class: 'button', href: '/new?input=' + encodeURIComponent(run.name) }, t('runs.again')));
    }
    if (run.version > 0) all.push(downloads(run));
    return all;
  }

  const downloads = (run) => h('details', { class: 'run-menu', on: { focusout: (e) => { if (e.relatedTarget && !e.currentTarget.contains(e.relatedTarget)) e.currentTarget.open = false; } } },
    h('summary', { class: 'button' }, t('runs.download'), isAlive(run) || run.pending > 0 ? h('span', { class: 'muted' }, ` (${t('runs.partial')})`) : ''),
    h('div', { class: 'run-menu-list card' }, ['xlsx', 'csv', 'jsonl'].map((f) => h('a', { class: 'run-menu-item', href: `/api/runs/${id}/output?format=${f}`, download: true }, t('runs.as' + f.toUpperCase())))));

  // width is how many requests may be under way: found by itself, or a number.
  function width(run) {
    const set = (to) => act('concurrency', { n: Math.max(0, Math.min(tooMany, to)) });
    const now = run.live.most || run.live.concurrency || 1;
    return h('span', { class: 'run-width', role: 'group', 'aria-label': t('runs.concurrency') },
      h('span', { class: 'muted' }, t('runs.concurrency')),
      h('button', { class: 'icon-button', type: 'button', dataset: { name: 'fewer' }, 'aria-label': t('runs.fewer'), disabled: now <= 1, on: { click: () => set(now - 1) } }, '−'),
      h('span', { class: 'num run-width-now' }, run.live.most ? num(run.live.most) : `${t('runs.auto')} (${num(now)})`),
      h('button', { class: 'icon-button', type: 'button', dataset: { name: 'more' }, 'aria-label': t('runs.more'), on: { click: () => set(now + 1) } }, '+'),
      run.live.most > 0 && h('button', { class: 'button quiet small', type: 'button', dataset: { name: 'auto' }, on: { click: () => set(0) } }, t('runs.autoBack')));
  }

  function reason(run) {
    if (isAlive(run) && !run.here) return t('runs.elsewhereWhy');
    return ['killed', 'interrupted', 'tried', 'stopping', 'planning'].includes(run.state) ? t('runs.why.' + run.state) : '';
  }

  // what decides which buttons there are; they are made anew only then, so that none goes away under the pointer.
  const shape = (run) => [run.state, run.here, run.failed, run.live?.most, run.live?.most ? 0 : run.live?.concurrency, run.pending > 0, run.version > 0].join();

  return {
    node: h('header', { class: 'stack run-head' }, h('a', { class: 'run-back', href: '/runs' }, '← ', t('runs.all')),
      h('div', { class: 'row run-title' }, title, marks), progress, facts, actions, why, errors),
    update(run) {
      title.textContent = run.name;
      replace(marks, badge(run.state), isAlive(run) && !run.here && h('span', { class: 'chip' }, t('runs.elsewhere')), run.sandbox && h('span', { class: 'chip' }, t('runs.sandbox')));
      replace(progress, bar(run), h('span', { class: 'num muted' }, run.rows ? t('runs.ofRows', { done: num(through(run)), rows: num(run.rows) }) : ''));
      const took = run.ended ? (new Date(run.ended) - new Date(run.started)) / 1000 : 0;
      facts.textContent = [t('runs.started', { time: time(run.started) }), took > 0 && t('runs.took', { time: took < 1 ? '< ' + duration(1) : duration(took) }), !isAlive(run) && run.output && t('runs.output', { name: run.output })].filter(Boolean).join(' · ');
      why.textContent = reason(run);
      why.hidden = !why.textContent;
      replace(errors, run.error && h('div', { class: 'error-box' }, h('strong', null, run.error.error), run.error.hint && h('p', null, run.error.hint)));
      if (shape(run) === drawn) return;
      drawn = shape(run);
      const focused = actions.contains(document.activeElement) ? document.activeElement.dataset.name ?? 'first' : '';
      const wasOpen = actions.querySelector('details[open]') !== null;
      replace(actions, buttonsOf(run));
      if (wasOpen) actions.querySelector('details').open = true;
      if (focused) (actions.querySelector(`[data-name="${focused}"]:not(:disabled)`) ?? actions.querySelector('button, a, summary'))?.focus({ preventScroll: true });
    },
  };
}
