package web

import (
	"net/http"
	"path/filepath"
	"strconv"

	"gigabatch/internal/messages"
	"gigabatch/internal/web/board"
)

// runs serves the runs.
type runs struct{ *Server }

func (x runs) list(w http.ResponseWriter, r *http.Request) {
	x.write(w, r, http.StatusOK, x.all())
}

// all returns the runs in the form that answers and events have.
func (x runs) all() map[string][]board.Info {
	list := x.Board.Runs()
	if list == nil {
		list = []board.Info{}
	}
	return map[string][]board.Info{"runs": list}
}

func (x runs) show(w http.ResponseWriter, r *http.Request) {
	d, err := x.Board.Detail(r.PathValue("id"))
	x.answer(w, r, d, err)
}

func (x runs) history(w http.ResponseWriter, r *http.Request) {
	points, err := x.Board.History(r.PathValue("id"))
	x.answer(w, r, map[string][]board.Point{"points": points}, err)
}

// acting returns a handler that does something to a run and answers with its state.
func (x runs) acting(act func(id string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := act(r.PathValue("id")); err != nil {
			x.fail(w, r, err)
			return
		}
		x.info(w, r)
	}
}

func (x runs) info(w http.ResponseWriter, r *http.Request) {
	info, err := x.Board.Run(r.PathValue("id"))
	x.answer(w, r, info, err)
}

// again returns a handler that continues a run. The body says where the answers go, {} as before.
func (x runs) again(retryFailed bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var where board.Where
		if err := readJSON(w, r, &where); err != nil {
			x.fail(w, r, err)
			return
		}
		if err := x.Board.ContinueAt(r.Context(), r.PathValue("id"), retryFailed, where); err != nil {
			x.fail(w, r, err)
			return
		}
		x.info(w, r)
	}
}

// writeOutput writes the output of a run again and answers with the state of the run and a note about the output, which is mostly empty.
func (x runs) writeOutput(w http.ResponseWriter, r *http.Request) {
	var where board.Where
	if err := readJSON(w, r, &where); err != nil {
		x.fail(w, r, err)
		return
	}
	id := r.PathValue("id")
	note, err := x.Board.Write(r.Context(), id, where.Overwrite)
	if err != nil {
		x.fail(w, r, err)
		return
	}
	info, err := x.Board.Run(id)
	x.answer(w, r, struct {
		Run  board.Info    `json:"run"`
		Note messages.Text `json:"note"`
	}{info, note}, err)
}

func (x runs) setConcurrency(w http.ResponseWriter, r *http.Request) {
	var want struct {
		N int `json:"n"`
	}
	if err := readJSON(w, r, &want); err != nil {
		x.fail(w, r, err)
		return
	}
	x.acting(func(id string) error { return x.Board.SetConcurrency(id, want.N) })(w, r)
}

// number returns the number in a query parameter, or def if the parameter is missing.
func number(r *http.Request, name string, def int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return def, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, &Problem{Msg: messages.Sprintf("the parameter %s is not a number of 0 or more", name)}
	}
	return n, nil
}

var formats = map[string]string{
	"csv": "text/csv", "jsonl": "application/jsonl", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

func (x runs) download(w http.ResponseWriter, r *http.Request) {
	format := r.URL.Query().Get("format")
	kind, known := formats[format]
	if !known {
		x.fail(w, r, &Problem{Msg: messages.Sprintf("no such format"), Hint: messages.Sprintf("choose csv, xlsx or jsonl")})
		return
	}
	file, err := x.Board.Export(r.Context(), r.PathValue("id"), format)
	if err != nil {
		x.fail(w, r, err)
		return
	}
	defer file.Close()
	if filepath.Ext(file.Name) == ".zip" {
		kind = "application/zip"
	}
	asDownload(w.Header(), file.Name, kind)
	http.ServeContent(w, r, "", file.Modified, file)
}
