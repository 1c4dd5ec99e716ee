package web

import (
	"errors"
	"net/http"
	"time"

	"gigabatch/internal/jobs/board"
)

// runRoutes are the paths of tables and runs.
func (s *Server) runRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/files", s.listFiles)
	mux.HandleFunc("POST /api/files", s.receiveFile)
	mux.HandleFunc("POST /api/look", specified(s, s.look))
	mux.HandleFunc("POST /api/prompts", specified(s, s.prompts))
	mux.HandleFunc("POST /api/plan", specified(s, s.plan))
	mux.HandleFunc("POST /api/try", s.try)
	mux.HandleFunc("POST /api/runs", s.startRun)
	mux.HandleFunc("GET /api/runs", s.listRuns)
	mux.HandleFunc("GET /api/runs/{id}", s.showRun)
	mux.HandleFunc("GET /api/runs/{id}/history", s.showHistory)
	mux.HandleFunc("GET /api/runs/{id}/rows", s.showRows)
	mux.HandleFunc("GET /api/runs/{id}/row", s.showRow)
	mux.HandleFunc("GET /api/runs/{id}/output", s.download)
	mux.HandleFunc("POST /api/runs/{id}/pause", s.acting(s.Board.Pause))
	mux.HandleFunc("POST /api/runs/{id}/resume", s.acting(s.Board.Resume))
	mux.HandleFunc("POST /api/runs/{id}/stop", s.acting(s.Board.Stop))
	mux.HandleFunc("POST /api/runs/{id}/continue", s.again(false))
	mux.HandleFunc("POST /api/runs/{id}/retry", s.again(true))
	mux.HandleFunc("POST /api/runs/{id}/concurrency", s.setConcurrency)
	mux.HandleFunc("POST /api/runs/{id}/edit", s.edit)
	mux.HandleFunc("GET /api/events", s.events)
}

func (s *Server) listFiles(w http.ResponseWriter, _ *http.Request) {
	files, more := s.Board.Files()
	writeJSON(w, http.StatusOK, map[string]any{"files": files, "more": more})
}

// slowUpload is how long a file may take to arrive.
const slowUpload = time.Hour

func (s *Server) receiveFile(w http.ResponseWriter, r *http.Request) {
	most := s.uploadLimit()
	if r.ContentLength > most {
		s.fail(w, tooLarge(most))
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(slowUpload))
	up, err := s.Board.Receive(r.URL.Query().Get("name"), r.Body, most)
	switch {
	case errors.Is(err, board.ErrTooLarge):
		s.fail(w, tooLarge(most))
	case err != nil:
		s.fail(w, err)
	default:
		writeJSON(w, http.StatusCreated, up)
	}
}
