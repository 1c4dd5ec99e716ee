package web

import (
	"net/http"
	"path/filepath"

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

// again returns a handler that continues a run. The body is a board.Again, {} as before.
func (x runs) again(retryFailed bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var how board.Again
		if err := readJSON(w, r, &how); err != nil {
			x.fail(w, r, err)
			return
		}
		how.RetryFailed, how.Language = how.RetryFailed || retryFailed, language(r)
		if err := x.Board.ContinueAs(r.Context(), r.PathValue("id"), how); err != nil {
			x.fail(w, r, err)
			return
		}
		x.info(w, r)
	}
}

// plan answers with what continuing a run would do.
func (x runs) plan(w http.ResponseWriter, r *http.Request) {
	var how board.Again
	if err := readJSON(w, r, &how); err != nil {
		x.fail(w, r, err)
		return
	}
	plan, err := x.Board.PlanAgain(r.Context(), r.PathValue("id"), how)
	x.answer(w, r, plan, err)
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

var formats = map[string]string{
	"csv": "text/csv", "excel-ru": "text/csv", "jsonl": "application/jsonl", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// download answers with a file of the answers that a version of a table has; without one, of the newest.
func (x tables) download(w http.ResponseWriter, r *http.Request) {
	format := r.URL.Query().Get("format")
	kind, known := formats[format]
	if !known {
		x.fail(w, r, &Problem{Msg: messages.Sprintf("no such format"), Hint: messages.Sprintf("choose csv, xlsx or jsonl")})
		return
	}
	id := r.PathValue("id")
	what, err := x.bench.Shown(id, r.URL.Query().Get("version"))
	if err != nil {
		x.fail(w, r, err)
		return
	}
	file, err := board.Answers{Board: x.Board, Language: language(r)}.Export(r.Context(), id, what, format)
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

// reportPolicy allows a report, which has its style in itself, to be shown in a frame of the page. It allows no script.
const reportPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// report answers with the report on a run, to be shown in a frame of the page, or to be saved with the parameter save.
func (x runs) report(w http.ResponseWriter, r *http.Request) {
	report, err := x.Board.Report(r.Context(), r.PathValue("id"), x.printer(r))
	if err != nil {
		x.fail(w, r, err)
		return
	}
	const kind = "text/html; charset=utf-8"
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Security-Policy", reportPolicy)
	w.Header().Set("X-Frame-Options", "SAMEORIGIN")
	if r.URL.Query().Has("save") {
		asDownload(w.Header(), report.Name, kind)
	}
	_, _ = w.Write(report.HTML)
}
