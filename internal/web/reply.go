package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
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
	"gigabatch/internal/web/workbench"
)

// maxJSON is the largest body of a request that is not a file, in bytes.
const maxJSON = 1 << 20

// Problem is an error with its answer.
type Problem struct {
	Status int // default 400
	Msg    messages.Text
	Hint   messages.Text
	Code   string // tells the page what kind of error it is; may be empty
}

func (p *Problem) Error() string { return p.Msg.String() }

// Message returns the text of Error, which can be rendered in any language.
func (p *Problem) Message() messages.Text { return p.Msg }

// readJSON reads the body of a request into v. Unknown fields are ignored.
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
		err = cmp.Or(err, messages.Errorf("something follows the JSON value"))
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return &Problem{
			Status: http.StatusRequestEntityTooLarge, Msg: messages.Sprintf("the request is too large"), Hint: messages.Sprintf("shorten the text"),
		}
	}
	return &Problem{Msg: messages.Sprintf("the request is not readable: %v", err)}
}

// language returns the language that a request asks for: that of its parameter lang, else the first one of Accept-Language that the
// program speaks, else English.
func language(r *http.Request) messages.Language {
	if l, ok := messages.ParseLanguage(r.URL.Query().Get("lang")); ok {
		return l
	}
	for tag := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ = strings.Cut(tag, ";")
		if l, ok := messages.ParseLanguage(strings.TrimSpace(tag)); ok {
			return l
		}
	}
	return messages.English
}

// printer renders messages for the sender of a request. It does not know the server's folder, and explains no errors.
func printer(r *http.Request) messages.Printer {
	return messages.Printer{Language: language(r), Page: true}
}

// printer renders messages for the sender of a request.
func (s *Server) printer(r *http.Request) messages.Printer {
	p := printer(r)
	p.Folder, p.Explain = s.Dir, s.Explain
	return p
}

// writeJSON answers with v as it is.
func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // all values are of this package and those below it
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}

// writeProblem answers with a problem in the language of the request.
func writeProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	in := printer(r)
	writeJSON(w, cmp.Or(p.Status, http.StatusBadRequest), struct {
		Error string `json:"error"`
		Hint  string `json:"hint"`
		Code  string `json:"code,omitempty"`
	}{in.Text(p.Msg), in.Text(p.Hint), p.Code})
}

// write answers with v, whose messages are rendered in the language of the request.
func (s *Server) write(w http.ResponseWriter, r *http.Request, status int, v any) {
	writeJSON(w, status, s.printer(r).Render(v))
}

// answer answers with v, or with the error.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, v any, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.write(w, r, http.StatusOK, v)
}

// fail answers with an error.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, code := statusOf(err)
	p := s.printer(r)
	writeProblem(w, r, &Problem{Status: status, Msg: messages.Verbatim(p.Error(err)), Hint: messages.Verbatim(p.Text(s.hint(err))), Code: code})
}

// statusOf returns the status and the code of an error.
func statusOf(err error) (status int, code string) {
	var p *Problem
	var usage *spec.UsageError
	var locked *journal.LockedError
	var unreadable *board.UnreadableError
	switch {
	case errors.As(err, &p):
		return cmp.Or(p.Status, http.StatusBadRequest), p.Code
	case errors.As(err, &unreadable):
		return http.StatusConflict, "unreadable"
	case errors.As(err, &usage):
		return http.StatusBadRequest, string(usage.Cure)
	case errors.Is(err, chats.ErrWrong):
		return http.StatusBadRequest, ""
	case errors.As(err, &locked):
		return http.StatusConflict, "locked"
	case errors.Is(err, chats.ErrBusy):
		return http.StatusConflict, "busy"
	case errors.Is(err, board.ErrElsewhere), errors.Is(err, board.ErrOver), errors.Is(err, board.ErrBusy), errors.Is(err, board.ErrNotYet),
		errors.Is(err, rows.ErrMoved):
		return http.StatusConflict, "busy"
	case errors.Is(err, board.ErrJobExists):
		return http.StatusConflict, "job_exists"
	case errors.Is(err, chats.ErrNone), errors.Is(err, board.ErrNoRun), errors.Is(err, workbench.ErrNoTable), errors.Is(err, workbench.ErrNoVersion):
		return http.StatusNotFound, ""
	case errors.Is(err, chats.ErrStopping), errors.Is(err, board.ErrEnding):
		return http.StatusServiceUnavailable, "stopping"
	case errors.Is(err, board.ErrSilent):
		return http.StatusGatewayTimeout, "service"
	case gigachat.AsError(err) != nil && gigachat.AsError(err).OfKey():
		return http.StatusBadGateway, KeyCode
	case gigachat.AsError(err) != nil:
		return http.StatusBadGateway, "service"
	case ofFiles(err):
		return http.StatusConflict, "file"
	}
	return http.StatusInternalServerError, ""
}

// ofFiles reports whether an error is about the files of a run and not about the server.
func ofFiles(err error) bool {
	var foreign *journal.ForeignError
	var format *journal.FormatError
	var lock *journal.LockError
	var write *journal.WriteError
	var record *journal.RecordError
	var path *fs.PathError
	return errors.As(err, &foreign) || errors.As(err, &format) || errors.As(err, &lock) || errors.As(err, &write) || errors.As(err, &record) ||
		errors.As(err, &path)
}

// explain says what an error means that is not a message; it is empty if nothing is known.
func (s *Server) explain(err error) messages.Text {
	if s.Explain == nil {
		return messages.Text{}
	}
	return s.Explain(err)
}

// hint says what the user can do about an error; it is empty if nothing is known.
func (s *Server) hint(err error) messages.Text {
	var p *Problem
	var usage *spec.UsageError
	var unreadable *board.UnreadableError
	switch {
	case errors.As(err, &p):
		return p.Hint
	case errors.As(err, &unreadable):
		return unreadable.Hint
	case errors.As(err, &usage):
		return usage.Hint
	case s.Hint != nil:
		return s.Hint(err)
	}
	return messages.Text{}
}

// asDownload makes the browser save the answer as a file, under a name that is valid on every system.
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
