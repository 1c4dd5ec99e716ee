package xlsx_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/io/table/tabletest"
)

// The pictures in the README are what LibreOffice shows of testdata/questions.xlsx before and after the first command in the README.
// go test -update creates them.
func TestPictures(t *testing.T) {
	t.Parallel()
	if *update {
		writePictures(t)
	}
	for _, base := range []string{"before.png", "after.png"} {
		name := filepath.Join("..", "..", "..", "..", "docs", base)
		content := tabletest.Read(t, name)
		c, err := png.DecodeConfig(strings.NewReader(content))
		if err != nil || c.Width < 400 || c.Width > 1600 || len(content) > 60<<10 {
			t.Errorf("%s: got %d bytes, width %d, error %v", base, len(content), c.Width, err)
		}
	}
}

func writePictures(t *testing.T) {
	t.Helper()
	s := tabletest.NewOffice(t)
	dir := t.TempDir()
	before := filepath.Join(dir, "questions.xlsx")
	writeQuestionBook(t, before)
	cmd := exec.CommandContext(t.Context(), "go", "run", "./cmd/gigabatch", "run", "--sandbox", before)
	cmd.Dir = filepath.Join("..", "..", "..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for base, book := range map[string]string{"before": before, "after": filepath.Join(dir, "questions.sandbox.xlsx")} {
		page := filepath.Join(t.TempDir(), base+".xlsx")
		onePage(t, book, page)
		pages, _ := s.Convert(t, "pdf", page)
		shot := strings.TrimSuffix(page, ".xlsx")
		out, err := exec.CommandContext(t.Context(), "pdftoppm", "-png", "-r", "96", "-singlefile", filepath.Join(pages, base+".pdf"), shot).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		writeCropped(t, shot+".png", filepath.Join("..", "..", "..", "..", "docs", base+".png"))
	}
}

// onePage returns the workbook on one large page, with column letters and row numbers.
func onePage(t *testing.T, book, page string) {
	t.Helper()
	const print = `<printOptions headings="1"/><pageMargins left="0.2" right="0.2" top="0.2" bottom="0.2" header="0" footer="0"/>` +
		`<pageSetup paperSize="8" orientation="landscape"/>`
	parts := members(t, []byte(tabletest.Read(t, book)))
	for i := range parts {
		if parts[i].name == "xl/worksheets/sheet1.xml" {
			head, tail, _ := strings.Cut(parts[i].text, "</worksheet>")
			parts[i].text = head + print + "</worksheet>" + tail
		}
	}
	tabletest.Write(t, page, string(zipped(parts)(t)))
}

// writeCropped writes the part of a picture that is not white, in few colours.
func writeCropped(t *testing.T, from, to string) {
	t.Helper()
	img, err := png.Decode(strings.NewReader(tabletest.Read(t, from)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	if err := enc.Encode(&b, paletted(img, inked(img))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// inked returns the smallest rectangle with everything that is not white.
func inked(img image.Image) (r image.Rectangle) {
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			if red, green, blue, _ := img.At(x, y).RGBA(); red&green&blue>>8 < 0xFA {
				r = r.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return r
}

// paletted returns a part of a picture in its 256 most frequent colours.
func paletted(img image.Image, r image.Rectangle) *image.Paletted {
	counts := map[color.RGBA]int{}
	each(r, func(x, y int) { counts[coarse(img.At(x, y))]++ })
	var palette color.Palette
	for len(palette) < 256 && len(counts) > 0 {
		var most color.RGBA
		for c, n := range counts {
			if n > counts[most] || n == counts[most] && darker(c, most) {
				most = c
			}
		}
		delete(counts, most)
		palette = append(palette, most)
	}
	out := image.NewPaletted(image.Rect(0, 0, r.Dx(), r.Dy()), palette)
	each(r, func(x, y int) { out.Set(x-r.Min.X, y-r.Min.Y, coarse(img.At(x, y))) })
	return out
}

func each(r image.Rectangle, visit func(x, y int)) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			visit(x, y)
		}
	}
}

// coarse rounds a colour to what the eye can distinguish.
func coarse(c color.Color) color.RGBA {
	r, g, b, _ := c.RGBA()
	step := func(v uint32) uint8 { return uint8(min(255, (v>>8+8)/16*16)) }
	return color.RGBA{step(r), step(g), step(b), 255}
}

func darker(a, b color.RGBA) bool {
	return bytes.Compare([]byte{a.R, a.G, a.B}, []byte{b.R, b.G, b.B}) < 0
}
