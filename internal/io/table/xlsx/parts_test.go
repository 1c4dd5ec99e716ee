package xlsx_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
)

const ourAnswer, ourNote = "our answer", "our note"

// hardTexts are difficult completions.
var hardTexts = []string{
	"two\nlines & <tags> \"quoted\"", "emoji 😀, кириллица, 東京", " leading and trailing ", "control \x01 and \x1F", "_x0041_ is no A", "_x005F_x0041_",
	strings.Repeat("a long answer ", 2000), "=1+1", "]]>", "tab\tand\r\nCRLF\r", "",
}

// ourCells returns the cells that are written to a row.
func ourCells(row table.Row) []any {
	notes := []any{row.Index, row.Index%2 == 0, 0.5 + float64(row.Index), fmt.Sprint("note ", row.Index), nil}
	return []any{hardTexts[row.Index%len(hardTexts)], notes[row.Index%len(notes)]}
}

// subject is a workbook whose copy is examined.
type subject struct {
	name    string
	options table.Options
	must    bool // it belongs to the project, and must be readable and writable
}

func (s subject) String() string {
	base := filepath.Base(s.name)
	if s.options.AllSheets {
		return base + "/all sheets"
	}
	return base + "/" + s.options.Sheet
}

// subjects returns the specimens and the shared files; of each file first one sheet is read and then all.
func subjects(t *testing.T) []subject {
	t.Helper()
	var all []subject
	for _, s := range specimens() {
		all = append(all, subject{s.name(), s.options, !s.refused})
	}
	for _, base := range []string{"sheets.xlsx", "table.xlsx"} {
		all = append(all, subject{filepath.Join(workbooksDir, base), table.Options{AllSheets: true}, true})
	}
	return append(all, sharedBooks(t)...)
}

func sharedBooks(t *testing.T) (all []subject) {
	t.Helper()
	if _, err := os.Stat(sharedData); err != nil {
		t.Log("no shared data here; the specimens alone are examined")
		return nil
	}
	for _, name := range tabletest.Shared(t, ".xlsx", ".xlsm") {
		all = append(all, subject{name: name})
		if !raceDetector { // the race detector makes many sheets slow
			all = append(all, subject{name: name, options: table.Options{AllSheets: true}})
		}
	}
	return all
}

var sharedData = filepath.Join("..", "..", "..", "..", "..", "shared", "data")

// The copy of a workbook is complete: it differs only in what the new columns require.
func TestParts(t *testing.T) {
	t.Parallel()
	for _, s := range subjects(t) {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			if raceDetector && slowWithRace[filepath.Base(s.name)] {
				t.Skip("it takes long with the race detector; .ci/run reads it without")
			}
			c := copyOf(t, s, t.TempDir())
			if c == nil {
				return
			}
			c.checkDirectory(t)
			c.checkStyles(t)
			for _, name := range c.sheets(t) {
				c.checkSheet(t, name)
			}
			c.checkTables(t)
		})
	}
}

// bookCopy is a workbook and its copy with the new columns.
type bookCopy struct {
	subject
	dst      string
	old, new []part
	columns  []string
	rows     []table.Row // as they were read
}

// copyOf returns nil for a workbook that is refused, with its name and before anything is written.
func copyOf(t *testing.T, s subject, dir string) *bookCopy {
	t.Helper()
	dst := filepath.Join(dir, "out"+table.Extension(s.name))
	c, err := s.copyTo(t, dst)
	if err == nil {
		c.old = partsOf(t, []byte(tabletest.Read(t, s.name)))
		c.new = inOrder(t, partsOf(t, []byte(tabletest.Read(t, dst))), c.old)
		return c
	}
	if s.must {
		t.Fatal(err)
	}
	tabletest.WantError(t, err)
	tabletest.OnlyFiles(t, dir)
	t.Log("refused:", err)
	return nil
}

// inOrder returns parts in the order of others with the same names. The order of the parts in an archive has no meaning, except that
// of parts with the same name the last one counts.
func inOrder(t *testing.T, parts, others []part) (ordered []part) {
	t.Helper()
	if a, b := partNames(parts), partNames(others); !slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))) {
		t.Fatalf("got the parts %q, want %q", a, b)
	}
	parts = slices.Clone(parts)
	for _, p := range others {
		i := slices.IndexFunc(parts, func(q part) bool { return q.Name == p.Name })
		ordered = append(ordered, parts[i])
		parts = slices.Delete(parts, i, i+1)
	}
	return ordered
}

