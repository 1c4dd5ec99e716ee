package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/rows"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
	"gigabatch/internal/web/board"
	"gigabatch/internal/web/chats"
)

// maxJSON is how long the body of a request may be that is no file.
const maxJSON = 1 << 20

// Problem is an error with the answer that it gets.
type Problem struct {
	Status int // default 400
	Msg    messages.Text
	Hint   messages.Text
	Code   string // a word for the page, "" where it needs none
}

func (p *Problem) Error() string { return p.Msg.String() }

// Message is the text of Error in any language.
func (p *Problem) Message() messages.Text { return p.Msg }

// readJSON reads the body of a request. What v has no field for is passed over.
func readJSON(w http.ResponseWriter, r *http.Request, v any) error {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return &Problem{Status: http.StatusUnsupportedMediaType, Msg: messages.Sprintf("the request is not JSON")}
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxJSON))
	err := d.Decode(v)
	if err == nil {
		if _, err = d.Token(); err == io.EOF {
			return nil
		}
		err = cmp.Or(err, messages.Errorf("there is more behind it"))
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return &Problem{Status: http.StatusRequestEntityTooLarge, Msg: messages.Sprintf("the request is too large"), Hint: messages.Sprintf("shorten the text")}
	}
	return &Problem{Msg: messages.Sprintf("the request cannot be read: %v", err)}
}

// writeJSON answers.
func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // it is made here
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}

// writeProblem answers with a problem as the page gets it.
func writeProblem(w http.ResponseWriter, p *Problem) {
	writeJSON(w, cmp.Or(p.Status, http.StatusBadRequest), struct {
		Error messages.Text `json:"error"`
		Hint  messages.Text `json:"hint"`
		Code  string        `json:"code,omitempty"`
	}{p.Msg, p.Hint, p.Code})
}

// answer answers with what was found.
func (s *Server) answer(w http.ResponseWriter, v any, err error) {
	if err != nil {
		s.fail(w, err)
		return
	}
	writeJSON(w, http.StatusOK, v)
}

// fail answers with an error.
func (s *Server) fail(w http.ResponseWriter, err error) {
	status, code := statusOf(err)
	writeProblem(w, &Problem{Status: status, Msg: messages.Sprintf("%v", err), Hint: s.hint(err), Code: code})
}

// statusOf is the status of an error, and the word for it.
func statusOf(err error) (status int, code string) {
	var p *Problem
	var usage *spec.UsageError
	var locked *journal.LockedError
	switch {
	case errors.As(err, &p):
		return cmp.Or(p.Status, http.StatusBadRequest), p.Code
	case errors.As(err, &usage), errors.Is(err, chats.ErrWrong):
		return http.StatusBadRequest, ""
	case errors.As(err, &locked):
		return http.StatusConflict, "locked"
	case errors.Is(err, chats.ErrBusy):
		return http.StatusConflict, "busy"
	case errors.Is(err, board.ErrElsewhere), errors.Is(err, board.ErrOver), errors.Is(err, board.ErrBusy), errors.Is(err, board.ErrNotYet),
		errors.Is(err, rows.ErrMoved):
		return http.StatusConflict, "busy"
	case errors.Is(err, chats.ErrNone), errors.Is(err, board.ErrNoRun):
		return http.StatusNotFound, ""
	case errors.Is(err, chats.ErrStopping), errors.Is(err, board.ErrEnding):
		return http.StatusServiceUnavailable, "stopping"
	case gigachat.AsError(err) != nil:
		return http.StatusBadGateway, "service"
	}
	return http.StatusInternalServerError, ""
}

// hint says what the user can do about an error.
func (s *Server) hint(err error) messages.Text {
	var p *Problem
	var usage *spec.UsageError
	switch {
	case errors.As(err, &p):
		return p.Hint
	case errors.As(err, &usage):
		return usage.Hint
	case s.Hint != nil:
		return s.Hint(err)
	}
	return messages.Text{}
}

// asDownload makes the answer a file that the browser saves, under a name that every system can keep.
func asDownload(h http.Header, name, contentType string) {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`/\:*?"<>|`, r) {
			return ' '
		}
		return r
	}, name)
	name = cmp.Or(strings.Trim(strings.Join(strings.Fields(name), " "), " ."), "file")
	h.Set("Content-Type", contentType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
}
