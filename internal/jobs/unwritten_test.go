package jobs

import (
	"testing"

	"gigabatch/internal/jobs/spec"
)

// status reports how many edits and undoings the output lacks, whatever the output is.
func TestStatusCountsEditsThatTheOutputLacks(t *testing.T) {
	t.Parallel()
	toy := func(r *Job) {
		r.Sandbox, r.Connect = true, (&fakeService{Sandbox: true}).connect
		r.Settings.Output = spec.OutputPath(r.Input, true)
	}
	for name, kind := range map[string]func(g *rig) func(*Job){
		"a file":         func(*rig) func(*Job) { return func(*Job) {} },
		"in place":       func(*rig) func(*Job) { return inPlace },
		"a folder":       func(g *rig) func(*Job) { return outDirOf(g) },
		"of the sandbox": func(*rig) func(*Job) { return toy },
		"standard output": func(*rig) func(*Job) {
			return func(r *Job) { r.Settings.Output = "-"; r.Destination = r.Input + ".spool" }
		},
		"of another model": func(*rig) func(*Job) { return model("GigaChat-2-Pro") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t, "q.csv", "prompt\na\nb\na\n")
			to := kind(g)
			g.run(t, to)
			want := func(what string, n int) {
				t.Helper()
				if name == "standard output" {
					n = 0 // it is not kept
				}
				if st, err := ReadStatus(g.input, ""); err != nil || st.Edits != n {
					t.Errorf("%s: %d edits are not in the output, %v; want %d", what, st.Edits, err, n)
				}
			}
			want("at first", 0)
			g.byHand(t, 0, 0, "mine", to)
			g.byHand(t, 2, 0, "mine", to)
			g.byHand(t, 2, 0, "better", to)
			want("edited", 2)
			g.run(t, to)
			want("run again", 0)
			g.undo(t, 0, 0, to)
			want("undone", 1)
			g.byHand(t, 0, 0, "mine", to)
			want("as it was", 0)
			g.undo(t, 2, 0, to)
			g.run(t, to)
			want("run once more", 0)
		})
	}
}
