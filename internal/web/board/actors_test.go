package board

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/rooted"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/rows"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
	"gigabatch/internal/web/board/boardtest"
)

// still returns a board that looks at its folder only when a test calls look, so that it works in simulated time.
func still(t *testing.T, dir string, connect func(context.Context, []string) (*jobs.Service, error)) *Board {
	t.Helper()
	root, err := rooted.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	hint := func(error) messages.Text { return messages.Text{} }
	o := Options{Dir: dir, Version: "test", Model: "GigaChat-2", Streams: func() int { return 10 }, Connect: connect, Hint: hint, Ready: func() error { return nil }}
	b := &Board{Options: o, folder: &folder{dir: dir, root: root, hint: hint}, entries: map[string]*entry{}}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	t.Cleanup(func() { b.Close() })
	return b
}

// look looks at the folder and at all runs, as the board does periodically.
func look(b *Board) {
	b.search()
	for _, e := range b.all() {
		e.refresh()
	}
}

func stateOf(t *testing.T, b *Board, id string) Info {
	t.Helper()
	i, err := b.Run(id)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// deadService is a service that never answers. With refuses, each attempt to reach it fails after a time.
type deadService struct{ refuses time.Duration }

func (d deadService) connect(ctx context.Context, _ []string) (*jobs.Service, error) {
	var failed <-chan time.Time
	if d.refuses > 0 {
		failed = time.After(d.refuses)
	}
	select {
	case <-failed:
		return nil, &gigachat.Error{Op: "oauth", Kind: gigachat.KindNetwork, Message: "connection refused"}
	case <-ctx.Done():
		return nil, &gigachat.Error{Op: "oauth", Kind: gigachat.KindCanceled, Err: ctx.Err()}
	}
}

// real returns a connection to s as the real service.
func (s *service) real(ctx context.Context, models []string) (*jobs.Service, error) {
	svc, err := s.connect(ctx, models)
	return boardtest.Real(svc), err
}

// While the service is dead, starting, continuing and retrying a run do not wait for it, all pages answer at once, and a stop of the run or
// of the server ends the run at once, with its partial output.
func TestNothingWaitsForADeadService(t *testing.T) {
	t.Parallel()
	for name, dead := range map[string]deadService{"no answer": {}, "refused": {refuses: time.Millisecond}} {
		for _, action := range []string{"start", "continue", "retry"} {
			for _, end := range []string{"stop", "drain", "close"} {
				t.Run(name+", "+action+", "+end, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { nothingWaits(t, dead, action, end) })
				})
			}
		}
	}
}

func nothingWaits(t *testing.T, dead deadService, action, end string) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "q.csv"), "prompt\none\ntwo\nbad\n")
	s := &service{goOn: make(chan struct{}), times: map[string]int{}}
	b := still(t, dir, dead.connect)
	output, completed := filepath.Join(dir, "q.answers.csv"), 0
	if action != "start" {
		j := &jobs.Job{Input: filepath.Join(dir, "q.csv"), Settings: (&Spec{}).Settings(b, filepath.Join(dir, "q.csv")), Connect: s.real}
		if _, err := j.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "q.csv"), "prompt\none\ntwo\nbad\nthree\n")
		if err := os.Remove(output); err != nil {
			t.Fatal(err)
		}
		completed = 2
	}
	look(b)
	began, id := time.Now(), IDOf(journalID)
	var err error
	switch action {
	case "start":
		_, err = b.Start(t.Context(), &Spec{Input: "q.csv"})
	case "continue":
		err = b.Continue(t.Context(), id, false)
	case "retry":
		err = b.Continue(t.Context(), id, true)
	}
	if err != nil || time.Since(began) > 0 {
		t.Fatalf("%v after %s", err, time.Since(began))
	}
	time.Sleep(time.Minute) // simulated
	now := time.Now()
	i := stateOf(t, b, id)
	if i.State != Connecting || !i.Here || (i.Error != nil) != (dead.refuses > 0) || i.Completed != completed {
		t.Errorf("meanwhile %+v", i)
	}
	b.Runs()
	b.Files()
	b.Detail(id)
	b.History(id)
	if action != "start" {
		if _, err := rowsOf(b, id, 0, 10, rows.Query{}); err != nil {
			t.Error(err)
		}
	}
	if err := b.Continue(t.Context(), id, false); !errors.Is(err, ErrBusy) {
		t.Errorf("continuing it again: %v", err)
	}
	look(b)
	if took := time.Since(now); took > 0 {
		t.Errorf("the pages took %s", took)
	}
	switch end {
	case "stop":
		err = b.Stop(id)
		synctest.Wait()
		look(b)
	case "drain":
		err = b.Drain(t.Context())
	case "close": // the second Ctrl-C: no output
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		return
	}
	if err != nil || time.Since(now) > 0 {
		t.Errorf("%s: %v after %s", end, err, time.Since(now))
	}
	i = stateOf(t, b, id)
	if i.State != Interrupted || i.Error != nil || i.Completed != completed || i.Pending == 0 {
		t.Errorf("afterwards %+v", i)
	}
	if text := read(t, output); strings.Count(text, "re ") != completed || !strings.Contains(text, "pending") {
		t.Errorf("the output is %s", text)
	}
	sameStatus(t, b, "q.csv")
	asked := s.count()
	b.Connect, b.draining = s.real, false
	if err := b.Continue(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Minute) // simulated
	look(b)
	if i := stateOf(t, b, id); i.State != Completed || i.Pending != 0 || s.count()-asked > 4 {
		t.Errorf("once the service is back: %+v, %d requests", i, s.count()-asked)
	}
	for prompt, n := range s.times {
		if n > 1 && prompt != "bad" {
			t.Errorf("%q was asked %d times", prompt, n)
		}
	}
}

