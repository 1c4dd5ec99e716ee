package table

import "strings"

// csvRecord is a record as it stands in the file. Positions count from the start of raw.
type csvRecord struct {
	raw   []byte // blank lines before the record, the record, and its line end
	line  int    // where the record begins
	cells []span
	pass  *pass
}

// span is a cell with its quotes.
type span struct{ lo, hi int }

// values appends the text of the first n cells to vs, with "" for cells that the record lacks. One string holds them
// all, unless a cell has doubled quotes.
func (r *csvRecord) values(vs []string, n int) []string {
	n0 := r.cells[0].lo
	text := string(r.raw[n0:r.cells[min(n, len(r.cells))-1].hi])
	for i := range n {
		if i >= len(r.cells) {
			vs = append(vs, "")
			continue
		}
		vs = append(vs, unquote(text[r.cells[i].lo-n0:r.cells[i].hi-n0]))
	}
	return vs
}

// extra appends the texts of the cells after the first n to vs.
func (r *csvRecord) extra(vs []string, n int) []string {
	for _, c := range r.cells[min(n, len(r.cells)):] {
		vs = append(vs, unquote(string(r.raw[c.lo:c.hi])))
	}
	return vs
}

// unquote is the value of a cell. Text after the closing quote belongs to the value as it stands, as in Excel.
func unquote(cell string) string {
	if cell == "" || cell[0] != '"' {
		return cell
	}
	inner := cell[1:]
	i := strings.IndexByte(inner, '"')
	if i == len(inner)-1 {
		return inner[:i]
	}
	var b strings.Builder
	for i >= 0 {
		b.WriteString(inner[:i])
		inner = inner[i+1:]
		if inner == "" || inner[0] != '"' {
			break
		}
		b.WriteByte('"')
		inner = inner[1:]
		i = strings.IndexByte(inner, '"')
	}
	b.WriteString(inner)
	return b.String()
}
