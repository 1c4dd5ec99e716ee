package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"gigabatch/internal/messages"
	"gigabatch/internal/web/board"
)

// newRuns answers what comes before a run: its table, a look at what would be sent, a trial, the start.
type newRuns struct{ *Server }

func (x newRuns) files(w http.ResponseWriter, _ *http.Request) {
	files, more := x.Board.Files()
	writeJSON(w, http.StatusOK, map[string]any{"files": files, "more": more})
}

// maxUploadTime is how long a file may take to arrive.
const maxUploadTime = time.Hour

func (x newRuns) receive(w http.ResponseWriter, r *http.Request) {
	limit := x.maxUpload()
	if r.ContentLength > limit {
		x.fail(w, tooLarge(limit))
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(maxUploadTime))
	up, err := x.Board.Receive(r.URL.Query().Get("name"), r.Body, limit)
	switch {
	case errors.Is(err, board.ErrTooLarge):
		x.fail(w, tooLarge(limit))
	case err != nil:
		x.fail(w, err)
	default:
		writeJSON(w, http.StatusCreated, up)
	}
}

func tooLarge(limit int64) error {
	return &Problem{
		Status: http.StatusRequestEntityTooLarge, Msg: messages.Sprintf("the file is larger than %d MB", limit>>20),
		Hint: messages.Sprintf("put it into the served folder yourself, and choose it there"),
	}
}

// specified answers with what is found for a spec.
func specified[T any](s *Server, find func(context.Context, *board.Spec) (T, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var spec board.Spec
		if err := readJSON(w, r, &spec); err != nil {
			s.fail(w, err)
			return
		}
		answer, err := find(r.Context(), &spec)
		s.answer(w, answer, err)
	}
}

// trial is a spec with the number of rows to try.
type trial struct {
	board.Spec
	Rows int `json:"rows"`
}

// maxTrial is how many rows may be tried at once.
const maxTrial = 20

func (x newRuns) try(w http.ResponseWriter, r *http.Request) {
	t := trial{Rows: 5}
	if err := readJSON(w, r, &t); err != nil {
		x.fail(w, err)
		return
	}
	answer, err := x.Board.Try(r.Context(), &t.Spec, min(max(t.Rows, 1), maxTrial))
	x.answer(w, answer, err)
}

func (x newRuns) start(w http.ResponseWriter, r *http.Request) {
	var spec board.Spec
	if err := readJSON(w, r, &spec); err != nil {
		x.fail(w, err)
		return
	}
	id, err := x.Board.Start(r.Context(), &spec)
	if err != nil {
		x.fail(w, err)
		return
	}
	writeJSON(w, http.StatusCreated, map[string]string{"id": id})
}
