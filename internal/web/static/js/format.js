import './text/common.js';
import { lang, t } from './i18n.js';

const thin = '\u202f';
const made = new Map();

function formatter(kind, options) {
  const key = kind.name + lang() + JSON.stringify(options);
  if (!made.has(key)) made.set(key, new kind(lang(), options));
  return made.get(key);
}

const number = (x, options) => formatter(Intl.NumberFormat, options).format(x).replace(/\s/g, thin);

// num formats a number, with at most one decimal unless options say otherwise.
export function num(x, options = { maximumFractionDigits: 1 }) {
  return Number.isFinite(x) ? number(x, options) : '–';
}

// visible returns the name of a file with a sign in place of each character that is not seen but changes how the name is read: controls and
// directions of text.
export const visible = (name) => name.replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');

export function bytes(x) {
  const units = ['common.b', 'common.kb', 'common.mb', 'common.gb', 'common.tb'];
  let at = 0;
  for (; x >= 1000 && at < units.length - 1; at++) x /= 1000;
  return num(x, { maximumFractionDigits: at && x < 100 ? 1 : 0 }) + thin + t(units[at]);
}

// rubles formats an amount: in whole rubles from 100 on, otherwise with kopeks.
export function rubles(x) {
  if (x > 0 && x < 0.005) return t('common.lessThan', { value: num(0.01, { minimumFractionDigits: 2 }) + thin + '₽' });
  const digits = x === 0 || x >= 99.995 ? 0 : 2;
  return num(x, { minimumFractionDigits: digits, maximumFractionDigits: digits }) + thin + '₽';
}

// about is an amount that is an estimate.
export const about = (x) => '≈' + thin + rubles(x);

// duration formats a time in its two largest units.
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return '–';
  const s = Math.max(0, Math.round(seconds));
  const parts = [[Math.floor(s / 86400), 'common.d'], [Math.floor(s / 3600) % 24, 'common.h'], [Math.floor(s / 60) % 60, 'common.min'], [s % 60, 'common.s']];
  const first = parts.findIndex(([x]) => x > 0);
  if (first < 0) return 0 + thin + t('common.s');
  return parts.slice(first, first + 2).filter(([x]) => x > 0).map(([x, unit]) => num(x) + thin + t(unit)).join(' ');
}

// parsed is null for a missing time and for the zero time of the server.
function parsed(iso) {
  const at = iso ? new Date(iso) : null;
  return at && at.getFullYear() > 1 && !Number.isNaN(at.getTime()) ? at : null;
}

// date leaves out the current year.
export function date(iso) {
  const at = parsed(iso);
  if (!at) return '';
  const year = at.getFullYear() === new Date().getFullYear() ? undefined : 'numeric';
  return formatter(Intl.DateTimeFormat, { day: 'numeric', month: 'short', year }).format(at);
}

// time formats the time of day, with the date if it is not today.
export function time(iso) {
  const at = parsed(iso);
  if (!at) return '';
  const clock = formatter(Intl.DateTimeFormat, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at);
  return at.toDateString() === new Date().toDateString() ? clock : `${date(iso)}, ${clock}`;
}

// shares formats the parts of a whole in percent so that they make up 100: what rounding leaves goes to those that lose most by it. None but the
// whole itself is 100 %, and none that is there is 0 %.
export function shares(parts) {
  const total = parts.reduce((sum, x) => sum + x, 0);
  const exact = parts.map((x) => (total > 0 ? (x / total) * 100 : 0));
  const whole = exact.map((x) => (x > 0 ? Math.max(1, Math.floor(x)) : 0));
  const order = exact.map((_, i) => i).filter((i) => exact[i] >= 1).sort((i, k) => exact[k] - whole[k] - (exact[i] - whole[i]) || i - k);
  let left = total > 0 ? 100 - whole.reduce((sum, x) => sum + x, 0) : 0;
  for (let at = 0; left > 0; at++, left--) whole[order[at % order.length]]++;
  for (const largest = exact.indexOf(Math.max(...exact)); left < 0; left++) whole[largest]--;
  return exact.map((x, i) => (x > 0 ? (x < 1 ? '<' + thin : '') + percent(whole[i] / 100) : ''));
}

// percent formats a share from 0 to 1. Only 1 itself is 100 %.
export function percent(x) {
  if (!Number.isFinite(x)) return '–';
  const whole = x < 1 ? Math.min(99, Math.floor(x * 100)) : Math.round(x * 100);
  return num(whole) + (lang() === 'ru' ? thin : '') + '%';
}