// sameStatus fails unless `status` and the page say the same about the run of an input.
func sameStatus(t *testing.T, b *Board, input string) {
	t.Helper()
	i := stateOf(t, b, IDOf(spec.JournalPath(input)))
	path := filepath.Join(b.Dir, input)
	st, err := jobs.ReadStatus(path, spec.JournalPath(path))
	if i.State == Unreadable {
		if err == nil || i.Error == nil || err.Error() != i.Error.Error.String() {
			t.Errorf("%s: status says %v, the page %v", input, err, i.Error)
		}
		return
	}
	if err != nil {
		t.Errorf("%s: status says %v, the page %+v", input, err, i)
		return
	}
	if terminal, page := saidByStatus(st), saidByPage(i); terminal != page {
		t.Errorf("%s: status says %+v, the page %+v", input, terminal, page)
	}
}

// said is what status and the page say about a run.
type said struct {
	state                                                      string
	rows, completed, failed, blocked, skipped, pending, edited int
	sandbox                                                    bool
}

func saidByStatus(s *jobs.Status) said {
	return said{string(s.State), s.Rows, s.Completed, s.FailedRows(), s.Blocked, s.Skipped, s.Pending, s.Edited, s.Sandbox}
}

func saidByPage(i Info) said {
	return said{i.State, i.Rows, i.Completed, i.Failed, i.Blocked, i.Skipped, i.Pending, i.Edited, i.Sandbox}
}

// A trial waits for a large table to be planned, and then not long for the service.
func TestTrialOfALargeTable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOwn(&jobs.Job{})
		why := o.hurry()
		time.Sleep(3 * trialPatience) // the table is planned
		synctest.Wait()
		if task.Closed(o.drain) {
			t.Error("the trial was given up before its table was planned")
		}
		o.job.Planned(&jobs.Plan{})
		time.Sleep(trialPatience)
		synctest.Wait()
		if err := why(); !task.Closed(o.drain) || !errors.Is(err, ErrSilent) {
			t.Errorf("a trial of a silent service goes on: %v", err)
		}
	})
}

// A trial does not wait long for a service that does not answer.
func TestTrialOfADeadService(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		dead deadService
		most time.Duration
		want string
	}{
		"no answer": {deadService{}, trialPatience, "did not answer"},
		"refused":   {deadService{time.Second}, 2 * time.Second, "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				write(t, filepath.Join(dir, "q.csv"), "prompt\none\n")
				b := still(t, dir, c.dead.connect)
				began := time.Now()
				_, err := b.Try(t.Context(), &Spec{Input: "q.csv"}, 1)
				if took := time.Since(began); err == nil || !strings.Contains(err.Error(), c.want) || took > c.most {
					t.Errorf("got %v after %s", err, took)
				}
				if list := b.Runs(); len(list) > 0 {
					t.Errorf("the list has %+v", list)
				}
			})
		})
	}
}

