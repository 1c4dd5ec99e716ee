package jobs

import (
	"fmt"
	"slices"
	"strings"

	"gigabatch/internal/jobs/spec"
)

// settleNeeds notes which completion columns an asker uses.
func (a *asker) settleNeeds() {
	for _, ref := range a.uses {
		a.needs = append(a.needs, ref.Column)
	}
	slices.Sort(a.needs)
	a.needs = slices.Compact(a.needs)
}

// arrange finds an order in which each completion column comes after those it uses.
func (k *askers) arrange() error {
	const (
		visiting = 1
		visited  = 2
	)
	k.used = make([]bool, len(k.list))
	marks := make([]int, len(k.list))
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
		for _, j := range k.list[i].needs {
			k.used[j] = true
			if err := visit(j); err != nil {
				return err
			}
		}
		marks[i], path = visited, path[:len(path)-1]
		k.order = append(k.order, i)
		return nil
	}
	for i := range k.list {
		if err := visit(i); err != nil {
			return err
		}
	}
	return nil
}

// circle says that completion columns wait for each other.
func (k *askers) circle(path []int) error {
	var names []string
	for _, i := range path {
		names = append(names, fmt.Sprintf("%q", k.list[i].spec.CompletionColumn))
	}
	msg := "the column uses its own answer"
	if len(names) > 2 {
		msg = "columns use each other's answers in a circle: " + strings.Join(names, " uses ")
	}
	return k.list[path[0]].wrong("prompt", msg, "a column can use the answers of others only if they do not wait for its own")
}

// checkDedupe refuses what cannot be told apart: which of several rows asks first depends on answers.
func (k *askers) checkDedupe(s *spec.Settings) error {
	for _, a := range k.list {
		if s.NoDedupe && len(a.uses) > 0 {
			return a.wrong("prompt", "the column uses the answer of another, so rows that ask the same share one answer", "leave out --no-dedupe")
		}
	}
	return nil
}
