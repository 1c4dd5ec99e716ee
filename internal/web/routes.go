package web

import "net/http"

// routes are the paths of the API. Those that change something are POST, and no other.
func (s *Server) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/hello", s.hello)
	mux.HandleFunc("GET /api/models", s.models)
	mux.HandleFunc("POST /api/session/end", s.endSession)

	s.runRoutes(mux)

	mux.HandleFunc("GET /api/chats", s.listChats)
	mux.HandleFunc("POST /api/chats", s.newChat)
	mux.HandleFunc("GET /api/chats/{id}", s.showChat)
	mux.HandleFunc("POST /api/chats/{id}/ask", s.askChat)
	mux.HandleFunc("GET /api/chats/{id}/stream", s.streamChat)
	mux.HandleFunc("POST /api/chats/{id}/stop", s.stopChat)
	mux.HandleFunc("POST /api/chats/{id}/delete", s.deleteChat)
	mux.HandleFunc("POST /api/chats/{id}/rename", s.renameChat)
	mux.HandleFunc("GET /api/chats/{id}/export", s.exportChat)
}

// pageRoutes are the paths of the page itself.
func (s *Server) pageRoutes(mux *http.ServeMux) {
	assets := newAssets()
	shell := newShell(s, assets)
	for _, path := range []string{"/{$}", "/chat", "/chat/{id}", "/new", "/runs", "/runs/{id}"} {
		mux.Handle("GET "+path, shell)
	}
	mux.Handle("GET /", shell.missing())
	mux.Handle("GET /static/", assets)
	mux.HandleFunc("GET /login", s.showLogin)
	mux.HandleFunc("POST /login", s.login)
}

func (s *Server) pages() http.Handler {
	mux := http.NewServeMux()
	s.pageRoutes(mux)
	return mux
}

// api answers in JSON also where there is no such path or method.
func (s *Server) api() http.Handler {
	mux := http.NewServeMux()
	s.routes(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		refused := statusOnly{header: http.Header{}}
		h.ServeHTTP(&refused, r)
		if refused.code != http.StatusMethodNotAllowed {
			s.fail(w, &Problem{Status: http.StatusNotFound, Msg: "there is nothing at this address"})
			return
		}
		w.Header().Set("Allow", refused.header.Get("Allow"))
		s.fail(w, &Problem{Status: refused.code, Msg: r.Method + " is not possible here"})
	})
}

// statusOnly keeps the header of an answer.
type statusOnly struct {
	header http.Header
	code   int
}

func (o *statusOnly) Header() http.Header         { return o.header }
func (o *statusOnly) Write(b []byte) (int, error) { return len(b), nil }
func (o *statusOnly) WriteHeader(code int)        { o.code = code }
