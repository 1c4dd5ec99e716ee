import './text/runs.js';
import { h, replace } from './dom.js';
import { num } from './format.js';
import { t } from './i18n.js';

// What a form can say of a schema. A schema with anything else is edited as JSON.
const remarks = ['description', 'title', 'default', 'examples', '$schema', '$id'];
const words = {
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'minItems', 'maxItems', 'uniqueItems'],
  string: ['format', 'minLength', 'maxLength', 'pattern'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  boolean: [],
};
const deepest = 5;
const own = (object, name) => (Object.hasOwn(object, name) ? object[name] : undefined);
const isObject = (v) => v !== null && typeof v === 'object' && !Array.isArray(v);

// plain returns { type, nullable, schema } of a schema that a form can say, else null. type is 'enum' for a list of values.
function plain(schema, depth = 0) {
  if (!isObject(schema) || depth > deepest) return null;
  const either = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(either) && either.length === 2 && either.some((s) => s?.type === 'null' && Object.keys(s).length === 1)) {
    const { anyOf, oneOf, ...rest } = schema;
    const of = either.find((s) => s?.type !== 'null');
    if ((anyOf && oneOf) || Object.keys(rest).some((k) => !remarks.includes(k))) return null;
    const one = plain({ ...rest, ...of }, depth);
    return one && { ...one, nullable: true };
  }
  const types = [schema.type ?? (schema.properties ? 'object' : [])].flat();
  const nullable = types.includes('null') || Boolean(schema.enum?.includes(null));
  const [type, ...others] = types.filter((name) => name !== 'null');
  const known = Object.keys(schema).filter((k) => k !== 'type' && !remarks.includes(k));
  if (others.length) return null;
  if ('const' in schema || schema.enum) {
    const values = (schema.enum ?? [schema.const]).filter((v) => v !== null);
    const bare = values.length > 0 && values.every((v) => typeof v !== 'object') && !['object', 'array'].includes(type);
    return bare && known.every((k) => k === 'enum' || k === 'const') ? { type: 'enum', nullable, schema, values } : null;
  }
  if (!words[type] || known.some((k) => !words[type].includes(k))) return null;
  if (type === 'array' && !plain(schema.items, depth + 1)) return null;
  if (type === 'object') {
    const { properties = {}, additionalProperties: more = true } = schema;
    if (!isObject(properties) || typeof more !== 'boolean' || !Object.keys(properties).length) return null;
    if (Object.values(properties).some((p) => !plain(p, depth + 1))) return null;
  }
  return { type, nullable, schema };
}

// fits reports whether a value has the shape that a form needs: nothing of it would be lost. undefined is no value.
function fits({ type, schema, values }, value) {
  if (value === undefined || value === null) return true;
  switch (type) {
    case 'object': return isObject(value) && Object.entries(schema.properties).every(([name, p]) => fits(plain(p), own(value, name)));
    case 'array': return Array.isArray(value) && value.every((v) => fits(plain(schema.items), v));
    case 'enum': return values.includes(value);
    case 'string': return typeof value === 'string' && (schema.format !== 'date' || /^(\d{4}-\d\d-\d\d)?$/.test(value));
    case 'boolean': return typeof value === 'boolean';
    default: return typeof value === 'number';
  }
}

const numberOf = (text) => Number(text.replace(/\s/g, '').replace(',', '.'));

