package chats

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
)

// asker answers in place of a model.
type asker func(context.Context, *gigachat.ChatRequest, func(string) error) (*gigachat.ChatResponse, error)

// echo answers with the last prompt.
func echo(_ context.Context, r *gigachat.ChatRequest, onDelta func(string) error) (*gigachat.ChatResponse, error) {
	text := "re: " + r.Messages[len(r.Messages)-1].Content
	return &gigachat.ChatResponse{Completion: text, FinishReason: "stop", Model: "echo:1"}, onDelta(text)
}

// silent answers with one word and then waits for the end of its context.
func silent(ctx context.Context, _ *gigachat.ChatRequest, onDelta func(string) error) (*gigachat.ChatResponse, error) {
	if err := onDelta("word"); err != nil {
		return nil, err
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

func newStore(t *testing.T, ask asker) *Store {
	t.Helper()
	s := &Store{Dir: t.TempDir(), Send: ask}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		s.Drain(ctx)
	})
	return s
}

func begin(t *testing.T, s *Store) string {
	t.Helper()
	c, err := s.New()
	if err != nil {
		t.Fatal(err)
	}
	return c.ID
}

// ask sends a prompt and waits for the end of the answer.
func ask(t *testing.T, s *Store, id string, q Prompt) *Chat {
	t.Helper()
	put(t, s, id, q)
	wait(t, s, id)
	return get(t, s, id)
}

func put(t *testing.T, s *Store, id string, q Prompt) {
	t.Helper()
	if _, err := s.Put(t.Context(), id, q); err != nil {
		t.Fatal(err)
	}
}

func wait(t *testing.T, s *Store, id string) (last Event) {
	t.Helper()
	events, err := s.Follow(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for last = range events {
	}
	return last
}

func get(t *testing.T, s *Store, id string) *Chat {
	t.Helper()
	c, err := s.Get(id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// said returns the texts of messages.
func said(messages []Message) string {
	var texts []string
	for _, m := range messages {
		texts = append(texts, m.Role+": "+m.Content)
	}
	return strings.Join(texts, "\n")
}

func wantSaid(t *testing.T, got []Message, want ...string) {
	t.Helper()
	if said(got) != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", said(got), strings.Join(want, "\n"))
	}
}

func TestHistoryIsAsked(t *testing.T) {
	t.Parallel()
	var bodies []string
	s := newStore(t, func(ctx context.Context, r *gigachat.ChatRequest, onDelta func(string) error) (*gigachat.ChatResponse, error) {
		bodies = append(bodies, string(r.AppendJSON(nil)))
		return echo(ctx, r, onDelta)
	})
	id := begin(t, s)
	zero, few := 0.0, 7
	ask(t, s, id, Prompt{Text: "one", Model: "M", System: "sys", Params: Params{Temperature: &zero, MaxTokens: &few}})
	ask(t, s, id, Prompt{Text: "two", Model: "N"})
	want := []string{
		`{"max_tokens":7,"messages":[{"content":"sys","role":"system"},{"content":"one","role":"user"}],"model":"M","top_p":0}`,
		`{"messages":[{"content":"one","role":"user"},{"content":"re: one","role":"assistant"},{"content":"two","role":"user"}],"model":"N"}`,
	}
	if !slices.Equal(bodies, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(bodies, "\n"), strings.Join(want, "\n"))
	}
}

func TestAnswerGoesOnWithoutItsRequest(t *testing.T) {
	t.Parallel()
	said := make(chan string)
	s := newStore(t, func(ctx context.Context, _ *gigachat.ChatRequest, onDelta func(string) error) (*gigachat.ChatResponse, error) {
		text := <-said
		return &gigachat.ChatResponse{Completion: text}, errors.Join(ctx.Err(), onDelta(text))
	})
	id := begin(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := s.Put(ctx, id, Prompt{Text: "x"}); err != nil {
		t.Fatal(err)
	}
	cancel()
	said <- "there"
	if last := wait(t, s, id); last.Message != nil && last.Message.Stopped {
		t.Errorf("got %+v", last.Message)
	}
	wantSaid(t, get(t, s, id).Messages, "user: x", "assistant: there")
	if get(t, s, id).Messages[1].Stopped {
		t.Error("it was stopped")
	}
}

func TestFrom(t *testing.T) {
	t.Parallel()
	s := newStore(t, echo)
	id := begin(t, s)
	ask(t, s, id, Prompt{Text: "one"})
	ask(t, s, id, Prompt{Text: "two"})
	from := 2
	c := ask(t, s, id, Prompt{Text: "two, but better", From: &from})
	wantSaid(t, c.Messages, "user: one", "assistant: re: one", "user: two, but better", "assistant: re: two, but better")
	from = 0
	c = ask(t, s, id, Prompt{Text: "anew", From: &from})
	wantSaid(t, c.Messages, "user: anew", "assistant: re: anew")
	if len(c.Earlier) != 2 || c.Title != "anew" {
		t.Fatalf("got %d earlier, title %q", len(c.Earlier), c.Title)
	}
	wantSaid(t, c.Earlier[0], "user: two", "assistant: re: two")
	wantSaid(t, c.Earlier[1], "user: one", "assistant: re: one", "user: two, but better", "assistant: re: two, but better")
}

func TestList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, echo)
		if list, err := s.List(); err != nil || list == nil || len(list) != 0 {
			t.Fatalf("of no folder: got %v, error %v", list, err)
		}
		var ids []string
		for _, text := range []string{"first", strings.Repeat("long words ", 20), "third\n\tone"} {
			time.Sleep(time.Second)
			id := begin(t, s)
			ask(t, s, id, Prompt{Text: text})
			ids = append(ids, id)
		}
		time.Sleep(time.Second)
		ask(t, s, ids[0], Prompt{Text: "more"})
		list, err := s.List()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range list {
			got = append(got, fmt.Sprint(c.Title, " ", c.Messages, " ", c.Busy))
		}
		want := []string{"first 4 false", "third one 2 false", "long words long words long words long words long words… 2 false"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestRename(t *testing.T) {
	t.Parallel()
	s := newStore(t, silent)
	id := begin(t, s)
	put(t, s, id, Prompt{Text: "question"})
	for name, want := range map[string]string{"  a\nname ": "a name", "": "question", strings.Repeat("ж", 300): strings.Repeat("ж", maxTitle-1) + "…"} {
		c, err := s.Rename(id, name)
		if err != nil || c.Title != want || !c.Busy {
			t.Errorf("%q: got %q, busy %v, error %v", name, c.Title, c.Busy, err)
		}
	}
	if c, err := s.Stop(t.Context(), id); err != nil || len(c.Messages) != 2 {
		t.Errorf("got %+v, error %v", c, err)
	}
	list, err := s.List()
	if err != nil || len(list) != 1 || list[0].Title != get(t, s, id).Title {
		t.Errorf("got %+v, error %v", list, err)
	}
}

func TestModes(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there are no such modes")
	}
	s := newStore(t, echo)
	id := begin(t, s)
	for name, want := range map[string]os.FileMode{s.folder(): 0o700 | os.ModeDir, s.path(id): 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s has mode %v, error %v, want %v", name, info.Mode(), err, want)
		}
	}
}

