// Package web is the local page: an HTTP server for one folder and for the people who started it. It keeps chats, and starts and watches
// runs through package jobs. It writes no other files.
//
// Messages are rendered in the language of the request: the query parameter lang, else the header Accept-Language.
package web

import (
	"cmp"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
	"gigabatch/internal/web/board"
	"gigabatch/internal/web/chats"
)

// DefaultMaxUpload is the default limit of an uploaded file, in bytes.
const DefaultMaxUpload = 1 << 30

// Chatter answers in chats. *gigachat.Client is a Chatter.
type Chatter interface {
	ChatStream(ctx context.Context, r *gigachat.ChatRequest, onDelta func(string) error) (*gigachat.ChatResponse, error)
	Models(ctx context.Context) (*gigachat.ModelList, error)
}

// Server is the page. Its exported fields must not change after Handler or Serve is called.
type Server struct {
	Version      string
	Dir          string // the folder that is served, absolute
	Sandbox      bool   // all answers come from the emulator
	DefaultModel string
	MaxUpload    int64 // bytes; default DefaultMaxUpload
	Chatter      Chatter
	Keys         Keys // nil if no key is needed
	Board        *board.Board

	Access // who may see the page

	Hint    func(error) messages.Text // says what the user can do about an error; empty if nothing is known
	Explain func(error) messages.Text // says what an error means that is not a message; see [messages.Printer]
	Report  func(error)               // gets the errors of the server itself; may be nil
	Drains  []func(context.Context)   // finish work before the server ends, at once when their context ends

	chats   chats.Store
	handler onceHandler
}

// onceHandler is a handler that is made when it is first needed.
type onceHandler struct {
	sync.Once
	http.Handler
}

// Handler returns the handler of all requests. It is the same each time.
func (s *Server) Handler() http.Handler {
	s.handler.Do(func() {
		s.chats.Dir, s.chats.Send = s.Dir, s.Chatter.ChatStream
		s.chats.Trouble = func(err error) chats.Trouble {
			tr := chats.Trouble{Error: messages.Or(s.explain(err), messages.Sprintf("%v", err)), Hint: s.hint(err)}
			if _, code := statusOf(err); code == KeyCode {
				tr.Cure = spec.CureKey
			}
			return tr
		}
		s.handler.Handler = s.guarded(pages(s), api(s))
	})
	return s.handler.Handler
}

// Serve answers requests on l until drain is closed. Then it accepts no more connections, and returns when all answers and runs have
// ended; when ctx ends, they are cut short. l is closed when Serve returns.
func (s *Server) Serve(ctx context.Context, drain <-chan struct{}, l net.Listener) error {
	requests, cut := context.WithCancel(ctx)
	defer cut()
	srv := s.server(requests)
	defer srv.Close()
	ended := make(chan error, 1)
	var serving sync.WaitGroup
	defer serving.Wait()
	serving.Go(func() { ended <- srv.Serve(l) })
	var err error
	select {
	case err = <-ended:
	case <-drain:
	case <-ctx.Done():
	}
	l.Close()
	s.Drain(ctx)
	cut()
	rest, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer stop()
	_ = srv.Shutdown(rest)
	return err
}

// Drain waits for the answers and runs in progress. When ctx ends, they are cut short, and what has arrived is kept.
func (s *Server) Drain(ctx context.Context) {
	s.Handler()
	var work sync.WaitGroup
	work.Go(func() { s.chats.Drain(ctx) })
	for _, drain := range s.Drains {
		work.Go(func() { drain(ctx) })
	}
	work.Wait()
}

// server returns an HTTP server without timeouts for whole requests and answers, which may take long: see [steady].
func (s *Server) server(requests context.Context) *http.Server {
	return &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          log.New(io.Discard, "", 0),
		BaseContext:       func(net.Listener) context.Context { return requests },
	}
}

// greeting is what the page needs to know first.
type greeting struct {
	Version      string   `json:"version"`
	Sandbox      bool     `json:"sandbox"`
	Dir          string   `json:"dir"`
	DefaultModel string   `json:"default_model"`
	MaxUpload    int64    `json:"upload_limit"`
	Key          key      `json:"key"`
	Places       []string `json:"places"` // where a key can be kept
}

func (s *Server) hello(w http.ResponseWriter, r *http.Request) {
	g := greeting{
		Version: s.Version, Sandbox: s.Sandbox, Dir: filepath.Base(s.Dir), DefaultModel: s.DefaultModel, MaxUpload: s.maxUpload(),
		Key: key{Ready: true}, Places: []string{},
	}
	if s.Keys != nil {
		ctx, cancel := context.WithTimeout(r.Context(), maxKeyState)
		defer cancel()
		g.Key, g.Places = service{s}.state(ctx), s.Keys.Places(ctx)
	}
	s.write(w, r, http.StatusOK, g)
}

func (s *Server) maxUpload() int64 { return cmp.Or(s.MaxUpload, DefaultMaxUpload) }

// maxModels is how long a page waits for the list of models: a browser has few connections, and the other pages need them.
const maxModels = 15 * time.Second

func (s *Server) models(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), maxModels)
	defer cancel()
	list, err := s.Chatter.Models(ctx)
	if err != nil && ctx.Err() != nil && r.Context().Err() == nil {
		err = &Problem{
			Status: http.StatusGatewayTimeout, Code: "service", Msg: messages.Sprintf("the service did not answer within %v", maxModels),
		}
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.write(w, r, http.StatusOK, map[string][]string{"models": list.ChatModels()})
}