// parts make the control of a value. Each returns { node, control, read, fault }: read returns the value, undefined if there is none; fault
// what is wrong with it as the key of a text and its variables, or null.
const parts = {
  string({ schema, nullable }, value) {
    const props = { autocomplete: 'off', value: value ?? '' };
    const day = schema.format === 'date';
    const node = day ? h('input', { class: 'input', type: 'date', ...props }) : h('textarea', { class: 'textarea', rows: 2, dir: 'auto', ...props });
    const start = node.value; // what is not changed stays as it is, even if the control cannot show it
    const read = () => (node.value === start ? value : node.value || undefined);
    const long = () => [...node.value].length;
    const fault = (required) => {
      if (!node.value && (!required || nullable || (!day && !(schema.minLength > 0) && !schema.pattern))) return null;
      if (!node.value) return ['runs.fieldNeeded'];
      if (long() < (schema.minLength ?? 0)) return ['runs.fieldShort', { n: num(schema.minLength) }];
      if (long() > (schema.maxLength ?? Infinity)) return ['runs.fieldLong', { n: num(schema.maxLength) }];
      return schema.pattern && !matches(schema.pattern, node.value) ? ['runs.fieldPattern', { pattern: schema.pattern }] : null;
    };
    const empty = (required) => (!required ? undefined : nullable ? null : day ? undefined : '');
    const given = (now, required) => (now === undefined ? empty(required) : now);
    return { node, control: node, fault, read: (required) => given(read(), required) };
  },
  number(of, value) {
    const { schema, type, nullable } = of;
    const whole = type === 'integer';
    const node = h('input', {
      class: 'input num', type: 'text', autocomplete: 'off', inputmode: whole ? 'numeric' : 'decimal', value: String(value ?? ''),
    });
    const fault = (required) => {
      if (!node.value.trim()) return required && !nullable ? ['runs.fieldNeeded'] : null;
      const n = numberOf(node.value);
      if (!Number.isFinite(n)) return ['runs.fieldNumber'];
      if (whole && !Number.isSafeInteger(n)) return ['runs.fieldInteger'];
      const { minimum: low, maximum: high, exclusiveMinimum: above, exclusiveMaximum: below, multipleOf: step } = schema;
      if (n < low) return ['runs.fieldMin', { n: num(low) }];
      if (n > high) return ['runs.fieldMax', { n: num(high) }];
      if (n <= above) return ['runs.fieldAbove', { n: num(above) }];
      if (n >= below) return ['runs.fieldBelow', { n: num(below) }];
      return step && Math.abs(n / step - Math.round(n / step)) > 1e-9 ? ['runs.fieldStep', { n: num(step) }] : null;
    };
    const empty = (required) => (nullable && (required || value === null) ? null : undefined);
    return { node, control: node, fault, read: (required) => (node.value.trim() ? numberOf(node.value) : empty(required)) };
  },
  choice({ nullable }, value, options) {
    const at = options.findIndex(([v]) => v === value);
    const open = at < 0 || nullable;
    const node = h('select', { class: 'select', value: at < 0 ? '' : String(at) },
      open && h('option', { value: '' }, '–'), options.map(([, label], i) => h('option', { value: String(i) }, label)));
    return {
      node, control: node,
      fault: (required) => (node.value === '' && required && !nullable ? ['runs.fieldNeeded'] : null),
      read: (required) => (node.value !== '' ? options[node.value][0] : nullable && (required || value !== undefined) ? null : undefined),
    };
  },
  array({ schema, nullable }, value, id) {
    const list = h('div', { class: 'stack row-list' });
    const of = plain(schema.items);
    let items = [];
    let made = 0;
    const insert = (v) => {
      const one = labelled(of, v, { id: `${id}-${made++}`, name: '', required: true });
      const away = h('button', {
        class: 'button small quiet', type: 'button', 'aria-label': t('runs.itemRemove', { n: items.length + 1 }),
        on: { click: () => { items = items.filter((other) => other !== one); one.row.remove(); add.focus(); changed(); } },
      }, '×');
      one.row = h('div', { class: 'row-item' }, one.node, away);
      items.push(one);
      list.append(one.row);
      return one;
    };
    const add = h('button', {
      class: 'button small', type: 'button', id, on: { click: () => { insert(undefined).focus(); changed(); } },
    }, t('runs.itemAdd'));
    const changed = () => add.dispatchEvent(new Event('change', { bubbles: true }));
    for (const v of value ?? []) insert(v);
    const read = () => items.map((one) => one.read());
    const fault = (required) => {
      if (!items.length && (nullable || !required)) return null;
      if (items.length < (schema.minItems ?? 0)) return ['runs.fieldFew', { n: num(schema.minItems) }];
      if (items.length > (schema.maxItems ?? Infinity)) return ['runs.fieldMany', { n: num(schema.maxItems) }];
      return schema.uniqueItems && new Set(read().map((v) => JSON.stringify(v))).size < items.length ? ['runs.fieldTwice'] : null;
    };
    const empty = (required) => (nullable && value === null ? null : required || value !== undefined ? [] : undefined);
    return {
      node: h('div', { class: 'row-group' }, list, add), control: add, fault,
      wrong: () => items.map((one) => one.check()).find(Boolean) ?? null,
      read: (required) => (items.length ? read() : empty(required)),
    };
  },
  object({ schema, nullable }, value, id) {
    const all = Object.entries(schema.properties).map(([name, p], i) => {
      const required = Boolean(schema.required?.includes(name));
      return [name, labelled(plain(p), own(value ?? {}, name), { id: `${id}-${i}`, name, note: p.description, required })];
    });
    const extra = Object.entries(value ?? {}).filter(([name]) => !Object.hasOwn(schema.properties, name)); // that the schema does not name
    const blank = () => (value === undefined || value === null) && all.every(([, one]) => one.blank());
    const read = (required) => {
      if (blank() && (nullable || !required)) return nullable && (required || value === null) ? null : undefined;
      const found = [...all.map(([name, one]) => [name, one.read()]), ...extra].filter(([, v]) => v !== undefined);
      return Object.fromEntries(found);
    };
    return {
      node: h('div', { class: 'stack row-group' }, all.map(([, one]) => one.node)), control: all[0][1].control, blank, read,
      field: (name) => all.find(([n]) => n === name)?.[1].control,
      fault: () => null,
      wrong: (required) => (blank() && (nullable || !required) ? null : all.map(([, one]) => one.check()).find(Boolean) ?? null),
    };
  },
};