// Without a key, a run that asks something is refused and changes nothing; a run that only writes its output is not. A key is noticed once it
// is there.
func TestBoardWithoutAKey(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\none\n", "new.csv": "prompt\nnew\n"})
	id := start(t, b, &Spec{Input: "q.csv"})
	until(t, b, id, inState(Completed))
	var missing error = errors.New("no key")
	b.Ready = func() error { return missing }
	output := filepath.Join(b.Dir, "q.sandbox.csv")
	if err := os.Remove(output); err != nil {
		t.Fatal(err)
	}
	if err := b.Continue(t.Context(), id, false); err != nil {
		t.Errorf("writing the output again: %v", err)
	}
	until(t, b, id, func(i Info) bool { return i.State == Completed && !i.Here })
	if text := read(t, output); !strings.Contains(text, "re one") {
		t.Errorf("the output is %s", text)
	}
	write(t, filepath.Join(b.Dir, "q.csv"), "prompt\none\ntwo\n")
	_, newErr := b.Start(t.Context(), &Spec{Input: "new.csv"})
	_, tryErr := b.Try(t.Context(), &Spec{Input: "new.csv"}, 1)
	for what, err := range map[string]error{"start": newErr, "try": tryErr, "continue": b.Continue(t.Context(), id, false)} {
		if !errors.Is(err, missing) {
			t.Errorf("%s: got %v, want %v", what, err, missing)
		}
	}
	if i := stateOf(t, b, id); i.State != Completed || i.Error != nil || len(b.Runs()) != 1 {
		t.Errorf("%+v", b.Runs())
	}
	missing = nil
	if err := b.Continue(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	if until(t, b, id, func(i Info) bool { return i.State == Completed && i.Completed == 2 }); s.count() != 2 {
		t.Errorf("%d requests", s.count())
	}
}

// A run that fails before it has a journal can be made again once its cause is gone.
func TestContinueOfARunWithoutAJournal(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\none\n"})
	wrong := errors.New("the key is wrong")
	b.Connect = func(context.Context, []string) (*jobs.Service, error) { return nil, wrong }
	id := start(t, b, &Spec{Input: "q.csv", Columns: asking("say {{prompt}}")})
	i := until(t, b, id, inState(Failed))
	if i.Error == nil || i.Rows != 1 || i.Pending != 1 || i.Name != "q.csv" {
		t.Errorf("info %+v", i)
	}
	look(b)
	b.Connect = s.connect
	if err := b.Continue(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	if i := until(t, b, id, inState(Completed)); i.Completed != 1 || s.times["say one"] != 1 {
		t.Errorf("info %+v, asked %v", i, s.times)
	}
}

// A run that failed here is not shown as failed for good: a later run of another process replaces it, also one that finds nothing to do.
func TestLaterRunReplacesAFailure(t *testing.T) {
	t.Parallel()
	for name, rows := range map[string]string{"nothing to do": "prompt\none\n", "more to do": "prompt\none\ntwo\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, s := open(t, map[string]string{"q.csv": "prompt\none\n"})
			id := start(t, b, &Spec{Input: "q.csv"})
			until(t, b, id, inState(Completed))
			write(t, filepath.Join(b.Dir, "q.csv"), "prompt\none\ntwo\n")
			b.Connect = func(context.Context, []string) (*jobs.Service, error) { return nil, errors.New("the key is wrong") }
			if err := b.Continue(t.Context(), id, false); err != nil {
				t.Fatal(err)
			}
			if i := until(t, b, id, func(i Info) bool { return !i.Here }); i.State != Failed || i.Error == nil {
				t.Errorf("without a key: %+v", i)
			}
			write(t, filepath.Join(b.Dir, "q.csv"), rows)
			time.Sleep(20 * time.Millisecond) // the file system has coarse times
			if _, err := elsewhere(b, s, &Spec{}).Run(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			if i := untilSeen(t, b, id, inState(Completed)); i.Error != nil || i.Completed != strings.Count(rows, "\n")-1 {
				t.Errorf("info %+v", i)
			}
			sameStatus(t, b, "q.csv")
		})
	}
}

// Two boards over one folder: the second one reports who holds the run, and shows it as it goes on.
func TestSecondOfTwoBoards(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} { // whether the other takes the journal only after the second has planned
		b, s := open(t, map[string]string{"q.csv": "prompt\n" + lines("slow", 5)})
		second := another(t, b)
		id := IDOf(journalID)
		var locked *journal.LockedError
		if late {
			second.Connect = func(ctx context.Context, models []string) (*jobs.Service, error) {
				start(t, b, &Spec{Input: "q.csv"})
				s.working(t, 4)
				return s.connect(ctx, models)
			}
			start(t, second, &Spec{Input: "q.csv"})
			i := until(t, second, id, func(i Info) bool { return !i.Here && i.State == Running && i.Error != nil })
			if !strings.Contains(i.Error.Error.String(), "another run is using this journal") {
				t.Errorf("the second board shows %+v", i)
			}
		} else {
			start(t, b, &Spec{Input: "q.csv"})
			s.working(t, 4)
			if _, err := second.Start(t.Context(), &Spec{Input: "q.csv"}); !errors.As(err, &locked) {
				t.Errorf("starting it twice: %v", err)
			}
		}
		untilSeen(t, second, id, inState(Running))
		if err := second.Continue(t.Context(), id, true); !errors.As(err, &locked) && !errors.Is(err, ErrElsewhere) {
			t.Errorf("continuing it: %v", err)
		}
		if i := untilSeen(t, second, id, inState(Running)); i.Here || i.State == Failed {
			t.Errorf("meanwhile %+v", i)
		}
		close(s.goOn)
		until(t, b, id, inState(Completed))
		if i := untilSeen(t, second, id, inState(Completed)); i.Completed != 5 || i.Error != nil {
			t.Errorf("afterwards %+v", i)
		}
		sameStatus(t, second, "q.csv")
		if s.count() != 5 {
			t.Errorf("%d requests, want 5", s.count())
		}
	}
}

