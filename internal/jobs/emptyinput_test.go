package jobs

import (
	"errors"
	"strings"
	"testing"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/jobstest"
)

func TestNothingToAskAtAllIsRefused(t *testing.T) {
	t.Parallel()
	for content, word := range map[string]string{"id,prompt\n1,\n2, \n": "every prompt is empty (2 rows)", "prompt\n": "the table has no rows"} {
		g := newRig(t, "q.csv", content)
		before := jobstest.Folder(t, g.dir)
		_, err := g.try(t)
		var bad *table.Error
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), word) || g.connects != 0 {
			t.Errorf("%q: error %v, want %q; %d connects", content, err, word, g.connects)
		}
		jobstest.WantFolder(t, g.dir, before)
	}
}