function matches(pattern, text) {
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return true; // the server reads it
  }
}

function partOf(of, value, id) {
  switch (of.type) {
    case 'integer': return parts.number(of, value);
    case 'boolean': return parts.choice(of, value, [[true, t('runs.yes')], [false, t('runs.no')]]);
    case 'enum': return parts.choice(of, value, of.values.map((v) => [v, String(v)]));
    default: return parts[of.type](of, value, id);
  }
}

// labelled is a part with its name and what is wrong with it. check says that, and returns the control to be mended, or null.
function labelled(of, value, { id, name, note, required }) {
  const part = partOf(of, value, id);
  const wrong = h('p', { class: 'help tb-fault', id: id + '-wrong', role: 'alert', hidden: true });
  const group = Boolean(part.wrong);
  const { control } = part;
  if (!group) {
    control.id = id;
    control.setAttribute('aria-describedby', wrong.id);
    if (!name) control.setAttribute('aria-label', t('runs.item'));
  }
  const say = () => {
    const fault = part.fault(required);
    wrong.hidden = !fault;
    replace(wrong, fault && t(...fault));
    if (!group) control.setAttribute('aria-invalid', String(Boolean(fault)));
    return fault;
  };
  const before = JSON.stringify(part.read(false)) ?? '';
  const remark = note && h('p', { class: 'help' }, note);
  const node = group
    ? h('fieldset', { class: 'row-fields' }, name && h('legend', null, name), remark, part.node, wrong)
    : h('div', { class: 'field' }, name && h('label', { for: id }, name), remark, part.node, wrong);
  part.node.addEventListener('change', say);
  return {
    node, control, focus: () => control.focus(), read: () => part.read(required),
    blank: () => part.blank?.() ?? (JSON.stringify(part.read(false)) ?? '') === before,
    check: () => {
      const inner = part.wrong?.(required) ?? null;
      return say() ? control : inner;
    },
  };
}

// formOf returns a form for an answer by its schema, or null if there can be none: { node, read, check, focus }. read returns the answer,
// check says what is wrong beside each field, and returns the first control to be mended, or null, and focus begins in a field, else in the first.
export function formOf(schema, value) {
  const of = plain(schema);
  if (of?.type !== 'object' || of.nullable || !fits(of, value)) return null;
  const form = partOf(of, value ?? {}, 'row-field');
  return { node: form.node, read: () => form.read(true), check: () => form.wrong(true), focus: (name) => (form.field(name) ?? form.control).focus() };
}
