import { h, replace } from './dom.js';
import { n, t } from './i18n.js';
import { say } from './newrun-ui.js';

// rowTable shows the first rows, and lets the user select one.
export function rowTable(model) {
  const caption = h('p', { class: 'muted nr-caption' });
  const region = h('div', { class: 'nr-rows', role: 'region', tabindex: '0', 'aria-label': t('newrun.firstRows') });
  const empty = h('div', { class: 'note', hidden: true }, h('strong', null, t('newrun.noRows')), h('p', null, t('newrun.noRowsHint')));
  const skeleton = h('div', { class: 'skeleton nr-rows-skeleton' });
  let drawn = null;
  return {
    node: h('div', { class: 'nr-table' }, caption, region, empty, skeleton),
    update() {
      const look = model.lookError ? null : model.look;
      skeleton.hidden = Boolean(model.look || model.lookError);
      region.hidden = !look?.rows.length;
      empty.hidden = !look || look.rows.length > 0;
      caption.hidden = region.hidden;
      if (look && look !== drawn) {
        const held = region.contains(document.activeElement) && document.activeElement !== region;
        replace(region, tableOf(model, look));
        say(caption, n(look.more ? 'newrun.rowsFirst' : 'newrun.rowsShown', look.rows.length) + '. ' + t('newrun.pickHint'));
        if (held) region.querySelector('input:checked')?.focus();
      }
      drawn = look ?? drawn;
      mark(region, model.row());
    },
  };
}

// mark shows which row is selected.
function mark(region, row) {
  const radio = region.querySelector(`input[value="${row}"]`);
  if (!radio || (radio.checked && radio.closest('tr').classList.contains('nr-picked'))) return;
  radio.checked = true;
  region.querySelector('.nr-picked')?.classList.remove('nr-picked');
  radio.closest('tr').classList.add('nr-picked');
}

function tableOf(model, look) {
  const empty = new Set(look.empty_columns ?? []);
  const sheets = look.rows.some((r) => r.sheet && r.sheet !== look.sheet);
  const head = h('tr', null, h('th', { scope: 'col', class: 'nr-line' }, t('newrun.line')), sheets && h('th', { scope: 'col' }, t('newrun.sheet')),
    look.columns.map((name) => h('th', { scope: 'col', title: name.length > 24 ? name : null },
      h('span', { class: 'nr-cell' }, name || h('span', { class: 'muted' }, t('newrun.noName'))),
      empty.has(name) && h('span', { class: 'nr-tag' }, t('newrun.emptyColumn')))));
  const body = look.rows.map((row, i) => h('tr', { on: { click: () => model.set({ row: i }) } },
    h('th', { scope: 'row', class: 'nr-line' }, h('label', null,
      h('input', { type: 'radio', name: 'nr-row', value: String(i), 'aria-label': t('newrun.pickRow', { line: row.line }), on: { change: () => model.set({ row: i }) } }),
      h('span', { class: 'num', 'aria-hidden': 'true' }, String(row.line)))),
    sheets && h('td', null, h('span', { class: 'nr-cell' }, row.sheet)),
    look.columns.map((_, c) => cell(row.values[c] ?? ''))));
  return h('table', { class: 'table' }, h('thead', null, head), h('tbody', null, body));
}

function cell(value) {
  const short = value.length > 300 ? value.slice(0, 300) + '…' : value;
  return h('td', null, h('span', { class: 'nr-cell', title: value.length > 40 ? value.slice(0, 1000) : null }, short));
}
