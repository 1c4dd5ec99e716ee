import './text/runs.js';
import { h } from './dom.js';
import { t } from './i18n.js';

const tooMany = 256;
const calm = 300; // between the last click and the request

// runWidth sets the number of concurrent requests: automatic, or a number. set is called with the number, 0 for automatic.
export function runWidth(set) {
  const step = (by, name, sign) => h('button', { class: 'icon-button', type: 'button', 'aria-label': t(name), title: t(name), on: { click: () => choose(at() + by) } }, sign);
  const input = h('input', {
    class: 'run-width-now num', type: 'text', inputmode: 'numeric', autocomplete: 'off', maxlength: 3, 'aria-label': t('runs.concurrency'),
    on: { change: () => typed(), keydown: (e) => keys(e), focus: () => input.select() },
  });
  const fewer = step(-1, 'runs.fewer', '−');
  const auto = h('button', { class: 'button quiet small', type: 'button', 'aria-pressed': 'false', title: t('runs.autoBack'), on: { click: () => choose(wanted() ? 0 : at()) } }, t('runs.auto'));
  const node = h('span', { class: 'run-width', role: 'group', 'aria-label': t('runs.concurrency') }, h('span', { class: 'muted run-width-name' }, t('runs.concurrency')), fewer, input, step(1, 'runs.more', '+'), auto);
  let live = { most: 0, concurrency: 1 };
  let own = null; // chosen here, and not yet confirmed by the server
  let timer = 0;

  const wanted = () => own ?? live.most ?? 0;
  const at = () => wanted() || live.concurrency || 1;

  function choose(to) {
    own = to === 0 ? 0 : Math.max(1, Math.min(tooMany, to));
    draw();
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const sent = own;
      await set(sent);
      if (own === sent) own = null;
      draw();
    }, calm);
  }

  function typed() {
    const to = parseInt(input.value, 10);
    if (Number.isFinite(to) && to !== at()) choose(Math.max(1, to));
    else input.value = at();
  }

  function keys(e) {
    const by = { ArrowUp: 1, ArrowDown: -1 }[e.key];
    if (by) {
      e.preventDefault();
      choose(at() + by);
      input.value = at();
    } else if (e.key === 'Enter') {
      typed();
    }
  }

  function draw() {
    if (document.activeElement !== input) input.value = at();
    fewer.setAttribute('aria-disabled', String(at() <= 1)); // not disabled, which would lose the focus
    auto.setAttribute('aria-pressed', String(!wanted()));
  }

  return {
    node,
    update(now) {
      live = now;
      draw();
    },
  };
}
