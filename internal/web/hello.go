package web

import (
	"cmp"
	"net/http"
	"path/filepath"
	"slices"
)

// greeting is what the page needs to know before all else.
type greeting struct {
	Version      string `json:"version"`
	Sandbox      bool   `json:"sandbox"`
	Dir          string `json:"dir"`
	DefaultModel string `json:"default_model"`
	UploadLimit  int64  `json:"upload_limit"`
	Streams      int    `json:"streams"`
}

func (s *Server) hello(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, greeting{
		Version: s.Version, Sandbox: s.Sandbox, Dir: filepath.Base(s.Dir), DefaultModel: s.DefaultModel, UploadLimit: s.uploadLimit(), Streams: s.Streams,
	})
}

func (s *Server) uploadLimit() int64 { return cmp.Or(s.UploadLimit, DefaultUploadLimit) }

func (s *Server) models(w http.ResponseWriter, r *http.Request) {
	list, err := s.Chatter.Models(r.Context())
	if err != nil {
		s.fail(w, err)
		return
	}
	names := []string{}
	for _, m := range list.Models {
		if m.Type == "chat" || m.Type == "" {
			names = append(names, m.ID)
		}
	}
	slices.Sort(names)
	writeJSON(w, http.StatusOK, map[string][]string{"models": slices.Compact(names)})
}
