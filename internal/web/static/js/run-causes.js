import './text/runs.js';
import './text/table.js';
import { say } from './answer-ui.js';
import { h, replace } from './dom.js';
import { num } from './format.js';
import { n, t } from './i18n.js';
import { popover } from './popover.js';
import { causeName } from './run-parts.js';

// reasons returns why rows of a run have no answer, or one that is out of date: each with its text and the filter that shows the rows. So many
// others have none beside those of the run.
function reasons(run, others) {
  const causes = Object.entries(run.failures ?? {}).filter(([, x]) => x > 0);
  return [
    ...causes.map(([cause, x]) => ({
      kind: 'bad', text: `${causeName(cause)}: ${num(x)}`, title: t('runs.failedFor', { why: `${causeName(cause)}: ${num(x)}` }), filter: { op: 'cause', values: [cause] },
    })),
    run.blocked > 0 && { kind: 'warn', text: n('runs.nBlocked', run.blocked), filter: { op: 'state', values: ['blocked'] } },
    others > 0 && { kind: 'warn', text: n('runs.nOthers', others), filter: { op: 'state', values: ['failed', 'blocked'] } },
    run.outdated > 0 && { kind: 'warn', text: n('runs.nOutdated', run.outdated), filter: { op: 'state', values: ['outdated'] } },
  ].filter(Boolean);
}

// causeChips shows these reasons in one line, each a filter. Those that have no room there, all but the first, are in a box that opens.
export function causeChips(pick) {
  const node = h('span', { class: 'tb-chips tb-causes' });
  const rest = h('button', { class: 'chip tb-cause-rest', type: 'button', 'aria-haspopup': 'dialog', 'aria-expanded': 'false', on: { click: () => open() } });
  let all = [];
  let told = '';

  function open() {
    const item = ({ text, title = text, filter }) => h('button', { class: 'tb-item', type: 'button', on: { click: () => { close(); pick(filter); } } }, title);
    const close = popover(rest, t('runs.failures'), h('div', { class: 'tb-items' }, all.map(item)));
  }

  // fit hides the last chips until the others have room.
  function fit() {
    const chips = [...node.querySelectorAll('.tb-cause')];
    const show = (few) => {
      chips.forEach((chip, i) => { chip.hidden = i >= few; });
      rest.hidden = few === chips.length;
      say(rest, t('table.moreCauses', { n: num(chips.length - few) }));
    };
    const had = document.activeElement === rest;
    let few = chips.length;
    for (show(few); few > 1 && node.scrollWidth > node.clientWidth; show(few)) few--;
    if (had) rest.focus({ preventScroll: true });
  }

  const sizes = new ResizeObserver(() => requestAnimationFrame(fit));
  sizes.observe(node);

  return {
    node,
    update(run, others) {
      all = reasons(run, others);
      const now = JSON.stringify([all, run.state]);
      if (told === now) return;
      told = now;
      const chip = ({ kind, text, title = text, filter }) => h('button', { class: 'chip tb-cause', type: 'button', title, dataset: { kind }, on: { click: () => pick(filter) } }, text);
      replace(node, all.length > 0 && [all.map(chip), rest]);
      if (node.parentElement) sizes.observe(node.parentElement);
      fit();
    },
    close: () => sizes.disconnect(),
  };
}
