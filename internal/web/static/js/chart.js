import { h, replace, svg } from './dom.js';
import { t } from './i18n.js';
import { duration, num } from './format.js';

const width = 600;
const tall = 120;
const pad = { left: 34, right: 8, top: 8, bottom: 18 };

const line = (points, x, y, of) => points.map((p, i) => `${i ? 'L' : 'M'}${x(p).toFixed(1)} ${y(of(p)).toFixed(1)}`).join('');

// steps is a line that goes up and down at once, as a limit does.
const steps = (points, x, y, of) => points.map((p, i) => (i ? `H${x(p).toFixed(1)}V${y(of(p)).toFixed(1)}` : `M${x(p).toFixed(1)} ${y(of(p)).toFixed(1)}`)).join('');

// nice is a round number that is at least x.
function nice(x) {
  const unit = 10 ** Math.floor(Math.log10(Math.max(x, 1)));
  return [1, 2, 5, 10].map((k) => k * unit).find((k) => k >= x) ?? 10 * unit;
}

function frame(title, top, last, ...marks) {
  const y = (value) => pad.top + (1 - value / top) * (tall - pad.top - pad.bottom);
  const label = (text, at) => svg('text', { x: pad.left - 6, y: at + 4, class: 'chart-label', 'text-anchor': 'end' }, text);
  return svg('svg', { class: 'chart', viewBox: `0 0 ${width} ${tall}`, role: 'img', 'aria-label': title },
    [0, top / 2, top].map((v) => svg('line', { class: 'chart-grid', x1: pad.left, x2: width - pad.right, y1: y(v), y2: y(v) })),
    label('0', y(0)), label(num(top), y(top)),
    svg('text', { x: pad.left, y: tall - 4, class: 'chart-label' }, '0'),
    svg('text', { x: width - pad.right, y: tall - 4, class: 'chart-label', 'text-anchor': 'end' }, duration(last)), marks);
}

// chart draws how a run went on: points as the server has them.
export function chart() {
  const read = h('p', { class: 'chart-read num muted' });
  const drawings = h('div', { class: 'chart-both' });
  const text = h('p', { class: 'visually-hidden' });
  const legend = h('ul', { class: 'chart-legend' }, ['Window', 'Flight', 'Refused'].map((k) => h('li', { class: 'chart-key-' + k.toLowerCase() }, t('runs.chart' + k))));
  const node = h('div', { class: 'chart-box' }, drawings, h('div', { class: 'row chart-foot' }, legend, read), text);
  let points = [];

  function draw() {
    if (points.length < 2) return replace(drawings, h('p', { class: 'muted chart-none' }, t('runs.chartNone')));
    const last = points.at(-1).t || 1;
    const x = (p) => pad.left + (p.t / last) * (width - pad.left - pad.right);
    const y = (top) => (value) => pad.top + (1 - Math.min(value, top) / top) * (tall - pad.top - pad.bottom);
    const most = nice(Math.max(2, ...points.map((p) => Math.max(p.concurrency, p.in_flight))));
    const fast = nice(Math.max(1, ...points.map((p) => p.rate)));
    const refused = points.filter((p) => p.refused > 0).map((p) => svg('line', { class: 'chart-refused', x1: x(p), x2: x(p), y1: tall - pad.bottom - 7, y2: tall - pad.bottom }));
    const first = frame(t('runs.chartWidth'), most, last,
      svg('path', { class: 'chart-window', d: steps(points, x, y(most), (p) => p.concurrency) }),
      svg('path', { class: 'chart-flight', d: line(points, x, y(most), (p) => p.in_flight) }), refused);
    const second = frame(t('runs.chartRate'), fast, last, svg('path', { class: 'chart-rate', d: line(points, x, y(fast), (p) => p.rate) }));
    replace(drawings, figure('runs.chartWidth', first), figure('runs.chartRate', second));
  }

  const figure = (title, drawing) => h('figure', { on: { pointermove: (e) => point(e, drawing), pointerleave: () => tell(null) } }, h('figcaption', { class: 'muted' }, t(title)), drawing);

  function point(e, drawing) {
    const box = drawing.getBoundingClientRect();
    const at = (((e.clientX - box.left) / box.width) * width - pad.left) / (width - pad.left - pad.right) * points.at(-1).t;
    tell(points.reduce((best, p) => (Math.abs(p.t - at) < Math.abs(best.t - at) ? p : best)));
  }

  function tell(p) {
    read.textContent = p ? t('runs.chartAt', { t: duration(p.t), flight: p.in_flight, window: p.concurrency, rate: num(p.rate), refused: p.refused }) : '';
  }

  return {
    node,
    show(all) {
      points = all;
      draw();
      legend.hidden = points.length < 2;
      text.textContent = points.length < 2 ? '' : t('runs.chartText', {
        max: Math.max(...points.map((p) => p.in_flight)), now: points.at(-1).in_flight,
        refused: points.reduce((sum, p) => sum + p.refused, 0), rate: num(Math.max(...points.map((p) => p.rate))),
      });
    },
  };
}
