import { jsonPlace } from './json.js';

// fieldTypes are the types of a field, with their JSON Schemas.
const fieldTypes = {
  text: () => ({ type: 'string' }),
  number: () => ({ type: 'number' }),
  integer: () => ({ type: 'integer' }),
  boolean: () => ({ type: 'boolean' }),
  date: () => ({ type: 'string', format: 'date' }),
  choice: (field) => ({ enum: field.choices }),
};

export const typeNames = Object.keys(fieldTypes);
export const newField = () => ({ name: '', type: 'text', note: '', choices: [] });

const named = (fields) => fields.filter((f) => f.name.trim() !== '');

export function schemaOf(fields) {
  const properties = {};
  for (const field of named(fields)) {
    const property = fieldTypes[field.type](field);
    if (field.note.trim()) property.description = field.note.trim();
    // defineProperty, since a field may be named __proto__
    Object.defineProperty(properties, field.name.trim(), { value: property, enumerable: true, configurable: true });
  }
  return { type: 'object', properties, required: Object.keys(properties) };
}

function fieldOf(name, property) {
  const base = { ...newField(), name, note: property.description ?? '' };
  if (Array.isArray(property.enum) && property.enum.every((c) => typeof c === 'string')) {
    return { ...base, type: 'choice', choices: property.enum };
  }
  if (property.type === 'string') return { ...base, type: property.format === 'date' ? 'date' : 'text' };
  return { ...base, type: fieldTypes[property.type] ? property.type : 'text' };
}

// fieldsOf returns the fields of a schema, and whether they express all of it.
export function fieldsOf(schema) {
  const properties = Object.entries(schema?.properties ?? {}).filter(([, p]) => p && typeof p === 'object');
  const fields = properties.map(([name, property]) => fieldOf(name, property));
  return { fields, whole: sorted(schemaOf(fields)) === sorted(schema) };
}

function sorted(value) {
  return JSON.stringify(value, (k, v) =>
    v && typeof v === 'object' && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1))) : v);
}

// fieldsFault returns what is wrong with fields: the key of a text and its variables, or null.
export function fieldsFault(fields) {
  if (named(fields).length === 0) return ['table.fieldsNone'];
  if (fields.some((f) => !f.name.trim() && (f.note.trim() || f.choices.length))) return ['table.fieldsUnnamed'];
  const seen = new Set();
  for (const field of named(fields)) {
    const name = field.name.trim();
    if (seen.has(name)) return ['table.fieldsTwice', { name }];
    if (field.type === 'choice' && field.choices.length === 0) return ['table.fieldsChoices', { name }];
    seen.add(name);
  }
  return null;
}

// parseSchema reads a schema written by hand. It returns { schema } or { fault }.
export function parseSchema(text) {
  let schema;
  try {
    schema = JSON.parse(text);
  } catch (e) {
    const at = jsonPlace(text, e);
    return { fault: at ? ['table.schemaBadAt', { at }] : ['table.schemaBad'] };
  }
  const good = schema?.type === 'object' && schema.properties && typeof schema.properties === 'object';
  return good ? { schema } : { fault: ['table.schemaObject'] };
}
