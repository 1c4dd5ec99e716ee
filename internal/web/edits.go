package web

import "net/http"

// editing is what is to become of an answer.
type editing struct {
	Index  int    `json:"index"`
	Column string `json:"column"` // "" is the first
	Key    string `json:"key"`    // of the cell, as it was shown
	Text   string `json:"text"`
	Undo   bool   `json:"undo"`
}

func (s *Server) edit(w http.ResponseWriter, r *http.Request) {
	var e editing
	if err := readJSON(w, r, &e); err != nil {
		s.fail(w, err)
		return
	}
	id := r.PathValue("id")
	if err := s.Board.Edit(r.Context(), id, e.Index, e.Column, e.Key, e.Text, e.Undo); err != nil {
		s.fail(w, err)
		return
	}
	row, err := s.row(r.Context(), id, e.Index)
	if err != nil {
		s.fail(w, err)
		return
	}
	for i := range row.Cells {
		if c := &row.Cells[i]; c.Column == e.Column || e.Column == "" {
			writeJSON(w, http.StatusOK, c)
			return
		}
	}
}
