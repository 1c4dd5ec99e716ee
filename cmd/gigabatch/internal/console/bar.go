package console

import (
	"bytes"
	"time"

	"github.com/schollz/progressbar/v3"

	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// bar formats the line that a terminal shows during a run: the progress in words, the percentage, and a bar if there is room.
type bar struct {
	printer messages.Printer
	total   int
	columns int // the width that shown was made for
	shown   *progressbar.ProgressBar
	buf     bytes.Buffer
}

const (
	maxBarWidth = 30
	minBarWidth = 8
	wordColumns = 80 // reserved for the words before the bar gets any
	percent     = 7  // width of the percentage with its spaces
)

// frame returns the line for s, at most columns-1 characters long.
func (b *bar) frame(s task.Snapshot, columns int) string {
	width := barWidth(columns)
	if b.shown == nil || columns != b.columns {
		b.columns, b.shown = columns, b.open(width)
	}
	room := columns - 1 - percent
	if width > 0 {
		room -= width + len("[] ")
	}
	b.buf.Reset()
	b.shown.Set(s.Done)
	b.shown.Describe(progressLine(b.printer, s, time.Now(), max(1, room)))
	return lastLine(b.buf.Bytes())
}

func barWidth(columns int) int {
	width := min(maxBarWidth, columns-wordColumns-percent)
	if width < minBarWidth {
		return 0
	}
	return width
}

func (b *bar) open(width int) *progressbar.ProgressBar {
	theme := progressbar.Theme{Saucer: "=", SaucerHead: ">", SaucerPadding: " ", BarStart: "[", BarEnd: "]"}
	if width == 0 {
		theme.BarStart, theme.BarEnd = "", ""
	}
	return progressbar.NewOptions(max(1, b.total), progressbar.OptionSetWriter(&b.buf), progressbar.OptionSetWidth(width),
		progressbar.OptionSetElapsedTime(false), progressbar.OptionSetPredictTime(false), progressbar.OptionSetTheme(theme))
}

// lastLine returns the last line drawn. Each drawing begins with a carriage return.
func lastLine(drawn []byte) string {
	drawn = bytes.TrimRight(drawn, "\r\n ")
	return string(drawn[bytes.LastIndexByte(drawn, '\r')+1:])
}