// A run in a terminal is shown, whatever this server did with the journal before.
func TestTerminalAfterThePage(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(t *testing.T, b *Board, id string){
		"completed": func(*testing.T, *Board, string) {},
		"continued": func(t *testing.T, b *Board, id string) {
			if err := b.Continue(t.Context(), id, true); err != nil {
				t.Fatal(err)
			}
			until(t, b, id, func(i Info) bool { return !i.Here })
		},
		"deleted": func(t *testing.T, b *Board, id string) {
			for _, name := range []string{journalID, "q.sandbox.csv"} {
				if err := os.Remove(filepath.Join(b.Dir, name)); err != nil {
					t.Fatal(err)
				}
			}
			untilSeen(t, b, id, inState(Unreadable))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, s := open(t, map[string]string{"q.csv": "prompt\none\n"})
			id := start(t, b, &Spec{Input: "q.csv"})
			until(t, b, id, inState(Completed))
			before(t, b, id)
			write(t, filepath.Join(b.Dir, "q.csv"), "prompt\none\nslow\nslower\n")
			stop, _, wait := inBackground(t, elsewhere(b, s, &Spec{}))
			s.working(t, 2)
			if i := untilSeen(t, b, id, inState(Running)); i.Here || i.Rows != 3 {
				t.Errorf("meanwhile %+v", i)
			}
			if err := b.Stop(id); !errors.Is(err, ErrElsewhere) {
				t.Errorf("stopping it: %v", err)
			}
			stop()
			s.let(1)
			close(s.goOn)
			wait()
			i := untilSeen(t, b, id, func(i Info) bool { return i.State != Running })
			if i.State != Completed || i.Completed != 3 || i.Error != nil {
				t.Errorf("afterwards %+v", i)
			}
			sameStatus(t, b, "q.csv")
		})
	}
}

