// Package oracle tests the whole program from outside: exit codes, output, billed requests, and files. The tests build cmd/gigabatch and
// run it as a process against a sandbox. They import nothing of it, so they survive any change of its internals.
//
// TestDifferential runs an older program and this one over the same inputs, and over journals of the older one, and compares everything
// visible. GIGABATCH_OLD names the older program; without it the test is skipped:
//
//	GIGABATCH_OLD=/path/to/gigabatch go test ./cmd/gigabatch/internal/oracle
//
// TestKeys compares the keys in journals with a golden file. The other tests kill the program, cut its journal, and make system calls fail.
//
// GIGABATCH_LONG=1 runs all cases, which takes minutes. By default a selection runs.
package oracle
