package web

import (
	"net/http"
	"strconv"

	"gigabatch/internal/jobs/board"
)

func (s *Server) listRuns(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, s.allRuns())
}

// allRuns are the runs as the page gets them, in an answer or an event.
func (s *Server) allRuns() map[string][]board.Info {
	runs := s.Board.Runs()
	if runs == nil {
		runs = []board.Info{}
	}
	return map[string][]board.Info{"runs": runs}
}

// answer answers with what was found.
func (s *Server) answer(w http.ResponseWriter, v any, err error) {
	if err != nil {
		s.fail(w, err)
		return
	}
	writeJSON(w, http.StatusOK, v)
}

func (s *Server) showRun(w http.ResponseWriter, r *http.Request) {
	d, err := s.Board.Detail(r.PathValue("id"))
	s.answer(w, d, err)
}

func (s *Server) showHistory(w http.ResponseWriter, r *http.Request) {
	points, err := s.Board.History(r.PathValue("id"))
	s.answer(w, map[string][]board.Point{"points": points}, err)
}

// acting answers with how a run stands after something was done to it.
func (s *Server) acting(act func(id string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := act(r.PathValue("id")); err != nil {
			s.fail(w, err)
			return
		}
		s.tellRun(w, r)
	}
}

func (s *Server) tellRun(w http.ResponseWriter, r *http.Request) {
	info, err := s.Board.Run(r.PathValue("id"))
	s.answer(w, info, err)
}

// again goes on with a run.
func (s *Server) again(retryFailed bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := s.Board.Continue(r.Context(), r.PathValue("id"), retryFailed); err != nil {
			s.fail(w, err)
			return
		}
		s.tellRun(w, r)
	}
}

func (s *Server) setConcurrency(w http.ResponseWriter, r *http.Request) {
	var want struct {
		N int `json:"n"`
	}
	if err := readJSON(w, r, &want); err != nil {
		s.fail(w, err)
		return
	}
	s.acting(func(id string) error { return s.Board.SetConcurrency(id, want.N) })(w, r)
}

// number is a parameter of a GET request, or what it is where it is not given.
func number(r *http.Request, name string, def int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return def, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, &Problem{Msg: name + " is no number of a row"}
	}
	return n, nil
}

var formats = map[string]string{
	"csv": "text/csv", "jsonl": "application/jsonl", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	format := r.URL.Query().Get("format")
	kind, known := formats[format]
	if !known {
		s.fail(w, &Problem{Msg: "there is no such format", Hint: "it is csv, xlsx or jsonl"})
		return
	}
	x, err := s.Board.Export(r.Context(), r.PathValue("id"), format)
	if err != nil {
		s.fail(w, err)
		return
	}
	defer x.Close()
	asDownload(w.Header(), x.Name, kind)
	http.ServeContent(w, r, "", x.Modified, x)
}