// Files in the folder that are not chats are neither listed nor changed.
func TestForeignFiles(t *testing.T) {
	t.Parallel()
	s := newStore(t, echo)
	mine := begin(t, s)
	other := strings.Repeat("b", 26)
	text, err := os.ReadFile(s.path(mine))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"notes.txt": "mine", other + ".json": `{"name":"of another program"}`, strings.Repeat("c", 26) + ".json": "no JSON", strings.Repeat("d", 26) + ".json": string(text),
		strings.Repeat("e", 26) + ".json": strings.Replace(strings.Replace(string(text), mine, strings.Repeat("e", 26), 1), `"gigabatch_chat": 1`, `"gigabatch_chat": 2`, 1),
		mine + ".json.bak":                "old", "README.json": "{}", strings.Repeat("B", 26) + ".json": "{}",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(s.folder(), name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	outside := filepath.Join(s.Dir, "outside.json")
	link := strings.Repeat("f", 26)
	if err := errors.Join(os.WriteFile(outside, []byte(strings.ReplaceAll(string(text), mine, link)), 0o600), os.Symlink(outside, s.path(link)),
		os.Mkdir(s.path(strings.Repeat("g", 26)), 0o700)); err != nil {
		t.Fatal(err)
	}
	list, err := s.List()
	if err != nil || len(list) != 1 || list[0].ID != mine {
		t.Errorf("got %+v, error %v", list, err)
	}
	for _, id := range []string{other, strings.Repeat("c", 26), strings.Repeat("d", 26), strings.Repeat("e", 26), link, strings.Repeat("g", 26), "notes.txt", "../outside", "", ".", mine + ".json"} {
		_, get := s.Get(id)
		_, put := s.Put(t.Context(), id, Prompt{Text: "x"})
		_, rename := s.Rename(id, "x")
		for what, err := range map[string]error{"get": get, "put": put, "rename": rename, "delete": s.Delete(t.Context(), id)} {
			if !errors.Is(err, ErrNone) {
				t.Errorf("%s %q: got error %v, want %v", what, id, err, ErrNone)
			}
		}
	}
	for name, want := range files {
		if got, err := os.ReadFile(filepath.Join(s.folder(), name)); err != nil || string(got) != want {
			t.Errorf("%s is %q, error %v", name, got, err)
		}
	}
}

func TestLinkInPlaceOfTheFolder(t *testing.T) {
	t.Parallel()
	s := newStore(t, echo)
	elsewhere := newStore(t, echo)
	id := begin(t, elsewhere)
	if err := os.Symlink(elsewhere.folder(), s.folder()); err != nil {
		t.Skip(err)
	}
	list, err := s.List()
	if err != nil || len(list) != 0 {
		t.Errorf("got %v, error %v", list, err)
	}
	if _, err := s.Get(id); !errors.Is(err, ErrNone) {
		t.Errorf("got error %v", err)
	}
	if _, err := s.New(); err == nil {
		t.Error("a chat was made outside of the folder")
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	s := newStore(t, echo)
	id := begin(t, s)
	var asked, busy int
	var mu sync.Mutex // guards asked and busy
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			_, err := s.Put(t.Context(), id, Prompt{Text: fmt.Sprint(i)})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				asked++
			case errors.Is(err, ErrBusy):
				busy++
			default:
				t.Error(err)
			}
		})
		all.Go(func() {
			if _, err := s.List(); err != nil {
				t.Error(err)
			}
			if _, err := s.Rename(id, fmt.Sprint("name ", i)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s.Drain(t.Context())
	c := get(t, s, id)
	if asked == 0 || asked+busy != 20 || len(c.Messages) != 2*asked {
		t.Errorf("%d were asked, %d refused; got %d messages", asked, busy, len(c.Messages))
	}
	for i := 0; i+1 < len(c.Messages); i += 2 {
		if c.Messages[i+1].Content != "re: "+c.Messages[i].Content {
			t.Errorf("got %+v for %+v", c.Messages[i+1], c.Messages[i])
		}
	}
}

// onDisk returns a chat as another process reads it.
func onDisk(t *testing.T, s *Store, id string) *Chat {
	t.Helper()
	other := &Store{Dir: s.Dir}
	return get(t, other, id)
}

// A crash loses only the latest part of an answer.
func TestHalfAnAnswerIsOnTheDisk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, nil)
		s.Send = func(ctx context.Context, r *gigachat.ChatRequest, onDelta func(string) error) (*gigachat.ChatResponse, error) {
			for i := range 10 {
				time.Sleep(time.Second)
				if err := onDelta(fmt.Sprint(i)); err != nil {
					return nil, err
				}
			}
			<-ctx.Done()
			return nil, ctx.Err()
		}
		id := begin(t, s)
		put(t, s, id, Prompt{Text: "count"})
		time.Sleep(30 * time.Second)
		c := onDisk(t, s, id)
		if len(c.Messages) != 2 || !strings.HasPrefix(c.Messages[1].Content, "01234567") || !c.Messages[1].Stopped {
			t.Errorf("got %+v", c.Messages)
		}
		wantSaid(t, get(t, s, id).Messages, "user: count")
		if c, err := s.Stop(t.Context(), id); err != nil || said(c.Messages) != "user: count\nassistant: 0123456789" {
			t.Errorf("got %+v, error %v", c, err)
		}
		wantSaid(t, onDisk(t, s, id).Messages, "user: count", "assistant: 0123456789")
	})
}

