package table

import "slices"

// Found is what was found out about a table. Given to a later opening of the same file it is not guessed again, as long as the header
// still begins with the same columns: rows that were added, and columns that were written, could make it guess otherwise.
type Found struct {
	Sheet   string   `json:"sheet,omitempty"`
	Header  int      `json:"header,omitempty"` // its row, or its line; 0 where there is none
	Columns []string `json:"columns"`          // the cells of the header, or of the first row where there is none

	Encoding string `json:"encoding,omitempty"` // the rest is of CSV
	Delim    string `json:"delim,omitempty"`
	Quote    string `json:"quote,omitempty"`
	Escape   bool   `json:"escape,omitempty"`
	Whole    bool   `json:"whole,omitempty"`
	CR       bool   `json:"cr,omitempty"`
}

// Fits says whether a header, or first row, still begins with the columns that were found.
func (k Found) Fits(cells []string) bool {
	return len(cells) >= len(k.Columns) && slices.Equal(cells[:len(k.Columns)], k.Columns)
}
