package web

import (
	"cmp"
	"encoding/json"
	"net/http"

	"gigabatch/internal/web/chats"
)

// trouble is an error as it is kept in a chat.
func (s *Server) trouble(err error) chats.Trouble {
	return chats.Trouble{Error: err.Error(), Hint: s.hint(err)}
}

// answerChat answers with a chat, or with why there is none.
func (s *Server) answerChat(w http.ResponseWriter, status int, c *chats.Chat, err error) {
	if err != nil {
		s.fail(w, err)
		return
	}
	writeJSON(w, status, c)
}

func (s *Server) listChats(w http.ResponseWriter, _ *http.Request) {
	list, err := s.chats.List()
	if err != nil {
		s.fail(w, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string][]chats.Summary{"chats": list})
}

func (s *Server) newChat(w http.ResponseWriter, _ *http.Request) {
	c, err := s.chats.New()
	s.answerChat(w, http.StatusCreated, c, err)
}

func (s *Server) showChat(w http.ResponseWriter, r *http.Request) {
	c, err := s.chats.Get(r.PathValue("id"))
	s.answerChat(w, http.StatusOK, c, err)
}

func (s *Server) askChat(w http.ResponseWriter, r *http.Request) {
	var q chats.Question
	if err := readJSON(w, r, &q); err != nil {
		s.fail(w, err)
		return
	}
	q.Model = cmp.Or(q.Model, s.DefaultModel)
	c, err := s.chats.Put(r.Context(), r.PathValue("id"), q)
	s.answerChat(w, http.StatusAccepted, c, err)
}

// streamChat sends an object on each line as the answer comes.
func (s *Server) streamChat(w http.ResponseWriter, r *http.Request) {
	events, err := s.chats.Follow(r.Context(), r.PathValue("id"))
	if err != nil {
		s.fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	out, control := json.NewEncoder(w), http.NewResponseController(w)
	for e := range events {
		if out.Encode(e) != nil || control.Flush() != nil {
			return
		}
	}
}

func (s *Server) stopChat(w http.ResponseWriter, r *http.Request) {
	c, err := s.chats.Stop(r.Context(), r.PathValue("id"))
	s.answerChat(w, http.StatusOK, c, err)
}

func (s *Server) deleteChat(w http.ResponseWriter, r *http.Request) {
	if err := s.chats.Delete(r.Context(), r.PathValue("id")); err != nil {
		s.fail(w, err)
		return
	}
	writeJSON(w, http.StatusOK, struct{}{})
}

func (s *Server) renameChat(w http.ResponseWriter, r *http.Request) {
	var name struct {
		Title string `json:"title"`
	}
	if err := readJSON(w, r, &name); err != nil {
		s.fail(w, err)
		return
	}
	c, err := s.chats.Rename(r.PathValue("id"), name.Title)
	s.answerChat(w, http.StatusOK, c, err)
}

func (s *Server) exportChat(w http.ResponseWriter, r *http.Request) {
	c, err := s.chats.Get(r.PathValue("id"))
	if err != nil {
		s.fail(w, err)
		return
	}
	name := cmp.Or(c.Title, "chat")
	switch r.URL.Query().Get("format") {
	case "md":
		asDownload(w.Header(), name+".md", "text/markdown; charset=utf-8")
		w.Write(c.Markdown())
	case "jsonl":
		lines, err := c.JSONL()
		if err != nil {
			s.fail(w, err)
			return
		}
		asDownload(w.Header(), name+".jsonl", "application/jsonl; charset=utf-8")
		w.Write(lines)
	default:
		s.fail(w, &Problem{Msg: "there is no such format", Hint: "it is md or jsonl"})
	}
}