func TestDrainWaits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		takes, want time.Duration
		stopped     bool
	}{{maxDrain - time.Second, maxDrain - time.Second, false}, {time.Hour, maxDrain, true}} {
		synctest.Test(t, func(t *testing.T) {
			s := newStore(t, nil)
			s.Send = func(ctx context.Context, r *gigachat.ChatRequest, onDelta func(string) error) (*gigachat.ChatResponse, error) {
				_ = onDelta("begun")
				select {
				case <-time.After(tt.takes):
					return &gigachat.ChatResponse{Completion: "begun and ended"}, nil
				case <-ctx.Done():
					return nil, ctx.Err()
				}
			}
			id := begin(t, s)
			put(t, s, id, Prompt{Text: "x"})
			began := time.Now()
			s.Drain(t.Context())
			if got := time.Since(began); got != tt.want {
				t.Errorf("an answer of %s: waited %s, want %s", tt.takes, got, tt.want)
			}
			if m := onDisk(t, s, id).Messages[1]; m.Stopped != tt.stopped || !strings.HasPrefix(m.Content, "begun") {
				t.Errorf("an answer of %s: got %+v", tt.takes, m)
			}
			if _, err := s.Put(t.Context(), id, Prompt{Text: "y"}); !errors.Is(err, ErrStopping) {
				t.Errorf("got error %v", err)
			}
		})
	}
}

