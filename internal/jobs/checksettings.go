package jobs

import (
	"fmt"
	"os"

	"gigabatch/internal/jobs/spec"
)

// checkSettings refuses what cannot be done with this input.
func (r *Run) checkSettings() error {
	s := &r.Settings
	switch {
	case s.Output == "" && s.OutDir == "":
		return &spec.UsageError{Msg: "there is nowhere to write the answers", Hint: "name a file with -o, or a folder with --out-dir"}
	case r.documents() && s.InPlace:
		return &spec.UsageError{Msg: "answers cannot be written into documents", Hint: "leave out --in-place, and name a file with -o or a folder with --out-dir"}
	case s.OutName != "" && s.OutDir == "":
		return &spec.UsageError{Msg: "--out-name is for --out-dir", Hint: "name the folder with --out-dir"}
	}
	if info, err := os.Stat(s.OutDir); s.OutDir != "" && err == nil && !info.IsDir() {
		return &spec.UsageError{Msg: fmt.Sprintf("--out-dir %s: there is a file of that name", s.OutDir), Hint: "name a folder"}
	}
	return nil
}
