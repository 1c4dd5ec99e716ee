package web

import (
	"context"
	"fmt"
	"net/http"

	"gigabatch/internal/jobs/board"
)

func tooLarge(most int64) error {
	return &Problem{
		Status: http.StatusRequestEntityTooLarge, Msg: fmt.Sprintf("the file is larger than %d MB", most>>20),
		Hint: "put it into the served folder yourself, and choose it there",
	}
}

// specified answers a question about a spec.
func specified[T any](s *Server, ask func(context.Context, *board.Spec) (T, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var spec board.Spec
		if err := readJSON(w, r, &spec); err != nil {
			s.fail(w, err)
			return
		}
		answer, err := ask(r.Context(), &spec)
		if err != nil {
			s.fail(w, err)
			return
		}
		writeJSON(w, http.StatusOK, answer)
	}
}

func (s *Server) look(ctx context.Context, spec *board.Spec) (*board.Look, error) {
	return s.Board.Look(ctx, spec)
}

func (s *Server) prompts(ctx context.Context, spec *board.Spec) (*board.Prompts, error) {
	return s.Board.Prompts(ctx, spec)
}

func (s *Server) plan(ctx context.Context, spec *board.Spec) (*board.Plan, error) {
	return s.Board.Plan(ctx, spec)
}

// trial is a spec with the number of rows to try.
type trial struct {
	board.Spec
	Rows int `json:"rows"`
}

// mostTried is how many rows may be tried at once.
const mostTried = 20

func (s *Server) try(w http.ResponseWriter, r *http.Request) {
	t := trial{Rows: 5}
	if err := readJSON(w, r, &t); err != nil {
		s.fail(w, err)
		return
	}
	answer, err := s.Board.Try(r.Context(), &t.Spec, min(max(t.Rows, 1), mostTried))
	if err != nil {
		s.fail(w, err)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

func (s *Server) startRun(w http.ResponseWriter, r *http.Request) {
	var spec board.Spec
	if err := readJSON(w, r, &spec); err != nil {
		s.fail(w, err)
		return
	}
	id, err := s.Board.Start(r.Context(), &spec)
	if err != nil {
		s.fail(w, err)
		return
	}
	writeJSON(w, http.StatusCreated, map[string]string{"id": id})
}