func (s subject) copyTo(t *testing.T, dst string) (*bookCopy, error) {
	t.Helper()
	src, err := open.Open(s.name, s.options)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	sink, err := src.Sink(dst, ourAnswer, ourNote)
	if err != nil {
		return nil, err
	}
	defer sink.Close()
	c := &bookCopy{subject: s, dst: dst, columns: slices.Clone(src.Columns())}
	for row, err := range src.Rows() {
		if err != nil {
			return nil, err
		}
		c.rows = append(c.rows, table.Row{Index: row.Index, Line: row.Line, Sheet: row.Sheet, Values: slices.Clone(row.Values)})
		if err := sink.Write(row, ourCells(row)...); err != nil {
			return nil, err
		}
	}
	return c, sink.Commit(nil)
}

// checkDirectory compares the parts byte for byte, both as stored and unpacked.
func (c *bookCopy) checkDirectory(t *testing.T) {
	t.Helper()
	for i, was := range c.old {
		is := c.new[i]
		switch {
		case bytes.Equal(was.raw, is.raw) && bytes.Equal(was.content, is.content) && was.Method == is.Method:
		case c.isRelation(t, was, "styles"), c.isRelation(t, was, "table"):
		case was.Name == c.bookPart(t) && bytes.Equal(filterNames.ReplaceAll(was.content, nil), filterNames.ReplaceAll(is.content, nil)):
			if bytes.Equal(was.content, is.content) {
				t.Errorf("%s was packed anew without a change", was.Name)
			}
		case c.isRelation(t, was, "worksheet"):
			if bytes.Equal(was.content, is.content) {
				t.Errorf("%s was packed anew without a change", was.Name)
			}
		default:
			t.Errorf("%s differs: got %d bytes packed, %d unpacked, want %d, %d", was.Name, len(is.raw), len(is.content), len(was.raw), len(was.content))
		}
	}
}

// filterNames are the hidden names of filters, the only part of the workbook's own part that may change.
var filterNames = regexp.MustCompile(`<definedName [^>]*_FilterDatabase[^>]*>[^<]*`)

func partNames(parts []part) (names []string) {
	for _, p := range parts {
		names = append(names, p.Name)
	}
	return names
}

// relationXML is a relationship of some part, with its target.
type relationXML struct{ id, kind, target string }

// relationsOf returns the relationships of a part.
func (c *bookCopy) relationsOf(t *testing.T, of string) (all []relationXML) {
	t.Helper()
	dir, base := path.Split(of)
	rels, ok := findPart(c.old, dir+"_rels/"+base+".rels")
	if !ok {
		return nil
	}
	var parsed struct {
		Relationship []struct {
			Id, Type, Target string `xml:",attr"`
		}
	}
	if err := xml.Unmarshal(rels.content, &parsed); err != nil {
		t.Fatalf("%s: %v", rels.Name, err)
	}
	for _, r := range parsed.Relationship {
		target := r.Target
		if !strings.HasPrefix(target, "/") {
			target = path.Join("/", dir, target)
		}
		all = append(all, relationXML{r.Id, path.Base(r.Type), target[1:]})
	}
	return all
}

// findPart returns the last part with that name.
func findPart(parts []part, name string) (found part, ok bool) {
	for _, p := range parts {
		if strings.EqualFold(p.Name, name) {
			found, ok = p, true
		}
	}
	return found, ok
}

// isRelation reports whether a part of the workbook is of that kind. A table must belong to a patched sheet.
func (c *bookCopy) isRelation(t *testing.T, p part, kind string) bool {
	t.Helper()
	sources := []string{c.bookPart(t)}
	if kind == "table" {
		sources = c.sheets(t)
	}
	for _, source := range sources {
		for _, r := range c.relationsOf(t, source) {
			if r.kind == kind && strings.EqualFold(r.target, p.Name) {
				return true
			}
		}
	}
	return false
}

