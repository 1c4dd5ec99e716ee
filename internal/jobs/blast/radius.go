// Package blast finds what a plan asks again although it has an answer.
package blast

import (
	"fmt"

	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/messages"
)

// Radius is what a run asks although it has an answer: what the last run asked of the same rows was answered, and another request takes its
// place.
type Radius struct {
	Columns  []Column    // completion columns that ask anew, in the order of the output
	Rows     int         // cells whose row changed in the table; their number follows from that of the answers
	Reread   int         // cells that an older program read differently
	Requests int         // at most: columns that use other columns may ask less
	Certain  int         // those among them that are not about Rows, which may be other rows, as in a file that is replaced
	Cost     cost.Amount // an estimate; 0 if a price is unknown
	Raises   bool        // what is cut off is asked again with twice the limit, which is not counted
	Day      string      // the date of the prices; "" if one has none or is unknown
}

// Column is a completion column whose cells with an answer are asked again.
type Column struct {
	Name    string // "" if it is the only one
	Changed []messages.Text
	Cells   int
}

// CostOf returns the cost of some of the requests.
func (b *Radius) CostOf(requests int) cost.Amount {
	if b.Requests == 0 {
		return 0
	}
	return cost.Amount(float64(b.Cost) * float64(requests) / float64(b.Requests))
}

// Above is what a run may ask again although it has an answer, without anybody's confirmation.
type Above struct {
	Requests int
	Cost     cost.Amount
}

// UsualAbove is the default of --confirm-above, and the limit on the page.
var UsualAbove = Above{Requests: 1000, Cost: 500 * cost.Ruble}

// String returns the limit as --confirm-above takes it.
func (a Above) String() string { return fmt.Sprintf("%d,%vrub", a.Requests, a.Cost.Rubles()) }

// Allows reports whether some of the requests need no confirmation.
func (a Above) Allows(b *Radius, requests int) bool {
	return requests <= a.Requests && b.CostOf(requests) <= a.Cost
}

// Message says what is asked again, why, and what that may cost.
func (b *Radius) Message() messages.Text { return messages.Join(append(b.Reasons(), b.total()), "; ") }

// Reasons says which cells are asked again, and why.
func (b *Radius) Reasons() (parts []messages.Text) {
	for _, c := range b.Columns {
		why := messages.Join(c.Changed, ", ")
		switch {
		case len(c.Changed) > 0 && c.Name == "":
			parts = append(parts, messages.Sprintf("%s changed: %d {cell|cells} that {2:has|have} an answer {2:is|are} asked again", why, c.Cells))
		case len(c.Changed) > 0:
			parts = append(parts, messages.Sprintf("%s of the column %q changed: %d {cell|cells} that {3:has|have} an answer {3:is|are} asked again",
				why, c.Name, c.Cells))
		case c.Name == "":
			parts = append(parts, messages.Sprintf("%d {cell|cells} that {1:has|have} an answer {1:is|are} asked again", c.Cells))
		default:
			parts = append(parts, messages.Sprintf("the column %q follows: %d {cell|cells}", c.Name, c.Cells))
		}
	}
	if b.Rows > 0 {
		parts = append(parts, messages.Sprintf("%d {row|rows} changed in the table since {1:it was|they were} answered, and {1:is|are} asked again", b.Rows))
	}
	if b.Reread > 0 {
		parts = append(parts, messages.Sprintf("%d {cell is|cells are} read differently than by the program that asked {1:it|them} before", b.Reread))
	}
	if b.Raises {
		parts = append(parts, messages.Sprintf("an answer that is cut off again needs more requests (--on-length raise)"))
	}
	return parts
}

// Priced reports whether the prices of all requests are known.
func (b *Radius) Priced() bool { return b.Day != "" || b.Cost > 0 }

// total says how much is asked again.
func (b *Radius) total() messages.Text {
	switch {
	case b.Day != "":
		return messages.Sprintf("at most %d {request|requests}, about %s (an estimate by prices of %s)", b.Requests, b.Cost.Text(), b.Day)
	case b.Priced():
		return messages.Sprintf("at most %d {request|requests}, about %s (an estimate)", b.Requests, b.Cost.Text())
	}
	return messages.Sprintf("at most %d {request|requests}", b.Requests)
}
