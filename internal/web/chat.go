package web

import (
	"cmp"
	"encoding/json"
	"net/http"

	"gigabatch/internal/messages"
	"gigabatch/internal/web/chats"
)

// conversations serves the chats.
type conversations struct{ *Server }

// reply writes a chat, or the error.
func (x conversations) reply(w http.ResponseWriter, r *http.Request, status int, c *chats.Chat, err error) {
	if err != nil {
		x.fail(w, r, err)
		return
	}
	x.write(w, r, status, c)
}

func (x conversations) list(w http.ResponseWriter, r *http.Request) {
	list, err := x.chats.List()
	x.answer(w, r, map[string][]chats.Summary{"chats": list}, err)
}

func (x conversations) create(w http.ResponseWriter, r *http.Request) {
	c, err := x.chats.New()
	x.reply(w, r, http.StatusCreated, c, err)
}

func (x conversations) show(w http.ResponseWriter, r *http.Request) {
	c, err := x.chats.Get(r.PathValue("id"))
	x.reply(w, r, http.StatusOK, c, err)
}

func (x conversations) ask(w http.ResponseWriter, r *http.Request) {
	var p chats.Prompt
	if err := readJSON(w, r, &p); err != nil {
		x.fail(w, r, err)
		return
	}
	if err := service(x).ready(r.Context()); err != nil { // before the question is part of the chat
		x.fail(w, r, err)
		return
	}
	p.Model = cmp.Or(p.Model, x.DefaultModel)
	c, err := x.chats.Put(r.Context(), r.PathValue("id"), p)
	x.reply(w, r, http.StatusAccepted, c, err)
}

// stream sends the answer as it arrives, as JSON objects on a line each.
func (x conversations) stream(w http.ResponseWriter, r *http.Request) {
	events, err := x.chats.Follow(r.Context(), r.PathValue("id"))
	if err != nil {
		x.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	out, control, p := json.NewEncoder(w), http.NewResponseController(w), x.printer(r)
	for e := range events {
		if out.Encode(p.Render(e)) != nil || control.Flush() != nil {
			return
		}
	}
}

func (x conversations) stop(w http.ResponseWriter, r *http.Request) {
	c, err := x.chats.Stop(r.Context(), r.PathValue("id"))
	x.reply(w, r, http.StatusOK, c, err)
}

func (x conversations) delete(w http.ResponseWriter, r *http.Request) {
	if err := x.chats.Delete(r.Context(), r.PathValue("id")); err != nil {
		x.fail(w, r, err)
		return
	}
	x.write(w, r, http.StatusOK, struct{}{})
}

func (x conversations) rename(w http.ResponseWriter, r *http.Request) {
	var name struct {
		Title string `json:"title"`
	}
	if err := readJSON(w, r, &name); err != nil {
		x.fail(w, r, err)
		return
	}
	c, err := x.chats.Rename(r.PathValue("id"), name.Title)
	x.reply(w, r, http.StatusOK, c, err)
}

func (x conversations) export(w http.ResponseWriter, r *http.Request) {
	c, err := x.chats.Get(r.PathValue("id"))
	if err != nil {
		x.fail(w, r, err)
		return
	}
	name := cmp.Or(c.Title, "chat")
	switch r.URL.Query().Get("format") {
	case "md":
		asDownload(w.Header(), name+".md", "text/markdown; charset=utf-8")
		w.Write(c.Markdown(x.printer(r)))
	case "jsonl":
		lines, err := c.JSONL()
		if err != nil {
			x.fail(w, r, err)
			return
		}
		asDownload(w.Header(), name+".jsonl", "application/jsonl; charset=utf-8")
		w.Write(lines)
	default:
		x.fail(w, r, &Problem{Msg: messages.Sprintf("no such format"), Hint: messages.Sprintf("choose md or jsonl")})
	}
}
