// Package oracle holds tests of the whole program, seen from outside: what goes in, what comes out, what is billed, what stands on disk.
// The tests build cmd/gigabatch and run it as a process against a sandbox; they import nothing of it, so they outlive any change of its
// inside.
//
// TestDifferential runs two programs, one of before and this one, over the same inputs and over journals that the old one has left, and
// compares all that can be seen. GIGABATCH_OLD names the old program; without it the test is skipped:
//
//	GIGABATCH_OLD=/path/to/gigabatch go test ./cmd/gigabatch/internal/oracle
//
// TestKeys compares the keys in journals with a golden file. The other tests kill the program, cut its journal and fail its calls.
//
// GIGABATCH_LONG=1 runs all there is, which takes minutes; without it a selection runs.
package oracle
