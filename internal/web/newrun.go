package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"gigabatch/internal/messages"
	"gigabatch/internal/web/board"
)

// newRuns serves what comes before a run: uploads, the plan, a trial, and the start.
type newRuns struct{ *Server }

// maxUploadTime is the longest time that an upload may take.
const maxUploadTime = time.Hour

func (x newRuns) receive(w http.ResponseWriter, r *http.Request) {
	limit := x.maxUpload()
	if r.ContentLength > limit {
		x.fail(w, r, tooLarge(limit))
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(maxUploadTime))
	up, err := x.Board.Receive(r.URL.Query().Get("folder"), r.URL.Query().Get("name"), r.Body, limit)
	switch {
	case errors.Is(err, board.ErrTooLarge):
		x.fail(w, r, tooLarge(limit))
	case err != nil:
		x.fail(w, r, err)
	default:
		x.write(w, r, http.StatusCreated, up)
	}
}

func tooLarge(limit int64) error {
	return &Problem{
		Status: http.StatusRequestEntityTooLarge, Msg: messages.Sprintf("the file is larger than %d MB", limit>>20),
		Hint: messages.Sprintf("copy the file into the served folder and choose it there"),
	}
}

// specified returns a handler that reads a spec and answers with what find returns for it.
func specified[T any](s *Server, find func(context.Context, *board.Spec) (T, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var spec board.Spec
		if err := readJSON(w, r, &spec); err != nil {
			s.fail(w, r, err)
			return
		}
		answer, err := find(r.Context(), &spec)
		s.answer(w, r, answer, err)
	}
}

// maxTrial is the largest number of rows of a trial.
const maxTrial = 100

func (x newRuns) try(w http.ResponseWriter, r *http.Request) {
	t := struct {
		board.Spec
		Try int `json:"try"`
	}{Try: 5}
	if err := readJSON(w, r, &t); err != nil {
		x.fail(w, r, err)
		return
	}
	answer, err := x.Board.Try(r.Context(), &t.Spec, min(max(t.Try, 1), maxTrial))
	x.answer(w, r, answer, err)
}

func (x newRuns) start(w http.ResponseWriter, r *http.Request) {
	var spec board.Spec
	if err := readJSON(w, r, &spec); err != nil {
		x.fail(w, r, err)
		return
	}
	spec.Language = language(r)
	id, err := x.Board.Start(r.Context(), &spec)
	if err != nil {
		x.fail(w, r, err)
		return
	}
	x.write(w, r, http.StatusCreated, map[string]string{"id": id})
}
