import { h, replace } from './dom.js';
import { t } from './i18n.js';
import { foldable, labelled, select } from './newrun-ui.js';

const encodings = [
  'utf-8', 'windows-1251', 'koi8-r', 'ibm866', 'mac-cyrillic', 'windows-1252', 'utf-16le', 'utf-16be',
  'koi8-u', 'iso-8859-5', 'ibm855', 'windows-1250', 'windows-1253', 'windows-1254', 'windows-1255', 'windows-1256', 'windows-1257',
  'windows-874', 'iso-8859-2', 'ibm437', 'ibm850', 'ibm852', 'macintosh', 'gbk', 'big5', 'shift_jis', 'euc-jp', 'euc-kr',
];
const delimiters = [['', 'newrun.auto'], ['comma', 'newrun.comma'], ['semicolon', 'newrun.semicolon'], ['tab', 'newrun.tab'], ['pipe', 'newrun.bar']];

// howRead lets the user change how the table is read: the sheet, and what was detected.
export function howRead(model) {
  const sheets = h('div', { class: 'nr-sheets', hidden: true });
  const node = h('div', { hidden: true });
  const change = (changes) => {
    const options = { ...model.draft.options, ...changes };
    for (const name of Object.keys(options)) if (!options[name]) delete options[name];
    model.set({ options, row: 0 });
  };
  let sheetsOf = '';
  let optionsOf = '';
  const drawSheets = (look) => {
    sheets.hidden = look.sheets.length < 2;
    if (!sheets.hidden) replace(sheets, sheetSelect(model, look, change));
  };
  const draw = (look) => {
    const csv = look ? look.format === 'csv' : !/\.(xlsx|xlsm|jsonl|ndjson|json)$/i.test(model.input);
    const jsonl = look ? look.format === 'jsonl' : /\.(jsonl|ndjson|json)$/i.test(model.input);
    node.hidden = jsonl;
    const parts = [headerSelect(model, change), keptRows(model, change)];
    if (csv) parts.push(encodingSelect(model, change), delimiterSelect(model, change));
    replace(node, foldable(model, 'reading', 'newrun.notRight', h('div', { class: 'nr-fields-row' }, parts)));
  };
  return {
    sheets,
    node,
    update() {
      // Redrawn only for another table or sheet; otherwise the control in use would lose the focus.
      const { look, draft, lookError } = model;
      if (look && look.sheets.join('\n') !== sheetsOf) drawSheets(look);
      if (look) sheetsOf = look.sheets.join('\n');
      const state = look || lookError ? [look?.format, draft.options.sheet, draft.options.all_sheets].join('\n') : optionsOf;
      if (state !== optionsOf) draw(look);
      optionsOf = state;
    },
  };
}

function chosen(id, label, control) {
  control.id = id;
  return labelled(id, label, control);
}

function sheetSelect(model, look, change) {
  const { options } = model.draft;
  const all = '\u0000';
  const choices = [...look.sheets.map((name) => [name, name]), [all, t('newrun.allSheets', { n: look.sheets.length })]];
  return chosen('nr-sheet', 'newrun.sheet', select(choices, options.all_sheets ? all : options.sheet || look.sheet, (value) =>
    change(value === all ? { all_sheets: true, sheet: '', header_row: 0 } : { all_sheets: false, sheet: value, header_row: 0 })));
}

function headerSelect(model, change) {
  const { options } = model.draft;
  const number = h('input', {
    class: 'input num', type: 'number', min: '1', step: '1', value: options.header_row || 1, 'aria-label': t('newrun.headerNumber'),
    on: { change: () => change({ header_row: Math.max(1, Math.round(number.valueAsNumber) || 1), no_header: false }) },
  });
  const choices = [['auto', t('newrun.headerAuto')], ['row', t('newrun.headerRow')], ['none', t('newrun.headerNone')]];
  const kind = select(choices, options.no_header ? 'none' : options.header_row ? 'row' : 'auto', (value) => {
    number.hidden = value !== 'row';
    change({ no_header: value === 'none', header_row: value === 'row' ? number.valueAsNumber || 1 : 0 });
  });
  number.hidden = !options.header_row;
  const node = chosen('nr-header', 'newrun.header', kind);
  node.append(number);
  return node;
}

function keptRows(model, change) {
  const input = h('input', { class: 'input', type: 'text', autocomplete: 'off', placeholder: '7, 310-320', value: model.draft.options.keep_rows ?? '', on: { change: () => change({ keep_rows: input.value.trim() }) } });
  return chosen('nr-keep-rows', 'newrun.keepRows', input);
}

function encodingSelect(model, change) {
  const choices = [['', t('newrun.auto')], ...encodings.map((e) => [e, e])];
  return chosen('nr-encoding', 'newrun.encoding', select(choices, model.draft.options.encoding ?? '', (encoding) => change({ encoding })));
}

function delimiterSelect(model, change) {
  const choices = delimiters.map(([value, text]) => [value, t(text)]);
  return chosen('nr-delimiter', 'newrun.delimiter', select(choices, model.draft.options.delimiter ?? '', (delimiter) => change({ delimiter })));
}
