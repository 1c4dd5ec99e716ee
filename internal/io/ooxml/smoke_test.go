package ooxml

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestSmoke(t *testing.T) {
	names, _ := filepath.Glob("/work/shared/data/xlsx/*/*")
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		fi, _ := f.Stat()
		p, err := OpenPackage(f, fi.Size())
		if err != nil {
			t.Log(filepath.Base(name), err)
			continue
		}
		b, err := OpenBook(p, t.TempDir())
		if err != nil {
			t.Log(filepath.Base(name), err)
			continue
		}
		for _, s := range b.Sheets {
			v, err := p.Survey(s)
			if err != nil {
				t.Log(filepath.Base(name), s, err)
				continue
			}
			t.Logf("%s %+v %+v styles %d shared %d", filepath.Base(name), s, v, b.Styles.Len(), b.shared.len())
			n, _ := p.Scan(s)
			k := 0
			for {
				r, err := n.Next()
				if err == io.EOF {
					break
				}
				for i := range r.Cells {
					x, err := b.Value(r, &r.Cells[i])
					if err != nil {
						t.Error(err)
					}
					if k++; k < 4 {
						t.Logf("%q", x)
					}
				}
			}
		}
	}
}
