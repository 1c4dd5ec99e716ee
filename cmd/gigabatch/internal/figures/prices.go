package figures

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/messages"
)

// WritePrices writes a table of prices. The price of batches is that of a token of a prompt and, if it differs, of a completion.
func WritePrices(out io.Writer, p messages.Printer, prices *cost.Prices) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	rubles := func(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
	fmt.Fprintln(w, p.Sprintf("model\tinput\toutput\tcached\tbatch\tdate\tsource"))
	for _, l := range prices.Lines() {
		batch := "–"
		if _, known := l.In(true); known {
			batch = rubles(l.Input * l.Batch)
			if l.Output != l.Input {
				batch += "/" + rubles(l.Output*l.Batch)
			}
		}
		source := p.Text(messages.Foreign(l.Source))
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.Model, rubles(l.Input), rubles(l.Output), rubles(l.Cached), batch, l.Day, source)
	}
	return w.Flush()
}
