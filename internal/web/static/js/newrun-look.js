import { h } from './dom.js';
import { t } from './i18n.js';
import { howRead } from './newrun-reading.js';
import { rowTable } from './newrun-rows.js';
import { button, say, step, trouble } from './newrun-ui.js';
import { toast } from './dialog.js';

// lookStep shows how the table was read, and lets the user change that and select a row.
export function lookStep(model, nav, remount) {
  const part = step(2, 'newrun.found');
  const dialect = h('p', { class: 'nr-dialect' });
  const before = answersBefore(model, nav, remount);
  const reading = howRead(model);
  const errors = trouble(() => model.refresh());
  const table = rowTable(model);
  part.node.append(h('div', { class: 'nr-found' }, dialect, reading.sheets), reading.node, errors.node, before.node, table.node);
  part.node.setAttribute('aria-busy', 'true');
  return {
    node: part.node,
    heading: part.heading,
    update() {
      part.node.setAttribute('aria-busy', String(model.looking));
      say(dialect, model.look && !model.lookError ? model.look.dialect : model.looking ? t('newrun.looking') : '');
      errors.show(model.lookError);
      reading.update();
      before.update();
      table.update();
    },
  };
}

function answersBefore(model, nav, remount) {
  const link = h('a', null, t('newrun.openRun'));
  const take = async () => {
    try {
      await model.takeOver();
      toast(t('newrun.takenOver'));
      remount();
    } catch (error) {
      toast(error.message, 'bad');
    }
  };
  const node = h('div', { class: 'note nr-before', hidden: true }, h('p', null, t('newrun.answersBefore')),
    h('div', { class: 'row' }, link, button(t('newrun.takeOver'), 'small', take)));
  return {
    node,
    update() {
      node.hidden = !model.look?.run;
      if (model.look?.run) link.setAttribute('href', '/runs/' + encodeURIComponent(model.look.run));
    },
  };
}
