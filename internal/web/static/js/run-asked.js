import './text/runs.js';
import { h, replace } from './dom.js';
import { t } from './i18n.js';
import { parameterName, parameters } from './parameters.js';

// asked shows the prompts and settings of a run, in a collapsible part.
export function asked() {
  const body = h('div', { class: 'stack run-asked-body' });
  const node = h('details', { class: 'card run-asked', hidden: true }, h('summary', null, t('runs.asked')), body);
  let drawn = '';
  return {
    node,
    update(settings) {
      const told = JSON.stringify(settings ?? null);
      if (told === drawn) return;
      drawn = told;
      node.hidden = !settings;
      replace(body, settings && (settings.asks ?? [settings]).map((ask) => columnOf(ask, settings)));
    },
  };
}

function columnOf(ask, settings) {
  const facts = [
    [t('runs.prompt'), ask.prompt], [t('runs.system'), ask.system], [t('runs.model'), ask.model], [t('runs.choices'), ask.choices?.join(', ')],
    [t('runs.schema'), ask.schema && JSON.stringify(ask.schema, null, 2)], [t('runs.sheet'), settings.sheet], [t('runs.rowsAsked'), [settings.rows, ...(settings.where ?? []), ...(ask.skip_empty ?? []).map((name) => name + '!=')].filter(Boolean).join('; ')],
    ...parameters.map((name) => [parameterName(name), ask[name] ?? settings[name]]), [t('runs.limit'), ask.limit ?? settings.limit],
  ].filter(([, value]) => value !== undefined && value !== '' && value !== null);
  return h('section', null, settings.asks && h('h3', null, ask.completion_column),
    h('dl', { class: 'facts' }, facts.map(([name, value]) => [h('dt', null, name), h('dd', { class: 'row-pre', dir: 'auto' }, String(value))])));
}