// The served folder may be named by a link; links below it are not followed.
func TestFolderReachedByALink(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	real := filepath.Join(top, "real", "tables")
	write(t, filepath.Join(real, "sub", "q.csv"), "prompt\none\n")
	write(t, filepath.Join(top, "outside", "secret.csv"), "prompt\nsecret\n")
	for link, to := range map[string]string{"link": real, "parent": filepath.Join(top, "real"), "real/tables/out": filepath.Join(top, "outside")} {
		if err := os.Symlink(to, filepath.Join(top, link)); err != nil {
			t.Skip("no symbolic links here")
		}
	}
	s := &service{goOn: make(chan struct{}), times: map[string]int{}}
	for n, dir := range []string{"link", "parent/tables", "real/tables", "link/."} {
		b, err := Open(Options{Dir: filepath.Join(top, dir), Sandbox: true, Version: "test", Model: "GigaChat-2", Connect: s.connect})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { b.Close() })
		files, _ := b.Files()
		if len(files) != 1 || files[0].Name != "sub/q.csv" {
			t.Errorf("%s: files %+v", dir, files)
		}
		if list := b.Runs(); (len(list) == 1) != (n > 0) {
			t.Errorf("%s: runs %+v", dir, list)
		}
		id := start(t, b, &Spec{Input: "sub/q.csv"})
		i := until(t, b, id, inState(Completed))
		if i.Name != "sub/q.csv" || i.Output != "sub/q.sandbox.csv" {
			t.Errorf("%s: %+v", dir, i)
		}
		if _, err := b.Start(t.Context(), &Spec{Input: "out/secret.csv"}); err == nil {
			t.Errorf("%s: a file outside the folder was asked", dir)
		}
		x, err := Answers{Board: b}.Export(t.Context(), id, Shown{}, "csv")
		if err != nil {
			t.Errorf("%s: %v", dir, err)
			continue
		}
		x.Close()
	}
	if s.count() != 1 {
		t.Errorf("%d requests, want 1", s.count())
	}
}

// What cannot be read is listed with the reason, which status gives, too. All pages of it answer with that reason.
func TestUnreadableJournals(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\none\n"})
	if _, err := elsewhere(b, s, &Spec{}).Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	deleted := filepath.Join(b.Dir, "deleted.csv")
	write(t, deleted, "prompt\none\n")
	j := elsewhere(b, s, &Spec{}, func(j *jobs.Job) { j.Input, j.Settings = deleted, (&Spec{}).Settings(b, deleted) })
	if _, err := j.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"foreign.csv":  `{"some":"json"}` + "\n",
		"binary.csv":   "\x7fELF\x00\x01\x02\n\x00\xff",
		"empty.csv":    "",
		"newer.csv":    newerFormat(t),
		"manifest.csv": `{"key":"0000000000000`,
	} {
		write(t, filepath.Join(b.Dir, name), "prompt\none\n")
		write(t, filepath.Join(b.Dir, name+".gigabatch"), text)
	}
	special(t, b.Dir)
	look(b)
	if err := os.Remove(filepath.Join(b.Dir, "deleted.csv.gigabatch")); err != nil {
		t.Fatal(err)
	}
	look(b)
	listed := 0
	for _, i := range b.Runs() {
		if i.Name == "q.csv" {
			continue
		}
		listed++
		if i.State != Unreadable || i.Error == nil || i.Error.Error.String() == "" {
			t.Errorf("%+v", i)
			continue
		}
		_, rowsErr := rowsOf(b, i.ID, 0, 10, rows.Query{})
		_, rowErr := rowOf(t.Context(), b, i.ID, 0)
		_, exportErr := Answers{Board: b}.Export(t.Context(), i.ID, Shown{}, "csv")
		for what, err := range map[string]error{"rows": rowsErr, "row": rowErr, "download": exportErr, "continue": b.Continue(t.Context(), i.ID, false)} {
			if err == nil || err.Error() != i.Error.Error.String() {
				t.Errorf("%s: %s: got %v, want %v", i.Name, what, err, i.Error.Error)
			}
		}
		if _, err := b.Detail(i.ID); err != nil {
			t.Errorf("%s: %v", i.Name, err)
		}
		if !strings.Contains(i.Name, "link") && i.Name != "deleted.csv" {
			sameStatus(t, b, i.Name)
		}
	}
	if want := 6 + specials; listed != want {
		t.Errorf("%d unreadable journals are listed, want %d", listed, want)
	}
	if s.count() != 2 {
		t.Errorf("%d requests, want 2", s.count())
	}
}

