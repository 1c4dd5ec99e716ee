import { announce, toast } from './dialog.js';
import { h } from './dom.js';
import { t } from './i18n.js';

// copyText also works on pages that are not served securely and have no clipboard.
export async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = h('textarea', { class: 'visually-hidden', readonly: true, value: text });
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (!done) throw new Error(t('common.notCopied'));
}

// copyButton copies what text() returns, and briefly confirms it.
export function copyButton(text, label = 'common.copy') {
  const word = h('span', null, t(label));
  const click = async () => {
    try {
      await copyText(text());
    } catch {
      return toast(t('common.notCopied'), 'bad');
    }
    word.textContent = t('common.copied');
    announce(t('common.copied'));
    setTimeout(() => { word.textContent = t(label); }, 1500);
  };
  return h('button', { class: 'button quiet small copy', type: 'button', on: { click } }, word);
}
