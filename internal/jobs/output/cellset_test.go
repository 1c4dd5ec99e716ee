package output

import (
	"strings"
	"testing"
)

func TestCellSetSeesThroughWhatAFileDoesToAText(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("слово ", 10_000)
	for _, tc := range []struct {
		cell, completion string
		want             bool
	}{
		{"an answer", "an answer", true},
		{" an answer\r\n", "an answer", true},
		{"two\r\nlines", "two\nlines", true},
		{"two\rlines", "two\nlines", true},
		{"two\nlines", "two\r\nlines", true},
		{"'=1+1", "=1+1", true},
		{"'tis", "'tis", true},
		{"''tis", "'tis", false},
		{"=1+1", "'=1+1", false},
		{long[:40_000] + "…", long, true},
		{"'=" + long[:40_000] + "…", "=" + long, true},
		{long[:40_000], long, false},
		{long[:40_000] + "…", "other " + long, false},
		{"слово…", long, false},
		{"…", long, false},
		{"смех \ufffd и грех", "смех 😀 и грех", true},
		{"смех \ufffd\ufffd и грех \ufffd", "смех 😀 и грех 😇", true},
		{"смех \ufffd и грех", "смех 😀 и грех!", false},
		{"смех \ufffd и грех", "и грех", false},
		{"\ufffd", "anything", false},
		{"an answer", "another answer", false},
	} {
		if got := newCellSet(tc.cell).has(tc.completion); got != tc.want {
			t.Errorf("%.30q for %.30q: %v, want %v", tc.cell, tc.completion, got, tc.want)
		}
	}
}