// newerFormat returns a journal as a newer program might write it.
func newerFormat(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "j")
	j, err := journal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if err := j.Start(&journal.Manifest{Input: "newer.csv"}); err != nil {
		t.Fatal(err)
	}
	body, _, _ := strings.Cut(strings.Replace(read(t, path), `"format":1`, `"format":99`, 1), `,"crc":`)
	return fmt.Sprintf("%s,\"crc\":\"%08x\"}\n", body, crc32.Checksum([]byte(body), crc32.MakeTable(crc32.Castagnoli)))
}

// Runs in hidden folders are listed. Tables there are not offered.
func TestRunsInHiddenFolders(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{".h/deep/q.csv": "prompt\none\n", ".git/q.csv": "prompt\none\n", "q.csv": "prompt\none\n"})
	for _, dir := range []string{".h/deep", ".git"} {
		input := filepath.Join(b.Dir, dir, "q.csv")
		j := elsewhere(b, s, &Spec{}, func(j *jobs.Job) { j.Input, j.Settings = input, (&Spec{}).Settings(b, input) })
		if _, err := j.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	look(b)
	list := b.Runs()
	if len(list) != 1 || list[0].Name != ".h/deep/q.csv" || list[0].State != Completed {
		t.Errorf("runs %+v", list)
	}
	if _, err := rowsOf(b, list[0].ID, 0, 10, rows.Query{}); err != nil {
		t.Error(err)
	}
	if files, _ := b.Files(); len(files) != 1 {
		t.Errorf("files %+v", files)
	}
}

// A table whose name is not UTF-8 can be run, shown, continued and downloaded.
func TestNamesThatAreNotUTF8(t *testing.T) {
	t.Parallel()
	const name = "q\xff\xfe.csv"
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("prompt\none\n"), 0o644); err != nil {
		t.Skip("the file system has no such names")
	}
	s := &service{goOn: make(chan struct{}), times: map[string]int{}}
	b, err := Open(Options{Dir: dir, Sandbox: true, Version: "test", Model: "GigaChat-2", Connect: s.connect})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	shown := spec.InJSON(name)
	id := start(t, b, &Spec{Input: shown})
	until(t, b, id, inState(Completed))
	for _, board := range []*Board{b, another(t, b)} {
		i, err := board.Run(id)
		if err != nil || i.State != Completed || spec.InJSON(i.Name) != shown {
			t.Errorf("info %+v, %v", i, err)
		}
		row, err := rowOf(t.Context(), board, id, 0)
		if err != nil || row.Cells[0].Completion != "re one" {
			t.Errorf("row %+v, %v", row, err)
		}
		x, err := Answers{Board: board}.Export(t.Context(), id, Shown{}, "csv")
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(x); err != nil || !strings.Contains(string(text), "re one") {
			t.Errorf("download %s, %v", text, err)
		}
		x.Close()
		sameStatus(t, board, name)
	}
	write(t, filepath.Join(dir, name), "prompt\none\ntwo\n")
	if err := b.Continue(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	until(t, b, id, func(i Info) bool { return i.State == Completed && i.Completed == 2 })
	if text := read(t, filepath.Join(dir, "q\xff\xfe.sandbox.csv")); !strings.Contains(text, "re two") || s.count() != 2 {
		t.Errorf("output %s, %d requests", text, s.count())
	}
	if files, _ := b.Files(); len(files) != 1 {
		t.Errorf("files %+v", files)
	}
	write(t, filepath.Join(dir, "q\xfe\xff.csv"), "prompt\none\n")
	if _, err := b.Plan(t.Context(), &Spec{Input: shown}); err == nil || !strings.Contains(err.Error(), "several tables") {
		t.Errorf("of two tables with one name on the page: %v", err)
	}
}

