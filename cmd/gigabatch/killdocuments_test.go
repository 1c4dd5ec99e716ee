package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestKillDocuments kills runs over documents with SIGKILL. No answer is requested again after it was kept, only uploads under way are
// repeated, no file stays at the service, and each document has its answer in the table and in a file.
func TestKillDocuments(t *testing.T) {
	t.Parallel()
	docs, kills := 400, 8
	if raced || testing.Short() {
		docs, kills = 120, 4
	}
	const flight = 10
	s := openStand(t, "streams=10", "latency=3ms")
	p := newProgram(t, s.env()...)
	for i := range docs {
		ext := []string{"md", "txt", "pdf", "docx"}[i%4]
		p.write(fmt.Sprintf("docs/%d/doc%d.%s", i%7, i, ext), fmt.Sprintf("document number %d", i))
	}
	command := []string{"run", "docs/**/*", "-p", "Sum up {{name}}", "-o", "sums.csv", "--out-dir", "sums", "-c", strconv.Itoa(flight)}
	random := rand.New(rand.NewPCG(4, 26))
	for n := range kills {
		killCommandAt(t, p, s, s.box.Counts().Billed+int64(random.IntN(2*docs/kills)*(n%4)/2), command...)
	}
	got := p.run(command...)
	if got.code != 0 {
		t.Fatalf("the last run: exit code %d\n%s", got.code, got.errors)
	}
	n := s.box.Counts()
	if n.Billed > int64(docs+kills*flight) || n.BilledPrompts != int64(docs) {
		t.Errorf("billed %d completions of %d requests, want at most %d of %d", n.Billed, n.BilledPrompts, docs+kills*flight, docs)
	}
	if uploads := int64(docs / 2); n.Uploads > uploads+int64(kills*flight) || n.Uploads < uploads {
		t.Errorf("%d uploads, want %d and at most %d more", n.Uploads, uploads, kills*flight)
	}
	if lost := n.UploadedTwice; n.FilesStored > lost {
		t.Errorf("%d files are left at the service, of which only %d were stored twice because nobody had noted them", n.FilesStored, lost)
	}
	checkDocuments(t, p, docs)
	t.Logf("%d documents, billed %d, uploads %d, left %d, reported as paid twice %d", docs, n.Billed, n.Uploads, n.FilesStored, paidTwice(got.errors))
}

// checkDocuments checks the answer of each document.
func checkDocuments(t *testing.T, p *program, docs int) {
	t.Helper()
	table, err := os.ReadFile(filepath.Join(p.dir, "sums.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range docs {
		text, err := os.ReadFile(filepath.Join(p.dir, "sums", strconv.Itoa(i%7), fmt.Sprintf("doc%d.md", i)))
		if want := fmt.Sprintf("“Sum up doc%d", i); err != nil || !strings.Contains(string(text), want) {
			t.Fatalf("document %d: its file has %q, %v; want %q", i, text, err, want)
		}
		if strings.Count(string(table), fmt.Sprintf("“Sum up doc%d", i)) == 0 {
			t.Fatalf("document %d is not in the table", i)
		}
	}
}
