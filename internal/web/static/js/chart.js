import './text/runs.js';
import { h, replace, svg } from './dom.js';
import { t } from './i18n.js';
import { duration, num } from './format.js';

const tall = 120;
const pad = { left: 34, right: 6, top: 8, bottom: 18 };
const floor = tall - pad.bottom;

const path = (parts) => parts.map(([kind, ...at]) => kind + at.map((x) => x.toFixed(1)).join(' ')).join('');

// nice returns a round number that is at least x.
function nice(x) {
  const unit = 10 ** Math.floor(Math.log10(x));
  return [1, 2, 5, 10].map((k) => k * unit).find((k) => k >= x);
}

// plot draws into a figure. The drawing is as wide as the figure in pixels, so that labels keep their size.
function plot(title) {
  const drawing = svg('svg', { class: 'chart', height: tall, 'aria-hidden': 'true' });
  const marks = svg('g');
  return {
    node: h('figure', null, h('figcaption', { class: 'muted' }, t(title)), drawing),
    drawing,
    // draw takes lines [{ name, of: (point) => number, stepped }]; the mark is on the last one.
    draw(points, width, least, lines, more = () => []) {
      const last = points.at(-1).t || 1;
      const top = nice(Math.max(least, ...lines.flatMap(({ of }) => points.map(of))));
      const x = (p) => pad.left + (p.t / last) * (width - pad.left - pad.right);
      const y = (value) => pad.top + (1 - value / top) * (floor - pad.top);
      const text = (at, words, anchor) => svg('text', { ...at, class: 'chart-label', 'text-anchor': anchor }, words);
      const line = ({ name, of, stepped }) => svg('path', { class: name, d: path(points.flatMap((p, i) => (!i ? [['M', x(p), y(of(p))]] : stepped ? [['H', x(p)], ['V', y(of(p))]] : [['L', x(p), y(of(p))]]))) });
      drawing.setAttribute('viewBox', `0 0 ${width} ${tall}`);
      replace(drawing,
        [0, top / 2, top].map((v) => svg('line', { class: 'chart-grid', x1: pad.left, x2: width - pad.right, y1: y(v), y2: y(v) })),
        text({ x: pad.left - 6, y: y(0) + 4 }, '0', 'end'), text({ x: pad.left - 6, y: y(top) + 4 }, num(top), 'end'),
        text({ x: pad.left, y: tall - 4 }, '0', 'start'), text({ x: width - pad.right, y: tall - 4 }, duration(last), 'end'),
        lines.map(line), more(x), marks);
      const { name, of } = lines.at(-1);
      this.mark = (p, chosen) => replace(marks, chosen && svg('line', { class: 'chart-cursor', x1: x(p), x2: x(p), y1: pad.top, y2: floor }), svg('circle', { class: name + ' chart-dot', cx: x(p), cy: y(of(p)), r: 3 }));
    },
    mark() {},
  };
}

// chart draws the progress of a run. The pointer or the arrow keys select a moment.
export function chart() {
  const plots = [plot('runs.chartWidth'), plot('runs.chartRate')];
  const both = h('div', {
    class: 'chart-both', role: 'slider', tabindex: 0, 'aria-label': t('runs.course'), 'aria-describedby': 'chart-text', 'aria-valuemin': 0,
    on: { keydown: (e) => keys(e), blur: () => look(null), pointermove: (e) => point(e), pointerleave: () => look(null) },
  }, plots.map((p) => p.node));
  const none = h('p', { class: 'muted chart-none' }, t('runs.chartNone'));
  const read = h('p', { class: 'chart-read num muted', 'aria-hidden': 'true' });
  const text = h('p', { class: 'visually-hidden', id: 'chart-text' });
  const legend = h('ul', { class: 'chart-legend' }, [['window', 'runs.chartWindow'], ['flight', 'runs.chartFlight'], ['refused', 'runs.chartRefused']].map(([k, text]) => h('li', { class: 'chart-key-' + k }, t(text))));
  const foot = h('div', { class: 'chart-foot' }, legend, read);
  const node = h('div', { class: 'chart-box' }, both, none, foot, text);
  let points = [];
  let at = null; // the selected time
  both.hidden = foot.hidden = true;

  function draw() {
    const width = Math.round(plots[0].drawing.getBoundingClientRect().width);
    if (!points.length || width < 80) return;
    const refused = (x) => points.filter((p) => p.refused > 0).map((p) => svg('line', { class: 'chart-refused', x1: x(p), x2: x(p), y1: floor - 7, y2: floor }));
    plots[0].draw(points, width, 2, [{ name: 'chart-window', of: (p) => p.concurrency, stepped: true }, { name: 'chart-flight', of: (p) => p.in_flight }], refused);
    plots[1].draw(points, width, 1, [{ name: 'chart-rate', of: (p) => p.rate }]);
    mark();
  }

  const nearest = (t) => points.reduce((best, p, i) => (Math.abs(p.t - t) < Math.abs(points[best].t - t) ? i : best), 0);
  const words = (p) => t('runs.chartAt', { t: duration(p.t), flight: num(p.in_flight), window: num(p.concurrency), rate: num(p.rate), refused: num(p.refused) });

  function mark() {
    const i = at === null ? points.length - 1 : nearest(at);
    for (const p of plots) p.mark(points[i], at !== null);
    read.textContent = at === null ? '' : words(points[i]);
    both.setAttribute('aria-valuemax', points.length - 1);
    both.setAttribute('aria-valuenow', i);
    both.setAttribute('aria-valuetext', words(points[i]));
  }

  function look(t) {
    at = t;
    if (points.length) mark();
  }

  function point(e) {
    const drawing = plots.map((p) => p.drawing).find((d) => d.parentNode.contains(e.target));
    if (!drawing || !points.length) return;
    const box = drawing.getBoundingClientRect();
    look(((e.clientX - box.left - pad.left) / (box.width - pad.left - pad.right)) * points.at(-1).t);
  }

  function keys(e) {
    const far = Math.max(1, Math.round(points.length / 10));
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: far, PageDown: -far, Home: -Infinity, End: Infinity }[e.key];
    if (!step || !points.length) return;
    e.preventDefault();
    const now = at === null ? points.length - 1 : nearest(at);
    look(points[Math.max(0, Math.min(points.length - 1, now + step))].t);
  }

  const resized = new ResizeObserver(draw);
  resized.observe(both);
  return {
    node,
    close: () => resized.disconnect(),
    // show draws the points of the server.
    show(all) {
      points = all;
      both.hidden = foot.hidden = points.length === 0;
      none.hidden = points.length > 0;
      text.textContent = points.length === 0 ? '' : t('runs.chartText', {
        max: num(Math.max(...points.map((p) => p.in_flight))),
        refused: num(points.reduce((sum, p) => sum + p.refused, 0)), rate: num(Math.max(...points.map((p) => p.rate))),
      });
      draw();
    },
  };
}
