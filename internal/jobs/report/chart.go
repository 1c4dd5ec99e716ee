package report

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// chart is a picture of numbers, drawn as SVG by the template of the page. Lengths are in units of which chartWidth are its width.
type chart struct {
	Title  string
	Height string
	Bare   bool // it has no texts, so that it is legible at any width
	Shapes []shape
	Legend []figure // the names of the classes of shapes
}

const chartWidth = 880.0 // as on a wide screen

// shape is a rectangle, a line of points, or a text.
type shape struct {
	X, Y, W, H string // of a rectangle; X and Y also of a text
	Path       string // of a line
	Text       string
	Anchor     string // of a text: start, middle or end
	Class      string
	Tip        string // shown to who points at it
}

func number(v float64) string {
	return strings.TrimSuffix(strings.TrimSuffix(fmt.Sprintf("%.2f", v), "0"), ".0")
}

func (c *chart) rect(x, y, w, h float64, class, tip string) {
	c.Shapes = append(c.Shapes, shape{X: number(x), Y: number(y), W: number(w), H: number(h), Class: class, Tip: tip})
}

func (c *chart) text(x, y float64, anchor, class, text string) {
	c.Shapes = append(c.Shapes, shape{X: number(x), Y: number(y), Anchor: anchor, Class: class, Text: text})
}

// line draws a line through points, given as x, y, x, y.
func (c *chart) line(class string, points ...float64) {
	var b strings.Builder
	for i := 0; i+1 < len(points); i += 2 {
		b.WriteString(map[bool]string{true: "M", false: "L"}[i == 0])
		b.WriteString(number(points[i]) + " " + number(points[i+1]))
	}
	c.Shapes = append(c.Shapes, shape{Path: b.String(), Class: class})
}

// item is a number of a chart with its name, and the number as people write it.
type item struct {
	name, text, class string
	value             float64
}

// stack is a bar of parts that make up a whole.
type stack struct {
	title string
	items []item
}

func (s *stack) add(name string, n int, text, class string) {
	s.items = append(s.items, item{name, text, class, float64(n)})
}

func (s *stack) chart() *chart {
	total := 0.0
	for _, i := range s.items {
		total += i.value
	}
	if total == 0 {
		return nil
	}
	const height, least = 28, 3.0
	c := &chart{Title: s.title, Height: number(height), Bare: true}
	room := chartWidth - least*float64(len(s.items)) // a part that is very small is seen nevertheless
	x := 0.0
	for _, i := range s.items {
		width := least + room*i.value/total
		c.rect(x, 0, width-1.5, height, i.class, i.name+": "+i.text)
		x += width
		c.Legend = append(c.Legend, figure{i.text, i.name, i.class})
	}
	return c
}

// bars are horizontal bars, one below the other.
type bars struct {
	title string
	items []item
}

func (b *bars) add(name string, value float64, text, class string) {
	b.items = append(b.items, item{name, text, class, value})
}

// maxLabel limits the characters of a name in a chart.
const maxLabel = 26

// label returns the beginning of a name on one line.
func label(name string) string {
	name = strings.Join(strings.Fields(name), " ")
	if utf8.RuneCountInString(name) <= maxLabel {
		return name
	}
	return string([]rune(name)[:maxLabel-1]) + "…"
}

func (b *bars) chart() *chart {
	most, longest, widest := 0.0, 0, 0
	for _, i := range b.items {
		most, longest = max(most, i.value), max(longest, utf8.RuneCountInString(label(i.name)))
		widest = max(widest, utf8.RuneCountInString(i.text))
	}
	if most == 0 {
		return nil
	}
	const step, thick, perRune = 28.0, 18.0, 8.8 // of a wide font
	left := 14 + perRune*float64(longest)
	room := chartWidth - left - 16 - perRune*float64(widest)
	c := &chart{Title: b.title, Height: number(step * float64(len(b.items)))}
	for n, i := range b.items {
		y := step * float64(n)
		width := max(room*i.value/most, 2)
		c.text(left-10, y+step/2+4.5, "end", "label", label(i.name))
		c.rect(left, y+(step-thick)/2, width, thick, i.class, i.name+": "+i.text)
		c.text(left+width+8, y+step/2+4.5, "start", "value", i.text)
	}
	return c
}

// nice returns the least number of the form 1, 2, 2.5 or 5 times a power of ten that is not below v.
func nice(v float64) float64 {
	if v <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range []float64{1, 2, 2.5, 5, 10} {
		if step*power >= v*(1-1e-9) {
			return step * power
		}
	}
	return 10 * power
}

// plot is the area of a chart with two axes.
type plot struct {
	*chart
	left, top, width, height float64
	maxX, maxY               float64
}

func (p *plot) x(v float64) float64 { return p.left + p.width*v/p.maxX }

func (p *plot) y(v float64) float64 { return p.top + p.height*(1-v/p.maxY) }