// While all streams of the key are in use, for instance by a run, the chat waits.
func TestBusyService(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, nil)
		began, calls := time.Now(), 0
		s.Send = func(ctx context.Context, r *gigachat.ChatRequest, onDelta func(string) error) (*gigachat.ChatResponse, error) {
			if calls++; time.Since(began) < 20*time.Second {
				return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindRateLimited, Status: 429}
			}
			return echo(ctx, r, onDelta)
		}
		id := begin(t, s)
		c := ask(t, s, id, Prompt{Text: "x"})
		wantSaid(t, c.Messages, "user: x", "assistant: re: x")
		if calls > 10 {
			t.Errorf("it was asked %d times", calls)
		}
		began = time.Now().Add(time.Hour)
		c = ask(t, s, id, Prompt{Text: "y"})
		if m := c.Messages[3]; m.Error == nil || m.Content != "" {
			t.Errorf("got %+v", m)
		}
		put(t, s, id, Prompt{Text: "z"})
		if c, err := s.Stop(t.Context(), id); err != nil || !c.Messages[5].Stopped {
			t.Errorf("got %+v, error %v", c, err)
		}
	})
}

// An answer that cannot be written is kept in memory until it can.
func TestDiskFails(t *testing.T) {
	t.Parallel()
	s := newStore(t, silent)
	id := begin(t, s)
	put(t, s, id, Prompt{Text: "x"})
	away := s.Dir + "/away"
	if err := errors.Join(os.Rename(s.folder(), away), os.WriteFile(s.folder(), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	c, err := s.Stop(t.Context(), id)
	if err != nil || c.Problem == nil || len(c.Messages) != 2 || c.Busy {
		t.Fatalf("got %+v, error %v", c, err)
	}
	if _, err := s.Put(t.Context(), id, Prompt{Text: "y"}); err == nil {
		t.Error("the next question was asked")
	}
	if list, err := s.List(); err != nil || len(list) != 1 || list[0].Messages != 2 {
		t.Errorf("got %+v, error %v", list, err)
	}
	if err := errors.Join(os.Remove(s.folder()), os.Rename(away, s.folder())); err != nil {
		t.Fatal(err)
	}
	if c := get(t, s, id); c.Problem != nil || len(c.Messages) != 2 {
		t.Errorf("got %+v", c)
	}
	wantSaid(t, onDisk(t, s, id).Messages, "user: x", "assistant: word")
}

// Two servers of one folder do not overwrite the messages of each other.
func TestTwoServers(t *testing.T) {
	t.Parallel()
	s := newStore(t, silent)
	other := &Store{Dir: s.Dir, Send: echo}
	id := begin(t, s)
	put(t, s, id, Prompt{Text: "mine"})
	ask(t, other, id, Prompt{Text: "theirs"})
	if _, err := s.Stop(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	wantSaid(t, onDisk(t, s, id).Messages, "user: mine", "user: theirs", "assistant: re: theirs")
	list, err := s.List()
	if err != nil || len(list) != 2 {
		t.Fatalf("got %+v, error %v", list, err)
	}
	for _, c := range list {
		if c.ID != id {
			wantSaid(t, onDisk(t, s, c.ID).Messages, "user: mine", "assistant: word")
		}
	}
}

func TestAnswersOfManyShapes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		answer gigachat.ChatResponse
		want   string
		broken bool
	}{
		{gigachat.ChatResponse{Completion: "cut", FinishReason: "length"}, "cut", false},
		{gigachat.ChatResponse{Completion: "sorry", FinishReason: "blacklist"}, "sorry", false},
		{gigachat.ChatResponse{}, "", false},
		{gigachat.ChatResponse{Unknown: true, Raw: `{"odd":true}`}, `{"odd":true}`, true},
	} {
		s := newStore(t, func(context.Context, *gigachat.ChatRequest, func(string) error) (*gigachat.ChatResponse, error) {
			return &tt.answer, nil
		})
		c := ask(t, s, begin(t, s), Prompt{Text: "x"})
		m := c.Messages[1]
		if m.Content != tt.want || (m.Error != nil) != tt.broken || m.FinishReason != tt.answer.FinishReason {
			t.Errorf("%+v: got %+v", tt.answer, m)
		}
	}
}

func TestTooLong(t *testing.T) {
	t.Parallel()
	many := make([]Message, maxMessages)
	large := []Message{{Role: "user", Content: strings.Repeat("x", maxFileBytes-roomToAnswer)}}
	for _, c := range []Chat{{Messages: many}, {Messages: large}, {Earlier: [][]Message{large}}} {
		if err := c.take(Prompt{Text: "y"}); !errors.Is(err, ErrWrong) {
			t.Errorf("of %d messages and %d bytes: got error %v", len(c.Messages), c.bytes(), err)
		}
	}
	from := 0
	if err := (&Chat{Messages: many}).take(Prompt{Text: "y", From: &from}); err != nil {
		t.Errorf("asked again: got error %v", err)
	}
}
