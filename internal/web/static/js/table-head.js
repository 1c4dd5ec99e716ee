import './text/table.js';
import { h, replace } from './dom.js';
import { num, visible } from './format.js';
import { n, t } from './i18n.js';
import { popover } from './popover.js';
import { problem } from './dialog.js';
import { labelled, say, select } from './answer-ui.js';
import { saveMenu } from './table-save.js';

const encodings = [
  'utf-8', 'windows-1251', 'koi8-r', 'ibm866', 'mac-cyrillic', 'windows-1252', 'utf-16le', 'utf-16be',
  'koi8-u', 'iso-8859-5', 'ibm855', 'windows-1250', 'windows-1253', 'windows-1254', 'windows-1255', 'windows-1256', 'windows-1257',
  'windows-874', 'iso-8859-2', 'ibm437', 'ibm850', 'ibm852', 'macintosh', 'gbk', 'big5', 'shift_jis', 'euc-jp', 'euc-kr',
];
const delimiters = [['', 'table.auto'], ['comma', 'table.comma'], ['semicolon', 'table.semicolon'], ['tab', 'table.tab'], ['pipe', 'table.bar']];

// tableHead has the name of the table, one line with what it was taken for, in which each part can be corrected, and the ways to hand it over.
export function tableHead(store, search) {
  const title = h('h1', { class: 'tb-name' }, h('span', { class: 'skeleton' }));
  const found = h('p', { class: 'tb-found', role: 'status' });
  const sheets = h('div', { class: 'tb-sheets', role: 'group', 'aria-label': t('table.sheet'), hidden: true });
  const save = saveMenu(store);
  const errors = h('div');
  const node = h('div', { class: 'tb-head' }, h('div', { class: 'tb-head-main' }, h('div', { class: 'tb-title' }, h('a', { class: 'tb-back', href: '/tables', 'aria-label': t('table.all'), title: t('table.all') }, '‹'), title), found), search, save.node, errors, sheets);
  let drawn = '';

  const change = (changes) => {
    const options = { ...store.draft.options, ...changes };
    for (const name of Object.keys(options)) if (!options[name]) delete options[name];
    store.set({ options });
  };
  const part = (label, text, ...body) => {
    const button = h('button', { class: 'tb-guess', type: 'button', title: label, 'aria-haspopup': 'dialog', 'aria-label': `${label}: ${text}`, on: { click: () => popover(button, label, body.map((one) => (typeof one === 'function' ? one() : one))) } }, text);
    return button;
  };

  function parts(look) {
    const all = [];
    const { options } = store.draft;
    if (look.format !== 'jsonl' && store.table.kind !== 'documents') all.push(part(t('table.header'), look.no_header ? t('table.headerNoneShort') : t('table.headerAt', { line: num(look.header_row || 1) }), () => headerForm(look, options, change)));
    if (look.encoding) all.push(part(t('table.encoding'), look.encoding, () => h('div', { class: 'stack' }, chosen('tb-encoding', 'table.encoding', select([['', t('table.auto')], ...encodings.map((e) => [e, e])], options.encoding ?? '', (encoding) => change({ encoding }))))));
    if (look.format === 'csv') all.push(part(t('table.delimiter'), delimiterName(look.delimiter), () => h('div', { class: 'stack' }, chosen('tb-delimiter', 'table.delimiter', select(delimiters.map(([v, text]) => [v, t(text)]), options.delimiter ?? '', (delimiter) => change({ delimiter }))))));
    const out = look.left_out ?? [];
    if (out.length || options.keep_rows) all.push(part(t('table.leftOut'), out.length ? t('table.leftOutShort', { what: out.slice(0, 2).map((o) => o.text).join(', ') + (out.length > 2 ? '…' : '') }) : t('table.keptShort', { lines: options.keep_rows }), () => leftOutForm(out, options, change)));
    return all;
  }

  function draw() {
    const { look, table } = store;
    if (!look || !table) return;
    const told = JSON.stringify([look.format, look.sheet, look.sheets, look.all_sheets, look.header_row, look.no_header, look.encoding, look.delimiter, look.left_out, look.rows, store.shown.known, store.draft.options]);
    if (told === drawn) return;
    drawn = told;
    const rows = Math.max(store.shown.known, look.rows ?? 0);
    replace(found, h('span', null, table.kind === 'documents' ? n('table.documents', rows) : n('table.rows', rows)), parts(look).map((one) => [h('span', { 'aria-hidden': 'true' }, ' · '), one]));
    const names = look.sheets ?? [];
    sheets.hidden = names.length < 2;
    replace(sheets, names.length > 1 && [...names.map((name) => tab(name, !look.all_sheets && name === look.sheet, () => change({ sheet: name, all_sheets: false, header_row: 0 }))), tab(t('table.allSheets'), look.all_sheets, () => change({ sheet: '', all_sheets: true, header_row: 0 }))]);
  }

  const tab = (name, on, pick) => h('button', { class: 'tb-sheet', type: 'button', 'aria-pressed': String(on), on: { click: pick } }, name);

  return {
    node,
    update(what) {
      if (what === 'table' && store.table) {
        const name = visible(store.table.name);
        say(title, name.slice(name.lastIndexOf('/') + 1));
        title.title = name;
        document.title = `${name} · gigabatch`;
      }
      if (['table', 'look', 'shown', 'draft', 'lang'].includes(what)) draw();
      if (what === 'look') replace(errors, store.lookError && problem(store.lookError));
      if (store.look) found.setAttribute('aria-busy', String(store.looking));
      save.update(what);
    },
  };
}

const delimiterName = (sign) => ({ ',': t('table.comma'), ';': t('table.semicolon'), '\t': t('table.tab'), '|': t('table.bar') })[sign] ?? (sign || t('table.auto'));

function chosen(id, label, control) {
  control.id = id;
  return labelled(id, label, control);
}

function headerForm(look, options, change) {
  const number = h('input', { class: 'input num', id: 'tb-header-number', type: 'number', min: '1', step: '1', value: look.header_row || 1, on: { change: () => change({ header_row: Math.max(1, Math.round(number.valueAsNumber) || 1), no_header: false }) } });
  const none = h('input', { type: 'checkbox', checked: Boolean(options.no_header), on: { change: () => change({ no_header: none.checked, header_row: 0 }) } });
  const auto = h('button', { class: 'button small quiet', type: 'button', on: { click: () => change({ header_row: 0, no_header: false }) } }, t('table.headerAuto'));
  return h('div', { class: 'stack' }, labelled(number.id, 'table.headerNumber', number), h('label', { class: 'tb-check' }, none, h('span', null, t('table.headerNone'))), h('div', { class: 'row' }, auto));
}

function leftOutForm(out, options, change) {
  const input = h('input', { class: 'input', id: 'tb-keep', type: 'text', autocomplete: 'off', placeholder: '7, 310-320', value: options.keep_rows ?? '', on: { change: () => change({ keep_rows: input.value.trim() }) } });
  const keep = (lines) => change({ keep_rows: [options.keep_rows, lines].filter(Boolean).join(',') });
  return h('div', { class: 'stack' }, h('p', { class: 'help' }, t('table.leftOutWhy')),
    h('ul', { class: 'tb-left' }, out.slice(0, 20).map((o) => h('li', null, h('span', null, o.text), o.lines && h('button', { class: 'button small', type: 'button', on: { click: () => keep(o.lines) } }, t('table.keep'))))),
    labelled(input.id, 'table.keepRows', input));
}

