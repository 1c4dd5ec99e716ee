package output

import (
	"hash/maphash"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/form"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/resolve"
)

// textSet is a set of texts, stored as 64-bit hashes of their plain forms: about ten bytes for a text of any length.
type textSet struct {
	seed maphash.Seed
	sums [256][]uint64 // by first byte, each sorted
}

// journalTexts returns all completions in the journal whose origin counts, including those replaced by a fresh run, and the texts and
// values that the forms derive from them. Texts of edits, past and present, are included.
func journalTexts(j *journal.Journal, forms []*form.Form, counts func(sandbox bool) bool) (*textSet, error) {
	s := &textSet{seed: maphash.MakeSeed()}
	err := j.Texts(func(text string, sandbox bool) {
		if counts(sandbox) {
			s.add(text)
			s.addForms(forms, text)
		}
	})
	s.sort()
	return s, err
}

// sort must be called between add and has.
func (s *textSet) sort() {
	for _, sums := range s.sums {
		slices.Sort(sums)
	}
}

// addForms adds the texts and values that the forms derive from a completion.
func (s *textSet) addForms(forms []*form.Form, completion string) {
	for _, f := range forms {
		if f == nil {
			continue
		}
		for _, text := range []string{completion, f.Called(completion)} {
			a, problem := f.Check(text)
			if problem != "" {
				continue
			}
			s.add(a.Text)
			for _, v := range a.Values {
				value := resolve.ValueText(v)
				s.add(value)
				if n, ok := canonical(value); ok {
					s.add(n)
				}
			}
		}
	}
}

// canonical returns a number, a date or a boolean in one form, in whatever form a spreadsheet program in English or Russian saves it. It
// reports whether the text is one of them.
func canonical(text string) (string, bool) {
	text = strings.TrimSpace(text)
	switch l := strings.ToLower(text); l {
	case "true", "истина":
		return "true", true
	case "false", "ложь":
		return "false", true
	}
	for _, form := range []string{time.DateOnly, "02.01.2006", "1/2/2006", "1/2/06"} {
		if day, err := time.Parse(form, text); err == nil {
			return day.Format(time.DateOnly), true
		}
	}
	if whole, part, ok := strings.Cut(text, ","); ok && len(part) != 3 && !strings.ContainsAny(part, ",.") && !strings.Contains(whole, ".") {
		text = whole + "." + part // a decimal comma
	}
	text = strings.Map(func(r rune) rune {
		if r == ',' || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
	x, err := strconv.ParseFloat(text, 64)
	return strconv.FormatFloat(x, 'g', -1, 64), err == nil
}

// hasCell reports whether the set contains the text of a cell, without its formula guard if it has one.
func (s *textSet) hasCell(text string) bool {
	if s.has(text) || s.has(table.Unguarded(text)) {
		return true
	}
	n, ok := canonical(text)
	return ok && s.has(n)
}

func (s *textSet) add(text string) {
	sum := s.sum(text)
	sums := &s.sums[sum>>56]
	*sums = append(*sums, sum)
}

// has reports whether the set contains the text, ignoring changes that a file may make to it.
func (s *textSet) has(text string) bool {
	sum := s.sum(text)
	_, found := slices.BinarySearch(s.sums[sum>>56], sum)
	return found
}

func (s *textSet) sum(text string) uint64 { return maphash.String(s.seed, plain(text)) }
