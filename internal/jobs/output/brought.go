package output

import (
	"hash/maphash"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/form"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/resolve"
)

// textSet is a set of texts, known by 64-bit hashes of what plain leaves of them: about ten bytes a text, however long it is.
type textSet struct {
	seed maphash.Seed
	sums [256][]uint64 // by their first byte, each sorted
}

// brought returns every answer of the origins that count which the journal holds, also those that a fresh run has replaced since: each
// completion, and what it comes to in one of the forms. What was ever put in the place of an answer by hand is among them.
func brought(j *journal.Journal, forms []*form.Form, counts func(sandbox bool) bool) (*textSet, error) {
	s := &textSet{seed: maphash.MakeSeed()}
	err := j.Texts(func(text string, sandbox bool) {
		if counts(sandbox) {
			s.add(text)
			s.addForms(forms, text)
		}
	})
	for _, sums := range s.sums {
		slices.Sort(sums)
	}
	return s, err
}

// addForms adds what a completion comes to in the forms.
func (s *textSet) addForms(forms []*form.Form, completion string) {
	for _, f := range forms {
		if f == nil {
			continue
		}
		for _, text := range []string{completion, form.Called(completion)} {
			a, problem := f.Check(text)
			if problem != "" {
				continue
			}
			s.add(a.Text)
			for _, v := range a.Values {
				s.add(resolve.ValueText(v))
				s.addNumber(resolve.ValueText(v))
			}
		}
	}
}

func (s *textSet) addNumber(text string) {
	if n, ok := bareNumber(text); ok {
		s.add(n)
	}
}

// bareNumber is a number, however a sheet shows it, in one form, and a truth value in small letters.
func bareNumber(text string) (string, bool) {
	if l := strings.ToLower(text); l == "true" || l == "false" {
		return l, true
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

// hasCell reports whether the set has the text of a cell.
func (s *textSet) hasCell(text string) bool {
	if s.has(text) || s.has(table.Unguarded(text)) {
		return true
	}
	n, ok := bareNumber(text)
	return ok && s.has(n)
}

func (s *textSet) add(text string) {
	sum := s.sum(text)
	sums := &s.sums[sum>>56]
	*sums = append(*sums, sum)
}

// has reports whether the set has the text, but for what a file may change of it.
func (s *textSet) has(text string) bool {
	sum := s.sum(text)
	_, found := slices.BinarySearch(s.sums[sum>>56], sum)
	return found
}

func (s *textSet) sum(text string) uint64 { return maphash.String(s.seed, plain(text)) }
