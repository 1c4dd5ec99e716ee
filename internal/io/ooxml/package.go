package ooxml

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/flate"

	"gigabatch/internal/messages"
)

// A package is refused as a zip bomb if it unpacks to more than bombRatio times its size and to more than bombSize. A sheet of long,
// repetitive answers reaches about 60 times its size.
const (
	bombRatio = 200
	bombSize  = 256 << 20
	maxTotal  = 16 << 30
	// maxPart limits the size of parts that are read as a whole: relationships, the list of sheets, styles, tables.
	maxPart = 64 << 20
	maxList = 16 << 20 // of relationships and the list of sheets
)

// Package is the zip archive of a workbook, open for one pass.
type Package struct {
	zip   *zip.Reader
	parts map[string]*zip.File // by name in lower case
	twice map[string]bool
}

// OpenPackage reads the directory of a zip archive. size is the size of the archive. The sizes in the directory limit what is
// unpacked: archive/zip reads no more of a part than its directory entry says.
func OpenPackage(r io.ReaderAt, size int64) (*Package, error) {
	zr, err := zip.NewReader(r, size)
	if err != nil {
		return nil, err
	}
	zr.RegisterDecompressor(zip.Deflate, func(r io.Reader) io.ReadCloser { return flate.NewReader(r) })
	p := &Package{zip: zr, parts: make(map[string]*zip.File, len(zr.File)), twice: map[string]bool{}}
	var total uint64
	for _, f := range zr.File {
		if total += f.UncompressedSize64; f.UncompressedSize64 > maxTotal || total > maxTotal {
			return nil, bomb(total)
		}
		name := partName(f.Name)
		p.twice[name] = p.twice[name] || p.parts[name] != nil
		p.parts[name] = f
	}
	if total > bombSize && total/bombRatio > uint64(size) {
		return nil, bomb(total)
	}
	return p, nil
}

func bomb(total uint64) error {
	return refuse(hintSave, "the workbook unpacks to %d MiB, which is implausible for its size", total>>20)
}

// partName returns the name by which a part is found. Part names are case-insensitive (ECMA-376 part 2), and some writers use
// backslashes.
func partName(name string) string {
	return strings.ToLower(strings.TrimPrefix(slashes(name), "/"))
}

// part returns the part with a name, or nil. A name that appears twice is refused, because programs disagree on which part counts.
func (p *Package) part(name string) (*zip.File, error) {
	name = partName(name)
	if p.twice[name] {
		return nil, refuse(hintSave, "the workbook has two parts named %q", name)
	}
	return p.parts[name], nil
}

// open opens a required part for reading.
func (p *Package) open(name string) (io.ReadCloser, error) {
	f, err := p.part(name)
	if err != nil {
		return nil, err
	}
	if f == nil {
		return nil, messages.Errorf("part %q is missing", name)
	}
	return f.Open()
}

// read returns the content of a part, or nil if the part does not exist. It accepts only XML in UTF-8 without a document type
// declaration.
func (p *Package) read(name string) ([]byte, error) {
	f, err := p.part(name)
	if f == nil || err != nil {
		return nil, err
	}
	if f.UncompressedSize64 > maxPart {
		return nil, refuse(hintSave, "part %q is larger than %d MiB", name, maxPart>>20)
	}
	rc, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer rc.Close()
	b, err := io.ReadAll(rc)
	if err != nil {
		return nil, messages.Errorf("%s: %w", name, err)
	}
	if err := checkProlog(b); err != nil {
		return nil, err
	}
	return asUTF8(b), nil
}

// checkProlog checks the beginning of a part: it must be UTF-8 and have no document type declaration.
func checkProlog(b []byte) error {
	if utf16(b) {
		return refuse(hintSave, "the workbook is encoded in UTF-16, which is not supported")
	}
	p := prologEnd(b)
	if m, err := next(b, 0); err == nil && m.kind == other && bytes.HasPrefix(b[m.lo:], []byte("<?xml")) {
		if e := string(bytes.ToLower(encoding(b, m).of(b))); e != "" && e != "utf-8" && e != "utf8" && e != "us-ascii" && e != "ascii" {
			return refuse(hintSave, "the workbook is encoded in %s, which is not supported", e)
		}
	}
	_, err := next(b, p)
	if err == errDTD {
		return err
	}
	return nil
}

func utf16(b []byte) bool {
	return bytes.HasPrefix(b, []byte("\xFF\xFE")) || bytes.HasPrefix(b, []byte("\xFE\xFF"))
}

// prologEnd returns the position of the root element, of the document type declaration, or of invalid markup.
func prologEnd(b []byte) int {
	p := 0
	for {
		m, err := next(b, p)
		if err != nil || m.kind != other {
			return p
		}
		p = m.hi
	}
}

// encoding returns the place of the name of the encoding in an XML declaration.
func encoding(b []byte, decl markup) span {
	for p := decl.lo + len("<?xml"); ; {
		a, ok := nextAttr(b, span{decl.lo, decl.hi - len("?>")}, &p)
		if !ok {
			return span{}
		}
		if string(a.name.of(b)) == "encoding" {
			return a.value
		}
	}
}

// asUTF8 returns a part that declares that it is UTF-8. What is added to it is, and programs stop at what the declared encoding lacks.
func asUTF8(b []byte) []byte {
	m, err := next(b, 0)
	if err != nil || m.kind != other || !bytes.HasPrefix(b[m.lo:], []byte("<?xml")) {
		return b
	}
	e := encoding(b, m)
	if e.empty() || strings.EqualFold(string(e.of(b)), "utf-8") {
		return b
	}
	return applied(b, []splice{{e, "UTF-8"}})
}

// decode reads a part into v. If the part does not exist, v is unchanged.
func (p *Package) decode(name string, v any) error {
	b, err := p.read(name)
	if b == nil || err != nil {
		return err
	}
	if len(b) > maxList {
		return refuse(hintSave, "part %q is larger than %d MiB", name, maxList>>20)
	}
	err = xml.Unmarshal(b, v)
	switch {
	case errors.Is(err, io.EOF):
		return messages.Errorf("%s: the part is empty", name)
	case err != nil:
		return messages.Errorf("%s: %w", name, err)
	}
	return nil
}

// relation is a relationship, a link from one part to another (ECMA-376 part 2, 9.3).
type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
	Mode   string `xml:"TargetMode,attr"`
}

// kind returns the last segment of the type, which is the same in the transitional and the strict namespace.
func (r relation) kind() string { return path.Base(r.Type) }

// relations returns the relationships of a part, with part names as targets. The part "" is the package itself.
func (p *Package) relations(part string) ([]relation, error) {
	dir, base := path.Split(part)
	var rels struct{ Relationship []relation }
	if err := p.decode(dir+"_rels/"+base+".rels", &rels); err != nil {
		return nil, err
	}
	for i, r := range rels.Relationship {
		if target := slashes(r.Target); strings.HasPrefix(target, "/") {
			rels.Relationship[i].Target = strings.TrimPrefix(target, "/")
		} else {
			rels.Relationship[i].Target = path.Join(dir, target)
		}
	}
	return rels.Relationship, nil
}

// related returns the target of the first relationship of that kind, or "".
func related(rels []relation, kind string) string {
	for _, r := range rels {
		if r.kind() == kind {
			return r.Target
		}
	}
	return ""
}