// An output whose name is not UTF-8 is found again, whether or not the name follows from that of the input.
func TestOutputsThatAreNotUTF8(t *testing.T) {
	t.Parallel()
	const name = "q\xff\xfe.csv"
	for _, output := range []string{"q\xff\xfe.answers.csv", "q\xff\xfe.sandbox.csv", "other \xff.csv"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), []byte("prompt\none\n"), 0o644); err != nil {
			t.Skip("the file system has no such names")
		}
		s := &service{goOn: make(chan struct{}), times: map[string]int{}}
		b := still(t, dir, s.connect)
		j := &jobs.Job{Input: filepath.Join(dir, name), Settings: (&Spec{}).Settings(b, filepath.Join(dir, name)), Connect: s.connect}
		j.Settings.Output = filepath.Join(dir, output)
		if _, err := j.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		look(b)
		id := IDOf(name + ".gigabatch")
		if files, _ := b.Files(); len(files) != 1 {
			t.Errorf("%q: files %+v", output, files)
		}
		edit(t, b, id, 0, "mine", false)
		if _, err := (Answers{Board: b}).Save(t.Context(), id, Saving{How: "new"}); err != nil {
			t.Errorf("%q: %v", output, err)
		}
		if text := read(t, filepath.Join(dir, output)); !strings.Contains(text, "mine") {
			t.Errorf("%q: %s", output, text)
		}
		if _, err := os.Lstat(filepath.Join(dir, spec.InJSON(output))); err == nil {
			t.Errorf("%q: there is another output", output)
		}
	}
}

// A folder that is away for a while, for example on a disk that was pulled out, does not look empty.
func TestServedFolderThatIsAway(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "tables")
	write(t, filepath.Join(dir, "q.csv"), "prompt\none\n")
	s := &service{goOn: make(chan struct{}), times: map[string]int{}}
	b := still(t, dir, s.connect)
	id := start(t, b, &Spec{Input: "q.csv"})
	until(t, b, id, inState(Completed))
	look(b)
	if err := os.Rename(dir, dir+" away"); err != nil {
		t.Skip("an open folder cannot be renamed here")
	}
	look(b)
	all := b.Runs()
	if len(all) != 2 || all[0].State == Completed || all[1].Name != "tables" || all[1].Error == nil ||
		!strings.Contains(all[1].Error.Error.String(), "the folder cannot be read") {
		t.Errorf("meanwhile %+v", all)
	}
	if err := os.Rename(dir+" away", dir); err != nil {
		t.Fatal(err)
	}
	look(b)
	if all := b.Runs(); len(all) != 1 || all[0].State != Completed {
		t.Errorf("afterwards %+v", all)
	}
}

// status and the page agree on every state of a run.
func TestStatusAndPageAgree(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\n" + lines("slow", 4) + "bad\n\n"})
	id := IDOf(journalID)
	agree := func(state string) {
		t.Helper()
		input := filepath.Join(b.Dir, "q.csv")
		untilSeen(t, b, id, func(i Info) bool { // the page counts the rows in the background
			st, err := jobs.ReadStatus(input, spec.JournalPath(input))
			return err == nil && i.State == state && saidByPage(i) == saidByStatus(st)
		})
	}
	go s.let(1)
	if _, err := b.Try(t.Context(), &Spec{Input: "q.csv"}, 1); err != nil {
		t.Fatal(err)
	}
	agree(Tried)
	stop, _, wait := inBackground(t, elsewhere(b, s, &Spec{}))
	s.working(t, 3)
	untilSeen(t, b, id, func(i Info) bool { return i.State == Running && i.Failed == 1 })
	sameStatus(t, b, "q.csv")
	stop()
	s.let(3)
	wait()
	agree(Completed)
	write(t, filepath.Join(b.Dir, "q.csv"), "prompt\n"+lines("slow", 12)+"bad\n\n")
	stop, _, wait = inBackground(t, elsewhere(b, s, &Spec{}))
	s.working(t, 4)
	stop()
	s.let(4)
	wait()
	agree(Interrupted)
	_, kill, wait := inBackground(t, elsewhere(b, s, &Spec{}))
	s.working(t, 4)
	kill()
	wait()
	agree(Interrupted)
	row, err := rowOf(t.Context(), b, id, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := change(t.Context(), b, id, 0, row.Cells[0].Key.String(), rows.Change{Version: row.Cells[0].Version(), Text: "mine"}); err != nil {
		t.Fatal(err)
	}
	untilSeen(t, b, id, func(i Info) bool { return i.Edited == 1 })
	agree(Interrupted)
	killed := read(t, filepath.Join(b.Dir, journalID))
	end := strings.LastIndex(killed, `{"key":"00000000000000000000000000000000","state":"end"`)
	write(t, filepath.Join(b.Dir, journalID), killed[:end]) // as after kill -9
	agree(Killed)
}
