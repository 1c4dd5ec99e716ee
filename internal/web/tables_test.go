package web

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/web/board"
)

// posted asks until an answer is complete, and returns it.
func posted(t *testing.T, v *visitor, path, body string) map[string]any {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		got := v.post(path, body)
		wantStatus(t, path, got, http.StatusOK)
		answer := decode[map[string]any](t, got.Body.String())
		if answer["complete"] != false {
			return answer
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not become complete: %.500s", path, got.Body)
		}
	}
}

// wantJSON compares the members of an answer that want has.
func wantJSON(t *testing.T, what string, got any, want string) {
	t.Helper()
	var wanted any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatal(err)
	}
	if fault := differs(got, wanted, ""); fault != "" {
		text, _ := json.Marshal(got)
		t.Errorf("%s: %s in %s", what, fault, text)
	}
}

func differs(got, want any, path string) string {
	switch want := want.(type) {
	case map[string]any:
		m, ok := got.(map[string]any)
		for k, w := range want {
			g, there := m[k]
			if !ok || !there {
				return path + "." + k + " is missing"
			}
			if fault := differs(g, w, path+"."+k); fault != "" {
				return fault
			}
		}
		return ""
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return path + " has another length"
		}
		for i := range want {
			if fault := differs(list[i], want[i], path+"[]"); fault != "" {
				return fault
			}
		}
		return ""
	}
	if got != want {
		return path + " differs"
	}
	return ""
}

