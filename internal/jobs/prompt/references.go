package prompt

import (
	"fmt"
	"slices"
	"strings"

	"gigabatch/internal/jobs/spec"
)

// settleNeeds notes which completion columns an asker uses.
func (a *Renderer) settleNeeds() {
	for _, ref := range a.Uses {
		a.Needs = append(a.Needs, ref.Column)
	}
	slices.Sort(a.Needs)
	a.Needs = slices.Compact(a.Needs)
}

// arrange finds an order in which each completion column comes after those it uses.
func (k *Columns) arrange() error {
	const (
		visiting = 1
		visited  = 2
	)
	k.Used = make([]bool, len(k.List))
	marks := make([]int, len(k.List))
	var path []int
	var visit func(i int) error
	visit = func(i int) error {
		switch marks[i] {
		case visited:
			return nil
		case visiting:
			return k.circle(append(path[slices.Index(path, i):], i))
		}
		marks[i], path = visiting, append(path, i)
		for _, j := range k.List[i].Needs {
			k.Used[j] = true
			if err := visit(j); err != nil {
				return err
			}
		}
		marks[i], path = visited, path[:len(path)-1]
		k.Order = append(k.Order, i)
		return nil
	}
	for i := range k.List {
		if err := visit(i); err != nil {
			return err
		}
	}
	return nil
}

// circle says that completion columns wait for each other.
func (k *Columns) circle(path []int) error {
	var names []string
	for _, i := range path {
		names = append(names, fmt.Sprintf("%q", k.List[i].Spec.CompletionColumn))
	}
	msg := "the column uses its own answer"
	if len(names) > 2 {
		msg = "columns use each other's answers in a circle: " + strings.Join(names, " uses ")
	}
	return k.List[path[0]].wrong("prompt", msg, "a column can use the answers of others only if they do not wait for its own")
}

// checkDedupe refuses what cannot be told apart: which of several rows asks first depends on answers.
func (k *Columns) checkDedupe(s *spec.Settings) error {
	for _, a := range k.List {
		if s.NoDedupe && len(a.Uses) > 0 {
			return a.wrong("prompt", "the column uses the answer of another, so rows that ask the same share one answer", "leave out --no-dedupe")
		}
	}
	return nil
}
