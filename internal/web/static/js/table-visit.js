import './text/table.js';
import { h } from './dom.js';
import { num } from './format.js';
import { t } from './i18n.js';
import { button, say } from './answer-ui.js';

// visitBar says that the grid shows what one run asked and not what was chosen for the table, and leads back.
export function visitBar(store) {
  const words = h('span');
  const node = h('div', { class: 'note row tb-visit', role: 'status', hidden: true }, words,
    button(t('table.visitLeave'), 'small', () => store.leave()), button(t('table.visitStay'), 'small quiet', () => store.stay()));
  return {
    node,
    update() {
      const { visit } = store;
      node.hidden = !visit;
      if (visit) say(words, t(visit.trial ? 'table.visitTrial' : 'table.visit', { n: num(visit.run) }));
    },
  };
}