func (c *bookCopy) bookPart(t *testing.T) string {
	t.Helper()
	for _, r := range c.relationsOf(t, "") {
		if r.kind == "officeDocument" {
			return r.target
		}
	}
	t.Fatal("the workbook has no main part")
	return ""
}

// sheets returns the patched parts: one, or those of all sheets that were read.
func (c *bookCopy) sheets(t *testing.T) (names []string) {
	t.Helper()
	for i, was := range c.old {
		if i < len(c.new) && !bytes.Equal(was.content, c.new[i].content) && bytes.Contains(was.content, []byte("sheetData")) {
			names = append(names, was.Name)
		}
	}
	if want := c.sheetsRead(); len(names) != want {
		t.Fatalf("got %d patched sheets %q, want %d", len(names), names, want)
	}
	return names
}

// sheetsRead returns the number of sheets from which the rows came.
func (c *bookCopy) sheetsRead() int {
	if !c.options.AllSheets {
		return 1
	}
	seen := map[string]bool{}
	for _, row := range c.rows {
		seen[row.Sheet] = true
	}
	return len(seen)
}

var cellXfs = regexp.MustCompile(`(?s)<((?:\w+:)?)cellXfs\b([^>]*)>(.*)</(?:\w+:)?cellXfs\s*>`)

// checkStyles accepts added cell formats at the end of the list, and a changed count.
func (c *bookCopy) checkStyles(t *testing.T) {
	t.Helper()
	for i, was := range c.old {
		is := c.new[i]
		if !c.isRelation(t, was, "styles") || bytes.Equal(was.content, is.content) {
			continue
		}
		a, b := cellXfs.FindSubmatchIndex(was.content), cellXfs.FindSubmatchIndex(is.content)
		if a == nil || b == nil {
			t.Fatalf("%s: got no list of cell formats, and a change", was.Name)
		}
		if !bytes.Equal(was.content[:a[4]], is.content[:b[4]]) || !bytes.Equal(was.content[a[7]:], is.content[b[7]:]) {
			t.Errorf("%s differs outside of its cell formats", was.Name)
		}
		wasList, isList := was.content[a[6]:a[7]], is.content[b[6]:b[7]]
		if !bytes.HasPrefix(isList, bytes.TrimRight(wasList, " \t\r\n")) {
			t.Errorf("%s: got the cell formats %.300q, want more at the end of %.300q", was.Name, isList, wasList)
		}
		n := len(formatsOf(t, isList))
		if m := regexp.MustCompile(`\bcount=['"](\d+)['"]`).FindSubmatch(is.content[b[4]:b[5]]); m != nil && string(m[1]) != strconv.Itoa(n) {
			t.Errorf("%s: got count %s of %d cell formats", was.Name, m[1], n)
		}
	}
}

// formatXML is a cell format.
type formatXML struct {
	Font      string `xml:"fontId,attr"`
	Fill      string `xml:"fillId,attr"`
	Border    string `xml:"borderId,attr"`
	Alignment struct {
		Wrap string `xml:"wrapText,attr"`
	} `xml:"alignment"`
}

func formatsOf(t *testing.T, list []byte) []formatXML {
	t.Helper()
	var parsed struct {
		Xf []formatXML `xml:"xf"`
	}
	if err := xml.Unmarshal([]byte("<list xmlns:x=''>"+string(list)+"</list>"), &parsed); err != nil {
		t.Fatal(err)
	}
	return parsed.Xf
}

// checkSheet compares a patched sheet with the original.
func (c *bookCopy) checkSheet(t *testing.T, name string) {
	t.Helper()
	wasPart, _ := findPart(c.old, name)
	isPart, _ := findPart(c.new, name)
	was, is := parseSheet(t, wasPart.content), parseSheet(t, isPart.content)
	if was.rest != is.rest {
		t.Errorf("%s: outside of rows and columns, got %s, want %s", name, differing(is.rest, was.rest), differing(was.rest, is.rest))
	}
	ours, head := ourColumns(t, was, is)
	checkOldCells(t, was, is, ours)
	checkColumns(t, was, is, ours)
	checkPlaces(t, was, is)
	c.checkNewCells(t, is, ours, head, c.sheetNames(t)[name])
	checkClear(t, is, isPart.content, ours)
	c.checkLooks(t, is, ours, head)
}

