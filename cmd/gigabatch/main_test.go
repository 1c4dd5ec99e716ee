package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"gigabatch": main, "replay": replay, "stubborn": stubborn, "editor": editor})
}

// stubborn is a program that receives signals and does not end.
func stubborn() {
	ctx, _, _ := catch(context.Background(), func() { fmt.Println("first") })
	fmt.Println("ready")
	<-ctx.Done()
	fmt.Println("second")
	select {}
}

// TestScript runs the whole program as users do. The scripts use the commands of testscript and those in commands. With the race detector, the
// programs that a script starts beside itself have it, too: there are two actors. Those that it waits for are built without it, because there
// are more than a thousand of them.
func TestScript(t *testing.T) {
	quick := ""
	if raced {
		quick = t.TempDir()
		if out, err := exec.Command("go", "build", "-o", filepath.Join(quick, "gigabatch"), "gigabatch/cmd/gigabatch").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			if quick != "" {
				e.Setenv("PATH", quick+string(os.PathListSeparator)+e.Getenv("PATH"))
			}
			return setUp(e)
		},
		Cmds:               commands,
		RequireUniqueNames: true,
	})
}

// setUp makes the environment of a script. It contains nothing of the developer's, and the race detector does not delay the end of a
// process.
func setUp(e *testscript.Env) error {
	e.Setenv("GORACE", "atexit_sleep_ms=0")
	e.Setenv("TERM", "dumb")
	e.Setenv("GIGABATCH_LANG", "en")
	e.Setenv("GIGABATCH_KEYRING", "off")
	given, err := filesIn(e.WorkDir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(e.WorkDir, "keep"), 0o777); err != nil {
		return err
	}
	w := &world{procs: map[string]*process{}, given: given}
	e.Values[worldKey{}] = w
	e.Defer(w.close)
	return nil
}

// replay prints the files of its two arguments to stdout and stderr. Scripts use it to check the output of a process that ran beside them.
func replay() {
	for i, w := range []*os.File{os.Stdout, os.Stderr} {
		text, err := os.ReadFile(os.Args[i+1])
		if err != nil {
			panic(err)
		}
		w.Write(text)
	}
}
