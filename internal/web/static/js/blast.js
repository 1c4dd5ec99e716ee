import './text/common.js';
import { h } from './dom.js';
import { about, date, num } from './format.js';
import { n, t } from './i18n.js';

const amount = (blast) => (blast.rubles === null ? '' : about(blast.rubles));

// blastBox shows what a run would ask although it has an answer, why, and what that may cost, and then more.
export function blastBox(blast, ...more) {
  const cost = blast.rubles === null ? t('common.noCost') : blast.prices_of ? t('common.pricesOf', { dates: date(blast.prices_of + 'T12:00') }) : t('common.pricesUndated');
  const figure = (name, value, under) => h('div', null, h('dt', null, name), h('dd', { class: 'num' }, value), under && h('dd', { class: 'blast-under' }, under));
  return h('div', { class: 'blast' }, h('h3', null, t('common.blast')),
    h('ul', null, blast.reasons.map((text) => h('li', null, text[0].toUpperCase() + text.slice(1) + '.'))),
    h('dl', null, figure(t('common.blastRequests'), t('common.atMost', { value: num(blast.requests) })), figure(t('common.blastCost'), amount(blast) || '–', cost)),
    h('p', null, t('common.blastWhy')), more);
}

// blastQuestion asks to confirm the figures.
export function blastQuestion(blast) {
  const cost = amount(blast);
  return cost ? n('common.blastConfirm', blast.requests, { cost }) : n('common.blastConfirmFree', blast.requests);
}