// differing returns the part of a that differs from b.
func differing(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return strconv.Quote(a[max(0, n-20):min(len(a), n+80)])
}

// ourColumns returns the two columns that have new content, and the row of the header, 0 if the sheet has none.
func ourColumns(t *testing.T, was, is *sheetXML) (ours [2]int, head int) {
	t.Helper()
	found := map[int]bool{}
	for r, row := range is.rows {
		for n, cell := range row.cells {
			old := was.rows[r]
			if cell.empty() || old != nil && !old.cells[n].empty() {
				continue
			}
			found[n] = true
			if cell.text(t) == ourAnswer {
				head = r
			}
		}
	}
	columns := slices.Sorted(maps.Keys(found))
	if len(columns) != 2 {
		t.Fatalf("got new content in the columns %v, want two", columns)
	}
	return [2]int(columns), head
}

func checkOldCells(t *testing.T, was, is *sheetXML, ours [2]int) {
	t.Helper()
	if a, b := slices.Sorted(maps.Keys(was.rows)), slices.Sorted(maps.Keys(is.rows)); !slices.Equal(a, b) {
		t.Fatalf("got %d rows, want %d", len(b), len(a))
	}
	for r, row := range was.rows {
		now := is.rows[r]
		for n, cell := range row.cells {
			got, ok := now.cells[n]
			if !(ok && got.same(cell)) && !(cell.empty() && slices.Contains(ours[:], n)) {
				t.Errorf("row %d, column %d: got %v, want %v", r, n, got, cell)
			}
		}
		for n := range now.cells {
			if _, old := row.cells[n]; !old && !slices.Contains(ours[:], n) {
				t.Errorf("row %d, column %d: got a cell %v, want none", r, n, now.cells[n])
			}
		}
		a, b := maps.Clone(row.attrs), maps.Clone(now.attrs)
		delete(a, "spans")
		delete(b, "spans")
		if !maps.Equal(a, b) {
			t.Errorf("row %d: got attributes %v, want %v", r, b, a)
		}
	}
}

// checkColumns checks that <cols> is unchanged for every other column, and is in order.
func checkColumns(t *testing.T, was, is *sheetXML, ours [2]int) {
	t.Helper()
	for _, n := range slices.Concat(was.columnEdges(), is.columnEdges()) {
		if n >= 1 && n <= 16384 && !slices.Contains(ours[:], n) && !maps.Equal(was.column(n), is.column(n)) {
			t.Errorf("column %d: got %v, want %v", n, is.column(n), was.column(n))
		}
	}
	last := 0
	for _, c := range is.cols {
		from, _ := strconv.Atoi(c["min"])
		to, _ := strconv.Atoi(c["max"])
		if from <= last || to < from || to > 16384 {
			t.Errorf("got columns %d to %d after %d", from, to, last)
		}
		last = to
	}
}

// checkPlaces checks that dimension and spans include what they should, and that the dimension includes no more.
func checkPlaces(t *testing.T, was, is *sheetXML) {
	t.Helper()
	var need, most rect
	if was.dimension != "" {
		most = parseRect(t, was.dimension)
	}
	for r, row := range is.rows {
		for n, cell := range row.cells {
			most = most.with(n, r)
			if !cell.empty() {
				need = need.with(n, r)
			}
			if spans := row.attrs["spans"]; spans != "" && !inSpans(spans, n) {
				t.Errorf("row %d: spans %q without column %d", r, spans, n)
			}
		}
	}
	if is.dimension == "" {
		if was.dimension != "" {
			t.Error("the dimension is gone")
		}
		return
	}
	d := parseRect(t, is.dimension)
	if !d.has(need.left, need.top) || !d.has(need.right, need.bottom) || !most.has(d.left, d.top) || !most.has(d.right, d.bottom) {
		t.Errorf("got dimension %v, want at least %v, at most %v", d, need, most)
	}
}

func inSpans(spans string, column int) bool {
	for span := range strings.FieldsSeq(spans) {
		from, to, _ := strings.Cut(span, ":")
		a, err := strconv.Atoi(from)
		b, err2 := strconv.Atoi(to)
		if err == nil && err2 == nil && a <= column && column <= b {
			return true
		}
	}
	return false
}