// The API of a table answers in the shapes that the page is written against.
func TestTablesAPI(t *testing.T) {
	t.Parallel()
	s := boarded(t, func(prompt string) (*gigachat.ChatResponse, error) {
		text := `{"weight":2,"kind":null}`
		if strings.Contains(prompt, "1 kg") {
			text = `{"weight":1,"kind":null}`
		}
		return &gigachat.ChatResponse{Completion: text, FinishReason: "stop", Model: "GigaChat-2", Usage: gigachat.Usage{PromptTokens: 3, CompletionTokens: 2}}, nil
	})
	if err := os.WriteFile(filepath.Join(s.Dir, "q.csv"), []byte("name,n\n1 kg,1\n2 kg,\n1 kg,3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	v := signIn(t, s)
	id := board.IDOf("q.csv.gigabatch")
	at := "/api/tables/" + id
	schema := `{"type":"object","properties":{"weight":{"type":"integer","enum":[1,2]},"kind":{"type":["string","null"]}},"required":["weight","kind"]}`
	spec := `{"input":"q.csv","columns":[{"completion_column":"facts","prompt":"{{name}}","schema":` + schema + `}]}`
	wantJSON(t, "list", decode[map[string]any](t, v.get("/api/tables").Body.String()),
		`{"tables":[{"id":"`+id+`","name":"q.csv","kind":"table","format":"csv","job":"","run":null,"runs":0}],"more":false}`)
	wantJSON(t, "before a run", decode[map[string]any](t, v.get(at).Body.String()),
		`{"id":"`+id+`","spec":null,"job":null,"versions":[],"run":null,"model":"GigaChat-2","writes":{"output":"q.answers.csv","in_place":false}}`)
	wantJSON(t, "prompt", decode[map[string]any](t, v.post(at+"/prompt", `{"spec":{"input":"q.csv","columns":[{"prompt":"of {{name}} {{x}}","system":"be short"}]},"index":1,"column":0}`).Body.String()),
		`{"line":3,"parts":[{"text":"of ","column":""},{"text":"2 kg","column":"name"},{"text":" ","column":""},{"text":"","column":"x"}],"system":"be short","skipped":false,"files":[],"needs":[],"unknown":["{{x}}"],"problem":null}`)
	wantJSON(t, "try", decode[map[string]any](t, v.post("/api/try", `{"try":1,`+spec[1:]).Body.String()), `{"requests":1,"tokens":5,"rows":1,"lines":[2]}`)
	wantJSON(t, "rows", posted(t, v, at+"/rows", `{"from":0,"n":2}`), `{"total":3,"complete":true,"known":3,"cut":false,"rows":[
		{"index":0,"line":2,"sheet":"","state":"completed","values":["1 kg","1"],"cells":[{"state":"completed","cause":"","text":"weight: 1","fields":["1",""],"edited":false,"in_batch":false,"asking":false,"was":null}]},
		{"index":1,"line":3,"state":"pending","values":["2 kg",""],"cells":[{"state":"pending","text":"","fields":[]}]}]}`)
	wantJSON(t, "look", posted(t, v, at+"/look", `{"options":null,"version":"","was":"","query":{}}`), `{"columns":[{"name":"name","numeric":false,"empty":false},{"name":"n","numeric":true,"dates":false,"empty":false}],
		"answers":[{"name":"facts","kind":"fields","choices":[],"fields":["weight","kind"],"needs":[],"when":[]}],"format":"csv","sheets":[],"sheet":"","all_sheets":false,"header_row":1,"no_header":false,
		"encoding":"UTF-8","delimiter":",","left_out":[],"suspects":[],"rows":3,"problem":null}`)
	wantJSON(t, "counts", posted(t, v, at+"/counts", `{}`), `{"rows":3,"states":{"completed":2,"failed":0,"blocked":0,"skipped":0,"pending":1,"edited":0},"causes":{},
		"columns":[{"name":"facts","done":2,"total":3,"states":{"pending":1},"values":[],"fields":[{"name":"weight","values":[{"value":"1","count":2}]}]}]}`)
	wantJSON(t, "values", posted(t, v, at+"/values", `{"column":"i0"}`), `{"values":[{"value":"1 kg","count":2},{"value":"2 kg","count":1}],"more":false,"empty":0}`)
	wantJSON(t, "selection", decode[map[string]any](t, v.post(at+"/selection", `{"query":{"filters":[{"column":"i1","op":"less","values":["2"]}]},"indexes":null}`).Body.String()),
		`{"count":1,"where":["n<2"],"rows":""}`)
	row := decode[map[string]any](t, v.post(at+"/row", `{"index":0}`).Body.String())
	wantJSON(t, "row", row, `{"index":0,"line":2,"values":[{"column":"name","value":"1 kg"},{"column":"n","value":"1"}],"cells":[{"column":"facts","state":"completed","schema":true,"was":null}]}`)
	cell := row["cells"].([]any)[0].(map[string]any)
	edit := func(text string) string {
		body, _ := json.Marshal(map[string]any{"index": 0, "column": "a0", "key": cell["key"], "of": cell["version"], "text": text})
		return string(body)
	}
	wantStatus(t, "an edit of another form", v.post(at+"/edit", edit("no object")), http.StatusBadRequest)
	wantJSON(t, "edit", decode[map[string]any](t, v.post(at+"/edit", edit(`{"weight":2,"kind":"a"}`)).Body.String()), `{"column":"facts","completion":"{\"weight\":2,\"kind\":\"a\"}"}`)
	conflict := v.post(at+"/edit", edit(`{"weight":1,"kind":"b"}`))
	wantStatus(t, "an edit over another one", conflict, http.StatusConflict)
	wantJSON(t, "conflict", decode[map[string]any](t, conflict.Body.String()), `{"code":"changed","cell":{"completion":"{\"weight\":2,\"kind\":\"a\"}"}}`)
	v.started(s, spec)
	wantJSON(t, "after a run", decode[map[string]any](t, v.get(at).Body.String()), `{"spec":{"input":"q.csv","columns":[{"completion_column":"facts"}]},"versions":[{"trial":false,"runs":2,"asked":[{"answers":3}]}]}`)
	wantJSON(t, "runs", decode[map[string]any](t, v.get(at+"/runs").Body.String()), `{"more":false,"runs":[
		{"run":2,"trial":false,"state":"completed","columns":["facts"],"prompt":"{{name}}","rows":3,"completed":3,"failed":0},{"run":1,"trial":true,"state":"tried","rows":1,"completed":1}]}`)
	wantJSON(t, "compare", decode[map[string]any](t, v.post(at+"/compare", `{"version":"","was":"`+decode[map[string]any](t, v.get(at).Body.String())["versions"].([]any)[0].(map[string]any)["id"].(string)+`","column":"facts"}`).Body.String()),
		`{"both":3,"same":3,"changed":0,"only_new":0,"only_old":0,"values":[{"n":1},{"n":1},{"n":1}]}`)
	wantJSON(t, "job", decode[map[string]any](t, v.post(at+"/job", `{"spec":`+spec+`,"replace":false}`).Body.String()), `{"name":"q.job.yaml"}`)
	if err := os.WriteFile(filepath.Join(s.Dir, "q.job.yaml"), []byte("input: q.csv\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	taken := v.post(at+"/job", `{"spec":`+spec+`,"replace":false}`)
	wantStatus(t, "a job of somebody else", taken, http.StatusConflict)
	wantJSON(t, "a job of somebody else", decode[map[string]any](t, taken.Body.String()), `{"code":"job_exists"}`)
	saved := decode[map[string]any](t, v.post(at+"/save", `{"how":"new","dry":true}`).Body.String())
	wantJSON(t, "save", saved, `{"output":"q.answers.csv","note":""}`)
	if says := saved["says"].([]any); len(says) == 0 || !strings.Contains(says[0].(string), "weight") {
		t.Errorf("saving says %v", says)
	}
	if text, err := os.ReadFile(filepath.Join(s.Dir, "q.csv")); err != nil || !strings.HasPrefix(string(text), "name,n\n") {
		t.Errorf("the table is %q, %v", text, err)
	}
	wantJSON(t, "in place", decode[map[string]any](t, v.post(at+"/save", `{"how":"in_place","dry":false}`).Body.String()), `{"output":"q.csv"}`)
	if text, err := os.ReadFile(filepath.Join(s.Dir, "q.csv")); err != nil || !strings.HasPrefix(string(text), "name,n,weight,kind,error\n1 kg,1,2,a,") {
		t.Errorf("the table is %q, %v", text, err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; {
		look := posted(t, v, at+"/look", `{}`)
		if columns := look["columns"].([]any); len(columns) == 5 {
			wantJSON(t, "look after the answers went into the table", look, `{"columns":[{"name":"name","ours":false},{"name":"n","ours":false},{"name":"weight","ours":true},{"name":"kind","ours":true},{"name":"error","ours":true}]}`)
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the table is taken for %v", look)
		}
	}
	wantStatus(t, "another way", v.post(at+"/save", `{"how":"away"}`), http.StatusBadRequest)
	for _, gone := range []string{board.IDOf("no.csv.gigabatch"), board.IDOf("../q.csv.gigabatch"), "!"} {
		wantStatus(t, gone, v.post("/api/tables/"+gone+"/rows", `{}`), http.StatusNotFound)
	}
}

// No table makes an answer large: not many columns, not large cells.
func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	s := boarded(t, nil)
	header, line := make([]string, 16_384), make([]string, 16_384)
	for i := range header {
		header[i], line[i] = "столбец с довольно длинным названием "+strings.Repeat("x", i%7), "ячейка с текстом"
	}
	wide := strings.Join(header, ",") + "\n" + strings.Repeat(strings.Join(line, ",")+"\n", 12)
	large := "a,b\n" + strings.Repeat(strings.Repeat("длинный текст ", 20_000)+",x\n", 12)
	for name, text := range map[string]string{"wide.csv": wide, "large.csv": large} {
		if err := os.WriteFile(filepath.Join(s.Dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	v := signIn(t, s)
	for _, name := range []string{"wide.csv", "large.csv"} {
		at := "/api/tables/" + board.IDOf(name+".gigabatch")
		rows := posted(t, v, at+"/rows", `{"from":0,"n":200}`)
		if list := rows["rows"].([]any); len(list) != 12 || (rows["cut"] == true) != (name == "wide.csv") || len(list[11].(map[string]any)["values"].([]any)) < 2 {
			t.Errorf("%s: %d rows, cut %v", name, len(list), rows["cut"])
		}
		for path, body := range map[string]string{"/look": `{}`, "/rows": `{"n":200}`, "/values": `{"column":"i0"}`, "/counts": `{}`} {
			if got := v.post(at+path, body); got.Code != http.StatusOK || got.Body.Len() > 3<<20 {
				t.Errorf("%s%s: status %d and %d bytes", name, path, got.Code, got.Body.Len())
			}
		}
	}
}