// newPlot draws the axis of the values up to most, and its name above it. write writes a value.
func newPlot(title, name string, most, maxX float64, write func(float64) string) *plot {
	const lines = 4
	step := nice(most / lines)
	count := max(math.Ceil(most/step-1e-9), 1)
	p := &plot{
		chart: &chart{Title: title, Height: "240"}, left: 56, top: 26, width: chartWidth - 56 - 12, height: 176, maxX: maxX, maxY: step * count,
	}
	for i := range int(count) + 1 {
		v := step * float64(i)
		p.line(map[bool]string{true: "axis", false: "grid"}[i == 0], p.left, p.y(v), p.left+p.width, p.y(v))
		p.text(p.left-8, p.y(v)+4, "end", "tick", write(v))
	}
	p.text(0, 11, "start", "tick", name)
	return p
}

const maxColumns = 24 // of a histogram

// histogram shows how many answers took how long. Answers slower than 99 % of all share the last column.
func (w *writer) histogram(l *Latency) *chart {
	sorted := l.sorted
	if len(sorted) < 10 || l.P99 == int64(sorted[0]) {
		return nil
	}
	step := nice(float64(l.P99) / maxColumns)
	columns := int(math.Ceil(float64(l.P99+1) / step))
	counts := make([]int, columns+1)
	most := 0
	for _, ms := range sorted {
		i := min(int(float64(ms)/step), columns)
		counts[i]++
		most = max(most, counts[i])
	}
	if counts[columns] == 0 {
		counts = counts[:columns]
	}
	p := newPlot(w.Sprintf("Answers by latency"), w.Sprintf("answers"), float64(most), float64(len(counts)), func(v float64) string {
		if v != math.Floor(v) {
			return ""
		}
		return w.digits(int(v))
	})
	bound := func(i int) string { return w.bound(step*float64(i), step) }
	every := max(1, (len(counts)+7)/8)
	for i, n := range counts {
		tip, class := w.Sprintf("%s to %s: %s", bound(i), bound(i+1), w.digits(n)), "accent"
		if i == columns {
			tip, class = w.Sprintf("more than %s: %s", bound(i), w.digits(n)), "neutral"
		}
		p.rect(p.x(float64(i))+1, p.y(float64(n)), p.width/p.maxX-2, p.top+p.height-p.y(float64(n)), class, tip)
		switch {
		case i == columns:
			p.text(p.x(float64(i)+0.5), p.top+p.height+18, "middle", "tick", ">")
		case i%every == 0 && i+1 < len(counts):
			p.text(p.x(float64(i)), p.top+p.height+18, "middle", "tick", bound(i))
		}
	}
	p.text(p.left+p.width, p.top+p.height+34, "end", "tick", w.Sprintf("latency, seconds"))
	return p.chart
}

// bound writes a bound of a histogram in seconds, with as many decimals as its steps need.
func (w *writer) bound(ms, step float64) string {
	decimals := 0
	for s := step / 1000; decimals < 3 && math.Abs(s-math.Round(s)) > 1e-9; decimals++ {
		s *= 10
	}
	text := w.Sprintf("%.3f", ms/1000)
	if decimals == 0 {
		return text[:len(text)-4]
	}
	return text[:len(text)-3+decimals]
}

// rateChart shows the runs one after the other, without the time between them.
func (w *writer) rateChart(r *Rate) *chart {
	most, total := 0.0, 0
	for _, run := range r.Runs {
		total += len(run.Requests)
		for _, v := range run.Requests {
			most = max(most, v)
		}
	}
	if total < 2 || most == 0 {
		return nil
	}
	p := newPlot(w.Sprintf("Requests a minute"), w.Sprintf("requests a minute"), most, float64(total), func(v float64) string {
		if v < 10 && v != math.Floor(v) {
			return w.Sprintf("%.1f", v)
		}
		return w.digits(int(math.Round(v)))
	})
	at := 0
	for n, run := range r.Runs {
		series := func(values []float64, class string, filled bool) {
			var points []float64
			for i, v := range values { // as steps, each as long as its time
				points = append(points, p.x(float64(at+i)), p.y(v), p.x(float64(at+i+1)), p.y(v))
			}
			if filled {
				area := append([]float64{p.x(float64(at)), p.y(0)}, points...)
				p.line(class+" area", append(area, p.x(float64(at+len(values))), p.y(0))...)
			}
			p.line(class+" series", points...)
		}
		series(run.Requests, "accent", true)
		series(run.Refused, "bad", false)
		if len(r.Runs) > 1 {
			if n > 0 {
				p.line("grid", p.x(float64(at)), p.top, p.x(float64(at)), p.top+p.height)
			}
			if float64(len(run.Requests))/float64(total) > 0.07 {
				p.text(p.x(float64(at)+float64(len(run.Requests))/2), p.top+p.height+18, "middle", "tick", w.Sprintf("run %d", run.Number))
			}
		}
		at += len(run.Requests)
	}
	length := w.time(r.Seconds * float64(total))
	p.text(p.left, p.top+p.height+34, "start", "tick", "0")
	p.text(p.left+p.width, p.top+p.height+34, "end", "tick", length)
	p.Legend = []figure{{"", w.Sprintf("requests"), "accent"}, {"", w.Sprintf("of them refused (429)"), "bad"}}
	return p.chart
}
