package web

import (
	"net/http"
	"net/url"

	"gigabatch/internal/messages"
	"gigabatch/internal/web/workbench"
)

// pages serves the page itself.
func pages(s *Server) http.Handler {
	mux := http.NewServeMux()
	assets := newAssets()
	shell := &shell{version: s.Version, sandbox: s.Sandbox, assets: assets, status: http.StatusOK}
	missing := *shell
	missing.status = http.StatusNotFound
	for _, path := range []string{"/{$}", "/chat", "/chat/{id}", "/tables", "/tables/{id}", "/tables/{id}/report", "/new", "/runs", "/runs/{id}", "/runs/{id}/report"} {
		mux.Handle("GET "+path, shell)
	}
	mux.Handle("GET /", &missing)
	mux.Handle("GET /static/", assets)
	mux.HandleFunc("GET /login", s.showLogin)
	mux.HandleFunc("POST /login", s.login)
	return mux
}

// ticketOf returns a handler that answers with an address of a download for the browser itself, which does not send the key. The address is
// valid once, within a minute, in the same session.
func ticketOf(s *Server, mux *http.ServeMux, downloads map[string]http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var want struct {
			Path string `json:"path"`
		}
		if err := readJSON(w, r, &want); err != nil {
			s.fail(w, r, err)
			return
		}
		to, err := url.ParseRequestURI(want.Path)
		if err == nil && to.Host == "" {
			_, pattern := mux.Handler(&http.Request{Method: http.MethodGet, Host: r.Host, URL: to})
			if downloads[pattern] != nil {
				query := to.Query()
				query.Set("ticket", s.sessions.ticket(download(s.session(r), to)))
				to.RawQuery = query.Encode()
				writeJSON(w, http.StatusCreated, map[string]string{"url": to.RequestURI()})
				return
			}
		}
		s.fail(w, r, &Problem{Status: http.StatusNotFound, Msg: messages.Sprintf("nothing is at this address")})
	}
}

// api serves the API. Requests that change something are POST, and all others are GET. An unknown path or method is answered in JSON, too.
func api(s *Server) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/hello", s.hello)
	mux.HandleFunc("GET /api/models", s.models)
	mux.HandleFunc("POST /api/key", service{s}.takeKey)
	mux.HandleFunc("POST /api/session/end", s.endSession)

	mux.HandleFunc("POST /api/files", newRuns{s}.receive)
	mux.HandleFunc("POST /api/plan", specified(s, s.Board.Plan))
	mux.HandleFunc("POST /api/try", newRuns{s}.try)
	mux.HandleFunc("POST /api/runs", newRuns{s}.start)

	tables := tables{Server: s}
	if s.Board != nil {
		tables.bench = workbench.New(s.Board)
	}
	mux.HandleFunc("GET /api/tables", tables.list)
	mux.HandleFunc("GET /api/tables/{id}", tables.show)
	mux.HandleFunc("GET /api/tables/{id}/runs", tables.runs)
	mux.HandleFunc("POST /api/tables/{id}/look", reading(tables, tables.look))
	mux.HandleFunc("POST /api/tables/{id}/rows", reading(tables, tables.rows))
	mux.HandleFunc("POST /api/tables/{id}/values", reading(tables, tables.values))
	mux.HandleFunc("POST /api/tables/{id}/counts", reading(tables, tables.counts))
	mux.HandleFunc("POST /api/tables/{id}/selection", reading(tables, tables.selection))
	mux.HandleFunc("POST /api/tables/{id}/row", reading(tables, tables.row))
	mux.HandleFunc("POST /api/tables/{id}/edit", reading(tables, tables.edit))
	mux.HandleFunc("POST /api/tables/{id}/prompt", reading(tables, tables.prompt))
	mux.HandleFunc("POST /api/tables/{id}/compare", reading(tables, tables.compare))
	mux.HandleFunc("POST /api/tables/{id}/shown", reading(tables, tables.keep))
	mux.HandleFunc("POST /api/tables/{id}/job", reading(tables, tables.job))
	mux.HandleFunc("POST /api/tables/{id}/save", reading(tables, tables.save))

	runs := runs{s}
	mux.HandleFunc("GET /api/runs", runs.list)
	mux.HandleFunc("GET /api/runs/{id}", runs.show)
	mux.HandleFunc("GET /api/runs/{id}/history", runs.history)
	mux.HandleFunc("POST /api/runs/{id}/pause", runs.acting(s.Board.Pause))
	mux.HandleFunc("POST /api/runs/{id}/resume", runs.acting(s.Board.Resume))
	mux.HandleFunc("POST /api/runs/{id}/stop", runs.acting(s.Board.Stop))
	mux.HandleFunc("POST /api/runs/{id}/plan", runs.plan)
	mux.HandleFunc("POST /api/runs/{id}/continue", runs.again(false))
	mux.HandleFunc("POST /api/runs/{id}/retry", runs.again(true))
	mux.HandleFunc("POST /api/runs/{id}/concurrency", runs.setConcurrency)
	mux.HandleFunc("GET /api/events", s.streaming(runs.events))

	talks := conversations{s}
	mux.HandleFunc("GET /api/chats", talks.list)
	mux.HandleFunc("POST /api/chats", talks.create)
	mux.HandleFunc("GET /api/chats/{id}", talks.show)
	mux.HandleFunc("POST /api/chats/{id}/ask", talks.ask)
	mux.HandleFunc("GET /api/chats/{id}/stream", s.streaming(talks.stream))
	mux.HandleFunc("POST /api/chats/{id}/stop", talks.stop)
	mux.HandleFunc("POST /api/chats/{id}/delete", talks.delete)
	mux.HandleFunc("POST /api/chats/{id}/rename", talks.rename)

	downloads := map[string]http.HandlerFunc{
		"GET /api/runs/{id}/output": tables.download, "GET /api/runs/{id}/report": runs.report, "GET /api/chats/{id}/export": talks.export,
	}
	for pattern, serve := range downloads {
		mux.HandleFunc(pattern, serve)
	}
	mux.HandleFunc("POST /api/tickets", ticketOf(s, mux, downloads))

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		refused := statusOnly{header: http.Header{}}
		h.ServeHTTP(&refused, r)
		if refused.code != http.StatusMethodNotAllowed {
			writeProblem(w, r, &Problem{Status: http.StatusNotFound, Msg: messages.Sprintf("nothing is at this address")})
			return
		}
		w.Header().Set("Allow", refused.header.Get("Allow"))
		writeProblem(w, r, &Problem{Status: refused.code, Msg: messages.Sprintf("%s is not supported here", messages.Verbatim(r.Method))})
	})
}

// statusOnly records the status and the header of an answer.
type statusOnly struct {
	header http.Header
	code   int
}

func (o *statusOnly) Header() http.Header         { return o.header }
func (o *statusOnly) Write(b []byte) (int, error) { return len(b), nil }
func (o *statusOnly) WriteHeader(code int)        { o.code = code }
