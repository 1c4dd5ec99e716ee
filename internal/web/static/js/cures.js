import './text/common.js';
import { confirm } from './dialog.js';
import { h } from './dom.js';
import { t } from './i18n.js';

const button = (name, text, fn) => h('button', { class: 'button small', type: 'button', dataset: { name }, on: { click: fn } }, text);

// cures returns buttons for an error with code: something of the user is in the place of the answers. onChoice gets where the answers go instead.
export function cures(code, onChoice) {
  if (code === 'columns') return [button('new-columns', t('common.newColumns'), () => onChoice({ new_columns: true }))];
  if (code !== 'output') return [];
  const replace = async () => {
    if (await confirm({ title: t('common.overwriteTitle'), text: t('common.overwriteText'), ok: t('common.overwrite'), danger: true })) onChoice({ overwrite: true });
  };
  return [button('new-output', t('common.newOutput'), () => onChoice({ new_output: true })), button('overwrite', t('common.overwrite'), replace)];
}
