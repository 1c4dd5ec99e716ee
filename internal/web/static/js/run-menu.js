import './text/runs.js';
import { h } from './dom.js';
import { t } from './i18n.js';
import { download } from './api.js';
import { toast } from './dialog.js';

const formats = { xlsx: 'runs.asXLSX', csv: 'runs.asCSV', jsonl: 'runs.asJSONL', report: 'runs.asReport' };

// runMenu offers the output of a run in each format, and its report.
export function runMenu(path) {
  const part = h('span', { class: 'muted', hidden: true }, `(${t('runs.partial')})`);
  const summary = h('summary', { class: 'button', dataset: { name: 'download' } }, t('runs.download'), ' ', part);
  const save = (format) => {
    node.open = false;
    download(format === 'report' ? `${path}/report?save` : `${path}/output?format=${format}`).catch((error) => toast(error.message, 'bad'));
  };
  const item = (format) => h('button', { class: 'run-menu-item', type: 'button', on: { click: () => save(format) } }, t(formats[format]));
  const node = h('details', { class: 'run-menu', on: { toggle, keydown, focusout: (e) => { if (e.relatedTarget && !node.contains(e.relatedTarget)) node.open = false; } } },
    summary, h('div', { class: 'run-menu-list card' }, Object.keys(formats).map(item)));
  const outside = (e) => { if (!node.contains(e.target)) node.open = false; };

  function toggle() {
    document[node.open ? 'addEventListener' : 'removeEventListener']('pointerdown', outside);
  }

  function keydown(e) {
    if (!node.open) return;
    const all = [...node.querySelectorAll('button')];
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (e.key === 'Escape') {
      node.open = false;
      summary.focus();
    } else if (step) {
      e.preventDefault();
      const at = all.indexOf(document.activeElement);
      all.at(at < 0 ? (step > 0 ? 0 : -1) : (at + step) % all.length).focus();
    }
  }

  return { node, update: (partial) => { part.hidden = !partial; } };
}
