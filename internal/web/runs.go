package web

import (
	"net/http"
	"strconv"

	"gigabatch/internal/messages"
	"gigabatch/internal/web/board"
)

// runs answers what is about runs.
type runs struct{ *Server }

func (x runs) list(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, x.all())
}

// all are the runs as the page gets them, in an answer or an event.
func (x runs) all() map[string][]board.Info {
	list := x.Board.Runs()
	if list == nil {
		list = []board.Info{}
	}
	return map[string][]board.Info{"runs": list}
}

func (x runs) show(w http.ResponseWriter, r *http.Request) {
	d, err := x.Board.Detail(r.PathValue("id"))
	x.answer(w, d, err)
}

func (x runs) history(w http.ResponseWriter, r *http.Request) {
	points, err := x.Board.History(r.PathValue("id"))
	x.answer(w, map[string][]board.Point{"points": points}, err)
}

// acting answers with how a run stands after something was done to it.
func (x runs) acting(act func(id string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := act(r.PathValue("id")); err != nil {
			x.fail(w, err)
			return
		}
		x.tell(w, r)
	}
}

func (x runs) tell(w http.ResponseWriter, r *http.Request) {
	info, err := x.Board.Run(r.PathValue("id"))
	x.answer(w, info, err)
}

// again continues a run.
func (x runs) again(retryFailed bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := x.Board.Continue(r.Context(), r.PathValue("id"), retryFailed); err != nil {
			x.fail(w, err)
			return
		}
		x.tell(w, r)
	}
}

func (x runs) setConcurrency(w http.ResponseWriter, r *http.Request) {
	var want struct {
		N int `json:"n"`
	}
	if err := readJSON(w, r, &want); err != nil {
		x.fail(w, err)
		return
	}
	x.acting(func(id string) error { return x.Board.SetConcurrency(id, want.N) })(w, r)
}

// number is a parameter of a GET request, or what it is where it is not given.
func number(r *http.Request, name string, def int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return def, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, &Problem{Msg: messages.Sprintf("%v is no number of a row", name)}
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
		x.fail(w, &Problem{Msg: messages.Sprintf("there is no such format"), Hint: messages.Sprintf("it is csv, xlsx or jsonl")})
		return
	}
	file, err := x.Board.Export(r.Context(), r.PathValue("id"), format)
	if err != nil {
		x.fail(w, err)
		return
	}
	defer file.Close()
	asDownload(w.Header(), file.Name, kind)
	http.ServeContent(w, r, "", file.Modified, file)
}
