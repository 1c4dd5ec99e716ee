package table

import "slices"

// Found is what was detected about a table. If it is passed when the file is opened again, nothing is guessed anew, as long as the
// header still begins with the same columns. Otherwise, added rows and written columns could change the guess.
type Found struct {
	Sheet   string   `json:"sheet,omitempty"`
	Header  int      `json:"header,omitempty"` // its row or line; 0 if there is no header
	Columns []string `json:"columns"`          // the cells of the header, or of the first row if there is no header

	Encoding string `json:"encoding,omitempty"` // this and the rest apply to CSV
	Delim    string `json:"delim,omitempty"`
	Quote    string `json:"quote,omitempty"`
	Escape   bool   `json:"escape,omitempty"`
	Whole    bool   `json:"whole,omitempty"`
	CR       bool   `json:"cr,omitempty"`
}

// Fits reports whether a header, or first row, still begins with the columns that were found.
func (k Found) Fits(cells []string) bool {
	return len(cells) >= len(k.Columns) && slices.Equal(cells[:len(k.Columns)], k.Columns)
}