// checkNewCells checks for the new cells in their rows, and for no new cells in the other rows.
func (c *bookCopy) checkNewCells(t *testing.T, is *sheetXML, ours [2]int, head int, sheet string) {
	t.Helper()
	want := map[int][]any{}
	if head > 0 {
		want[head] = []any{ourAnswer, ourNote}
	}
	for _, row := range c.rows {
		if row.Sheet != "" && row.Sheet != sheet {
			continue
		}
		want[row.Line] = ourCells(row)
	}
	for r, row := range is.rows {
		for i, n := range ours {
			var cell any
			if want[r] != nil {
				cell = want[r][i]
			}
			wantCellXML(t, fmt.Sprintf("row %d, column %d", r, n), row.cells[n], cell)
		}
	}
	for r := range want {
		if is.rows[r] == nil {
			t.Errorf("got no row %d", r)
		}
	}
}

// sheetNames returns the names of the sheets of the workbook by their parts.
func (c *bookCopy) sheetNames(t *testing.T) map[string]string {
	t.Helper()
	book, _ := findPart(c.old, c.bookPart(t))
	var parsed struct {
		Sheet []struct {
			Name string     `xml:"name,attr"`
			Attr []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := xml.Unmarshal(book.content, &parsed); err != nil {
		t.Fatal(err)
	}
	names, relations := map[string]string{}, c.relationsOf(t, book.Name)
	for _, s := range parsed.Sheet {
		for _, a := range s.Attr {
			for _, r := range relations {
				if p, _ := findPart(c.old, r.target); a.Name.Local == "id" && a.Value == r.id {
					names[p.Name] = s.Name
				}
			}
		}
	}
	return names
}

// wantCellXML compares a cell as written with the one that was given to the sink.
func wantCellXML(t *testing.T, where string, got cellXML, want any) {
	t.Helper()
	kind, text := "", fmt.Sprint(want)
	switch v := want.(type) {
	case nil:
		text = ""
	case string:
		kind = "inlineStr"
		if v == "" {
			kind = ""
		}
	case bool:
		kind, text = "b", map[bool]string{false: "0", true: "1"}[v]
	}
	if k := got.attrs["t"]; got.text(t) != text || k != kind && !(kind == "" && k == "n") {
		t.Errorf("%s: got type %q, text %.80q, want %q, %.80q", where, k, got.text(t), kind, text)
	}
	if strings.TrimSpace(text) != text && !strings.Contains(got.body, `xml:space="preserve"`) {
		t.Errorf("%s: got %.80q, whose spaces will be lost", where, got.body)
	}
}

var mergeRef = regexp.MustCompile(`mergeCell\s[^>]*ref=['"]([^'"]*)['"]`)

// checkClear checks that none of the new cells is within merged cells.
func checkClear(t *testing.T, is *sheetXML, sheet []byte, ours [2]int) {
	t.Helper()
	for _, m := range mergeRef.FindAllSubmatch(sheet, -1) {
		merged := parseRect(t, string(m[1]))
		for r, row := range is.rows {
			for _, n := range ours {
				if merged.has(n, r) && !row.cells[n].empty() {
					t.Errorf("row %d: our cell in column %d is one of the merged cells %s", r, n, m[1])
				}
			}
		}
	}
}

// checkLooks checks that the new header and texts look like the last column of the original header, and that texts wrap.
func (c *bookCopy) checkLooks(t *testing.T, is *sheetXML, ours [2]int, head int) {
	t.Helper()
	var formats []formatXML
	for _, p := range c.new {
		if m := cellXfs.FindSubmatch(p.content); m != nil && c.isRelation(t, p, "styles") {
			formats = formatsOf(t, m[3])
		}
	}
	style := func(cell cellXML) (f formatXML) {
		n, err := strconv.Atoi(cell.attrs["s"])
		if cell.attrs["s"] != "" && (err != nil || n >= len(formats)) {
			t.Errorf("got the style %q of %d", cell.attrs["s"], len(formats))
		} else if len(formats) > 0 {
			f = formats[n]
		}
		return f
	}
	if head == 0 {
		return
	}
	last := 0
	for n, cell := range is.rows[head].cells {
		if n < ours[0] && !cell.empty() {
			last = max(last, n)
		}
	}
	for r, row := range is.rows {
		cell, beside := row.cells[ours[0]], row.cells[last]
		got, want := style(cell), style(beside)
		if cell.empty() || beside.attrs["s"] == "" {
			continue
		}
		if got.Font != want.Font || got.Fill != want.Fill || got.Border != want.Border {
			t.Errorf("row %d: got the look %+v, want %+v", r, got, want)
		}
		if r != head && got.Alignment.Wrap != "1" && got.Alignment.Wrap != "true" {
			t.Errorf("row %d: the text does not wrap", r)
		}
	}
}

// tableXML is an Excel table.
type tableXML struct {
	ID     string `xml:"id,attr"`
	Ref    string `xml:"ref,attr"`
	Totals int    `xml:"totalsRowCount,attr"`
	Filter struct {
		Ref string `xml:"ref,attr"`
	} `xml:"autoFilter"`
	Columns struct {
		Count  int `xml:"count,attr"`
		Column []struct {
			ID   string `xml:"id,attr"`
			Name string `xml:"name,attr"`
		} `xml:"tableColumn"`
	} `xml:"tableColumns"`
}

// checkTables checks that each table of a patched sheet either is unchanged and apart from the new columns, or includes both.
func (c *bookCopy) checkTables(t *testing.T) {
	t.Helper()
	for _, sheet := range c.sheets(t) {
		wasPart, _ := findPart(c.old, sheet)
		isPart, _ := findPart(c.new, sheet)
		is := parseSheet(t, isPart.content)
		ours, head := ourColumns(t, parseSheet(t, wasPart.content), is)
		for _, r := range c.relationsOf(t, sheet) {
			if r.kind != "table" {
				continue
			}
			a, _ := findPart(c.old, r.target)
			b, _ := findPart(c.new, r.target)
			was, now := parseTable(t, a), parseTable(t, b)
			area := parseRect(t, now.Ref)
			joined := area.left <= ours[0] && ours[0] <= area.right
			if bytes.Equal(a.content, b.content) {
				if joined {
					t.Errorf("%s: the table %s has our columns but does not know them", r.target, now.Ref)
				}
				continue
			}
			checkJoined(t, was, now, head, ours)
			checkHeader(t, now, is)
		}
	}
}

func parseTable(t *testing.T, p part) (table tableXML) {
	t.Helper()
	if err := xml.Unmarshal(p.content, &table); err != nil {
		t.Fatalf("%s: %v", p.Name, err)
	}
	return table
}

// checkJoined checks for the same rows, more columns, and unique IDs.
func checkJoined(t *testing.T, was, now tableXML, head int, ours [2]int) {
	t.Helper()
	a, b := parseRect(t, was.Ref), parseRect(t, now.Ref)
	a.right = ours[1]
	if a != b || now.ID != was.ID || b.top != head {
		t.Errorf("got the table %v, want %v", b, a)
	}
	if now.Filter.Ref != "" {
		if f := parseRect(t, now.Filter.Ref); f != (rect{b.left, b.top, b.right, b.bottom - now.Totals}) {
			t.Errorf("got the filter %s of the table %s", now.Filter.Ref, now.Ref)
		}
	}
	ids := map[string]bool{}
	for _, column := range now.Columns.Column {
		ids[column.ID] = true
	}
	if n := len(now.Columns.Column); n != now.Columns.Count || n != b.right-b.left+1 || n != len(ids) {
		t.Errorf("got %d columns with %d ids, count %d, in %s", n, len(ids), now.Columns.Count, now.Ref)
	}
}

// checkHeader checks that the sheet has the names of the new columns of a table.
func checkHeader(t *testing.T, table tableXML, is *sheetXML) {
	t.Helper()
	area := parseRect(t, table.Ref)
	n := len(table.Columns.Column)
	for i, want := range []string{ourAnswer, ourNote} {
		if got := table.Columns.Column[n-2+i].Name; got != want {
			t.Errorf("got the table's column %q, want %q", got, want)
		}
		if got := is.rows[area.top].cells[area.right-1+i].text(t); got != want {
			t.Errorf("got the header %q in the table, want %q", got, want)
		}
	}
}
