package xlsx

import (
	"errors"
	"io"
	"slices"
	"strings"

	"gigabatch/internal/io/header"
	"gigabatch/internal/io/ooxml"
	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// guessRows is the number of rows with content that are examined to find the header.
const guessRows = 50

// findHeader finds the row with the column names: the requested one, that of the table or filter of the sheet, or the one that looks
// like a header.
func (x *worksheet) findHeader(p *ooxml.Package) error {
	if err := x.findHead(p); err != nil || x.head == 0 {
		return err
	}
	return x.findGroups(p)
}

// findHead finds the last row of the header.
func (x *worksheet) findHead(p *ooxml.Package) error {
	t := x.mainTable()
	if t != nil && !x.source.Options.NoHeader {
		x.main = t.Part
	}
	if x.source.Options.HeaderRow > 0 && !x.source.Options.NoHeader {
		return x.headerAt(p, x.source.Options.HeaderRow)
	}
	if x.knownHeader(p) {
		return nil
	}
	if x.main != "" {
		if found, err := x.declared(p, t); found || err != nil {
			return err
		}
	}
	if top := x.survey.Filter.Top; top >= max(1, x.survey.First) && top < x.survey.Last && !x.source.Options.NoHeader {
		if err := x.headerAt(p, top); err == nil {
			return nil
		}
	}
	head, columns, err := x.guess(p)
	if err != nil || x.blank {
		return err
	}
	if head == 0 || x.source.Options.NoHeader {
		x.columns = table.Letters(x.survey.Columns)
		return nil
	}
	x.head, x.columns, x.first = head, columns, columns
	return nil
}

// declared finds the header of a table: its first row, or without a header row the names above it that it declares, or these names alone.
// It reports false if the sheet contradicts the table.
func (x *worksheet) declared(p *ooxml.Package, t *ooxml.Table) (bool, error) {
	row := t.Area.Top
	if !t.Header {
		row--
	}
	var bad *table.Error
	if row > 0 {
		switch err := x.headerAt(p, row); {
		case err == nil && (t.Header && len(t.Columns) == 0 || header.Named(x.columns, t.Columns) > 0):
			return true, nil
		case err != nil && !errors.As(err, &bad):
			return false, err
		}
		x.head, x.columns = 0, nil
	}
	if t.Header || len(t.Columns) != t.Area.Right-t.Area.Left+1 {
		return false, nil
	}
	rows, _, err := x.firstRows(p)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	x.columns, x.first = table.Letters(max(x.survey.Columns, t.Area.Right)), rows[0]
	copy(x.columns[t.Area.Left-1:], t.Columns)
	x.named, x.above = true, t.Area.Top-1
	return true, nil
}

// knownHeader uses the row that was found earlier, if it fits.
func (x *worksheet) knownHeader(p *ooxml.Package) bool {
	k, ok := x.source.Options.Known(x.Name)
	if !ok {
		return false
	}
	rows, lines, err := x.firstRows(p)
	if err != nil || len(rows) == 0 {
		return false
	}
	if k.Header == 0 {
		if !k.Fits(rows[0]) || x.main != "" && !x.mainTable().Header {
			return false
		}
		x.columns, x.first = table.Letters(x.survey.Columns), rows[0]
		return true
	}
	i := slices.Index(lines, k.Header)
	if i < 0 || !k.Fits(rows[i]) {
		return false
	}
	x.head, x.columns, x.first = k.Header, rows[i], rows[i]
	return true
}

// guess returns the row that looks like the header, or 0, and its cells.
func (x *worksheet) guess(p *ooxml.Package) (head int, columns []string, err error) {
	rows, lines, err := x.firstRows(p)
	if err != nil {
		return 0, nil, err
	}
	if x.blank = len(rows) == 0; x.blank {
		return 0, nil, nil
	}
	x.first = rows[0]
	i := header.Of(squeezed(rows), x.source.Options.Wanted, x.source.Options.Likely)
	if i < 0 {
		return 0, nil, nil
	}
	if lower := x.lowerHead(rows, lines, i); lower > i && header.Named(x.single(rows[i], lines[i]), x.source.Options.Wanted) <=
		header.Named(rows[lower], x.source.Options.Wanted) {
		i = lower
	}
	return lines[i], rows[i], nil
}

// single returns the cells of a row that are not merged with others.
func (x *worksheet) single(row []string, line int) []string {
	cells := slices.Clone(row)
	for _, a := range x.survey.Merged {
		if a.Top <= line && a.Bottom >= line {
			clear(cells[min(a.Left-1, len(cells)):min(a.Right, len(cells))])
		}
	}
	return cells
}

// maxHeadRows is the maximum number of rows of a header.
const maxHeadRows = 6

// lowerHead returns the last row of the header that begins with row i: cells of a header that are merged with cells below are part of it,
// and so are names below merged cells that leave the others empty.
func (x *worksheet) lowerHead(rows [][]string, lines []int, i int) int {
	first := lines[i]
	for at := i; ; {
		next := at
		for _, a := range x.survey.Merged {
			if a.Top == lines[at] && a.Bottom > a.Top && a.Left == a.Right && a.Bottom < first+maxHeadRows && a.Bottom < x.survey.Last {
				for next+1 < len(lines) && lines[next+1] <= a.Bottom {
					next++
				}
			}
		}
		below := at+1 < len(rows) && lines[at+1] == lines[at]+1 && lines[at+1] < first+maxHeadRows
		if next == at && below && x.grouped(rows[at:], lines[at]) {
			next++
		}
		if next == at {
			return at
		}
		at = next
	}
}

// grouped reports whether merged cells of the first row are groups of the names in the second: every column of a group has a name, and a
// column outside has content in one of the two rows only. A name over two columns of data looks the same, so names must be above numbers,
// occur in several groups, or leave two columns outside.
func (x *worksheet) grouped(rows [][]string, line int) bool {
	row, below := rows[0], rows[1]
	inGroup := make([]bool, max(len(row), len(below)))
	groups := 0
	for _, a := range x.survey.Merged {
		if a.Top != line || a.Bottom != line || a.Right > len(inGroup) || a.Left > len(row) || row[a.Left-1] == "" {
			continue
		}
		groups++
		for c := a.Left - 1; c < a.Right; c++ {
			if inGroup[c] = true; c >= len(below) || below[c] == "" || header.IsValue(below[c]) {
				return false
			}
		}
	}
	outside := 0
	for c := range inGroup {
		up, down := c < len(row) && row[c] != "", c < len(below) && below[c] != ""
		if !inGroup[c] && up && down {
			return false
		}
		if !inGroup[c] && (up || down) {
			outside++
		}
	}
	return groups > 0 && (outside > 1 || header.OverValues(rows, 1) || groups > 1 && twice(below))
}

// twice reports whether a name occurs more than once.
func twice(names []string) bool {
	for i, name := range names {
		if name != "" && slices.Contains(names[:i], name) {
			return true
		}
	}
	return false
}

// findGroups names columns whose name is further up in the header, and finds the groups above the names.
func (x *worksheet) findGroups(p *ooxml.Package) error {
	top := x.headTop()
	if top == x.head {
		return nil
	}
	names := slices.Clone(x.columns)
	groups := make([][]string, max(len(names), x.survey.Columns))
	single := make([]string, len(groups)) // the last name above that is no group
	r, err := x.walk(p)
	if err != nil {
		return err
	}
	defer r.close()
	cover := x.survey.Cover()
	for {
		row, err := r.next()
		if errors.Is(err, io.EOF) || err == nil && row.Number >= x.head {
			break
		}
		if err != nil {
			return err
		}
		for i, cell := range r.cells {
			if row.Number < top || cell == "" {
				continue
			}
			a := cover.At(i+1, row.Number)
			if a.Top > 0 && (a.Bottom >= x.head || a.Top < row.Number) {
				continue // it is the name itself, or was seen above
			}
			if a.Right <= a.Left {
				single[i] = cell
			}
			for c := i; c <= max(i, a.Right-1) && c < len(groups); c++ {
				groups[c] = append(groups[c], cell)
			}
		}
	}
	paths, grouped := slices.Clone(names), false
	for c, above := range groups {
		if c >= len(names) && single[c] != "" {
			names, paths = append(names, make([]string, c+1-len(names))...), append(paths, make([]string, c+1-len(paths))...)
		}
		switch {
		case len(above) == 0 || c >= len(names) || names[c] == "" && single[c] == "":
			continue
		case names[c] == "":
			names[c] = single[c]
			paths[c] = strings.Join(above, " / ")
		default:
			paths[c] = strings.Join(append(above, names[c]), " / ")
		}
		grouped = grouped || paths[c] != names[c]
	}
	if x.columns = names; grouped {
		x.paths = paths
	}
	return nil
}

// headTop returns the first row of the header: merged cells reach from it into the rows below, or are groups directly above them. Merged
// cells alone at the left are a title.
func (x *worksheet) headTop() int {
	top := x.head
	for again := true; again; {
		again = false
		for _, a := range x.survey.Merged {
			reaches := a.Bottom >= top && a.Left == a.Right
			group := a.Bottom == top-1 && a.Right > a.Left && (a.Left > x.survey.Left || slices.ContainsFunc(x.survey.Merged,
				func(b ooxml.Area) bool { return b.Bottom == a.Bottom && b.Left > a.Right }))
			if a.Top < top && a.Top > x.head-maxHeadRows && (reaches || group) {
				top, again = a.Top, true
			}
		}
	}
	return top
}

// path returns the name of a column with the groups above it.
func (x *worksheet) path(column int) string {
	if x.paths == nil {
		return x.columns[column]
	}
	return x.paths[column]
}

// squeezed returns the rows without the columns that are empty in all of them, because an added column may follow such columns.
func squeezed(rows [][]string) [][]string {
	var used []bool
	for _, row := range rows {
		used = append(used, make([]bool, max(0, len(row)-len(used)))...)
		for i, cell := range row {
			used[i] = used[i] || cell != ""
		}
	}
	all := make([][]string, len(rows))
	for n, row := range rows {
		for i, cell := range row {
			if used[i] {
				all[n] = append(all[n], cell)
			}
		}
	}
	return all
}

// firstRows returns the first rows with content, and their positions.
func (x *worksheet) firstRows(p *ooxml.Package) (rows [][]string, lines []int, err error) {
	r, err := x.walk(p)
	if err != nil {
		return nil, nil, err
	}
	defer r.close()
	for len(rows) < guessRows {
		row, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		rows, lines = append(rows, r.filled()), append(lines, row.Number)
	}
	return rows, lines, nil
}

// headerAt makes a row the header.
func (x *worksheet) headerAt(p *ooxml.Package, head int) error {
	if x.head = head; x.source.Options.AllSheets && head >= x.survey.Last {
		return nil // the row does not exist
	}
	r, err := x.walk(p)
	if err != nil {
		return err
	}
	defer r.close()
	for {
		row, err := r.next()
		if errors.Is(err, io.EOF) || err == nil && row.Number > head {
			return x.noHeader(p)
		}
		if err != nil {
			return err
		}
		if row.Number == head {
			x.columns = r.filled()
			x.first = x.columns
			return nil
		}
	}
}

func (x *worksheet) noHeader(p *ooxml.Package) error {
	e := &table.Error{Name: x.source.Path, Line: x.head, Msg: messages.Sprintf("row %d of sheet %q is empty", x.head, x.Name),
		Hint: messages.Sprintf("no row of the sheet looks like a header")}
	if head, _, err := x.guess(p); err == nil && head > 0 {
		e.Hint = messages.Sprintf("the header seems to be in row %d; specify --header-row %d", head, head)
	}
	return e
}
