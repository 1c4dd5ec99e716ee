package board

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// fill sets every field that JSON keeps to a value that is not zero. texts get the name of their field.
func fill(t *testing.T, v reflect.Value, name string) {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		if at, ok := v.Addr().Interface().(*time.Time); ok {
			*at = time.Now().Add(time.Hour).UTC().Round(time.Second)
			return
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.Tag.Get("json") != "-" {
				fill(t, v.Field(i), f.Name)
			}
		}
	case reflect.String:
		v.SetString(name)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Float64:
		v.SetFloat(0.5)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), name)
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[json.RawMessage]() {
			v.SetBytes([]byte(`{"type":"object","properties":{"a":{"type":"string"}}}`))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(t, v.Index(i), name+string(rune('1'+i)))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("a "+name), reflect.ValueOf(name))
	default:
		t.Fatalf("%s: a field of the kind %v", name, v.Kind())
	}
}

// A spec keeps everything that a run has: what the page shows, and what it does not.
func TestSpecKeepsEveryField(t *testing.T) {
	t.Parallel()
	b, _ := openWith(t, map[string]string{"sub/q.csv": "prompt\none\n"}, func(o *Options) { o.Sandbox = false })
	input := filepath.Join(b.Dir, "sub", "q.csv")
	for name, change := range map[string]func(*spec.Settings){
		"one column": func(s *spec.Settings) { s.Columns = nil },
		"several":    func(*spec.Settings) {},
		"the usual columns of the output": func(s *spec.Settings) {
			s.OutputColumns = spec.DefaultValueColumns
		},
		"no repairs, and a model that rows override": func(s *spec.Settings) {
			s.Columns[0].Repairs, s.Columns[0].ModelForced = 0, false
		},
		"in place":         func(s *spec.Settings) { s.InPlace, s.Output = true, input },
		"the usual output": func(s *spec.Settings) { s.Output = spec.OutputPath(input, false) },
	} {
		var set spec.Settings
		var limits task.Limits
		fill(t, reflect.ValueOf(&set).Elem(), "")
		fill(t, reflect.ValueOf(&limits).Elem(), "")
		set.Format = table.CSV
		set.InPlace, set.Output = false, filepath.Join(b.Dir, "sub", "out.csv")
		for _, at := range []*string{&set.OutDir, &set.AttachRoot, &set.Documents[0], &set.Documents[1]} {
			*at = filepath.Join(b.Dir, *at)
		}
		change(&set)
		text, err := json.Marshal(SpecOf(b, input, set, limits))
		if err != nil {
			t.Fatal(err)
		}
		var back Spec
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		for i, got := range reflect.ValueOf(back.Settings(b, input)).Fields() {
			if want := reflect.ValueOf(set).FieldByIndex(i.Index); !reflect.DeepEqual(got.Interface(), want.Interface()) {
				t.Errorf("%s: %s is %+v, want %+v", name, i.Name, got, want)
			}
		}
		if got := back.limits(); !reflect.DeepEqual(got, limits) {
			t.Errorf("%s: the limits are\n%+v, want\n%+v", name, got, limits)
		}
		if back.Input != "sub/q.csv" || strings.Contains(string(text), b.Dir) {
			t.Errorf("%s: the spec names the folder: %s", name, text)
		}
	}
}

// A deadline that is over does not keep the spec of its run from being planned.
func TestSpecOfAPastDeadline(t *testing.T) {
	t.Parallel()
	b, _ := open(t, map[string]string{"q.csv": "prompt\none\n"})
	input := filepath.Join(b.Dir, "q.csv")
	limits := task.Limits{Batching: task.Batching{Via: task.ViaHybrid, Deadline: time.Now().Add(-time.Hour)}}
	s := SpecOf(b, input, (&Spec{}).Settings(b, input), limits)
	if _, err := b.Plan(t.Context(), s); err != nil || s.Via != task.ViaBatch || s.Deadline != nil {
		t.Errorf("%+v, %v", s.Asking, err)
	}
}

// A spec cannot read or write outside the folder, whatever comes back from the page.
func TestSpecStaysInTheFolder(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\none\n"})
	outside := filepath.Join(t.TempDir(), "out.csv")
	for name, set := range map[string]spec.Settings{
		"output": {Output: outside}, "folder of outputs": {OutDir: filepath.Dir(outside)}, "attached files": {AttachRoot: "../x"},
		"documents": {Options: table.Options{Documents: []string{outside}}},
	} {
		sp := &Spec{Input: "q.csv", Kept: &Kept{Settings: set}}
		if _, err := b.Start(t.Context(), sp); err == nil || !strings.Contains(err.Error(), "outside the folder") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s.count() != 0 {
		t.Errorf("%d requests", s.count())
	}
}

// Several columns of a spec use each other's answers, and the answers go into the table itself. The texts of the user in their place are not
// replaced.
func TestColumnsInPlace(t *testing.T) {
	t.Parallel()
	files := map[string]string{"q.csv": "prompt,note\none,x\ntwo,y\n", "mine.csv": "prompt,first\none,my own\n"}
	b, s := openWith(t, files, func(o *Options) { o.Sandbox = false })
	b.Connect = s.real
	sp := &Spec{Input: "q.csv", InPlace: true, Columns: Columns{{CompletionColumn: "first", Prompt: "{{prompt}}"}, {CompletionColumn: "second", Prompt: "of {{first}}"}}}
	id := start(t, b, sp)
	until(t, b, id, inState(Completed))
	if got := read(t, filepath.Join(b.Dir, "q.csv")); !strings.HasPrefix(got, "prompt,note,first,second,error\none,x,re one,re of re one,") {
		t.Errorf("the table is %q", got)
	}
	sp.Input = "mine.csv"
	_, err := b.Start(t.Context(), sp)
	wantCure(t, "a column of the user", err, spec.CureColumns)
	if s.count() != 4 {
		t.Errorf("%d requests, want 4", s.count())
	}
}
