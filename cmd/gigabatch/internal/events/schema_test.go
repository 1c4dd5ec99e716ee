package events

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"gigabatch/cmd/gigabatch/internal/outcome"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// meanings describe the keys of the schemas. A key that has several places has the same meaning in all of them, unless it is given with that
// of its parent.
var meanings = map[string]string{
	"schema_version": "version of this schema; new keys do not change it", "program": "always gigabatch", "command": "the command: run, embed or output", "input": "the input as given",
	"sandbox": "the answers are those of the embedded sandbox", "exit_code": "exit code of the process", "outcome": "how the command ended",
	"error": "why the run failed, in English", "hint": "what to do about the error, in English", "fail_if": "the conditions of --fail-if that hold",
	"because": "why the run was left out", "reports": "the files of --report that were written", "next": "what to do next", "action": "a stable word",
	"next.rows": "rows that it is about", "next.text": "the same as a sentence, in English", "rows": "selected rows", "completed": "rows with a completion", "failed": "failed rows by cause",
	"blocked": "rows blocked by moderation", "skipped": "rows without a prompt", "pending": "rows without a result", "truncated": "completed rows whose answer was cut off at the token limit",
	"from_journal": "rows answered by earlier runs", "duplicates": "rows that share a request with another row", "waiting": "failed rows that only --retry-failed asks again",
	"invalid": "failed rows whose answer does not fit the form", "edited": "answers edited by hand", "outdated": "pending rows that had all answers before one that others use was edited by hand", "columns": "states by completion column, if there are several", "name": "name of the column",
	"columns.failed": "failed cells", "values": "how often each value of a column occurs", "column": "name of the column", "counts": "values and their rows", "value": "a value", "counts.rows": "rows with it",
	"prompt_tokens": "tokens of prompts in this run", "completion_tokens": "tokens of completions in this run", "cached_tokens": "of the tokens of prompts, those from the cache of the service",
	"requests": "requests of this run, with retries", "refused": "requests refused with 429", "retries": "attempts after the first", "outages_ms": "time in which the service was down",
	"sharers": "other processes that use the same key, and workers", "sharers.version": "version of the worker", "sharers.rate": "answers of the worker a minute, over the last half minute", "sharers.seen": "when the worker was heard of last, by the clock of the run", "sharers.host": "the machine, left out for this one", "sharers.what": "what the process does", "sharers.silent": "the process has said nothing for a while",
	"sharers.pid": "the number of the process", "sharers.in_flight": "requests, with those that are about to be sent", "sharers.waiting": "the process waits for its turn",
	"quota": "what the service limits, as found out", "streams": "requests at once", "starts": "requests that start within seconds", "seconds": "time for starts", "quota.refused": "share of requests that are refused by chance",
	"spent": "an estimate of what this run has cost", "tokens": "prompts and completions", "cost_rub": "rubles", "budget_rub": "the budget in rubles", "perhaps_rub": "of the cost, for answers that were lost",
	"open_rub": "what open batches may still cost", "saved_rub": "what batches saved", "unpriced_models": "models without a known price", "prices_of": "date of the prices",
	"batches": "asynchronous batches", "collected": "batches whose answers are in the journal", "answers": "answers in batches", "came_twice": "answers that came live, too",
	"unknown": "results without a request", "batches.refused": "requests whose model the service does not take in batches", "open": "batches whose answers are still to come", "batches.waiting": "requests in them",
	"doubtful": "batches of which it is unknown whether the service has them", "doubted": "requests in them", "why_doubtful": "why, of the first",
	"refusal": "the first error of rows that wait for --retry-failed", "errors": "the first error by cause", "not_utf8": "answers with bytes that are not UTF-8",
	"may_have_been_paid_twice": "lost answers that may have been paid for, over all runs of the journal", "elapsed_ms": "time since the first request, or of the run", "output": "the output; left out if none was written",
	"unchanged": "the output had this content already", "cut": "cells too long for the output", "long": "the file with the whole text of these cells", "guarded": "cells that got an apostrophe because they look like formulas",
	"kept": "cells with texts of the user, which were kept", "edits_left_out": "answers edited by hand that the output had, and no longer has since other versions of its columns were written", "edits_left_out_run": "the run that output --run writes with them", "damaged": "unreadable records of the journal", "out_dir": "the folder with a file for each row", "files_written": "new or changed files in it",
	"files_taken": "files left as they are because another program uses them", "growing": "rows are pending only because they came or changed during the run", "files_left": "files not deleted at the service",
	"journal": "the journal", "interrupted": "a signal or --fail-fast stopped the run", "note": "why the output has another name or encoding than expected",
	"time": "when, in UTC", "event": "the kind of event", "version": "version of gigabatch", "pid": "the process", "estimate_rub": "what the run will cost; left out if a price is unknown", "estimate": "the likely amount", "low": "at least", "high": "at most",
	"state": "state of the run", "answer.state": "state of the result", "jobs": "requests of this run", "done": "requests with a result", "progress.failed": "requests that failed", "progress.blocked": "requests that were blocked", "causes": "failed requests by cause",
	"in_flight": "requests in flight", "concurrency": "present limit of requests in flight", "most": "the limit that was set", "paused": "the run is paused", "down": "the service is down", "trouble": "the newest error while nothing succeeds",
	"tally": "rows by state", "id": "id at the service", "status": "as the service says it", "lines": "requests in it", "batches.done": "of these, completed or failed", "batches.posted": "number of batches that were posted, or when one was posted",
	"held_ms": "time until the next request, while the quota is used up", "silent_ms": "time without a success", "per_second": "results a second since the first request", "key": "identity of the request, as in the journal",
	"sheet": "sheet of the row, if several are read", "line": "line of the row, or row of the sheet", "path": "the document", "cause": "cause of a failure", "request_id": "id of the request at the service",
	"attempts": "attempts for the request", "request": "the request; only with --log-content", "completion": "the completion; only with --log-content", "level": "debug, info, warn or error", "text": "the message, in the language of the user",
}

// enums are the values of keys that have few.
var enums = map[string][]any{
	"outcome": {outcome.Completed, outcome.Waiting, outcome.Skipped, outcome.RowsBad, outcome.Limited, outcome.Stopped, outcome.Wrong, outcome.Busy, outcome.Broken},
	"because": {outcome.SkippedLocked, outcome.SkippedNoKey}, "answer.state": {"failed", "blocked", "completed"},
}

// schemaOf describes the JSON of a type. Keys that may be left out are not required.
func schemaOf(t *testing.T, typ reflect.Type, parent, key string, used map[string]bool) map[string]any {
	s := map[string]any{}
	if key != "" {
		at := parent + "." + key
		if meanings[at] == "" {
			at = key
		}
		if meanings[at] == "" {
			t.Errorf("%s.%s has no meaning", parent, key)
		}
		s["description"], used[at] = meanings[at], true
		for _, name := range []string{parent + "." + key, key} {
			if values := enums[name]; values != nil {
				s["enum"] = values
				break
			}
		}
	}
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch {
	case typ == reflect.TypeFor[time.Time]():
		s["type"], s["format"] = "string", "date-time"
	case typ == reflect.TypeFor[cost.Amount]():
		s["type"] = "number"
	case typ == reflect.TypeFor[messages.Text](), typ == reflect.TypeFor[task.State]():
		s["type"] = "string"
	case typ == reflect.TypeFor[json.RawMessage]():
		s["type"] = "object"
	case typ.Kind() == reflect.Struct:
		properties, required := map[string]any{}, []string{}
		fields(typ, func(f reflect.StructField, optional bool) {
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "-" {
				return
			}
			if properties[name] != nil {
				return // the outer one
			}
			within := key
			if key == "" {
				within = parent
			}
			properties[name] = schemaOf(t, f.Type, within, name, used)
			if !optional && options == "" {
				required = append(required, name)
			}
		})
		s["type"], s["properties"], s["required"] = "object", properties, required
	case typ.Kind() == reflect.Slice:
		s["type"] = "array"
		items := schemaOf(t, typ.Elem(), key, "", used)
		s["items"] = items
	case typ.Kind() == reflect.Map:
		s["type"], s["additionalProperties"] = "object", schemaOf(t, typ.Elem(), key, "", used)
	case typ.Kind() == reflect.String:
		s["type"] = "string"
	case typ.Kind() == reflect.Bool:
		s["type"] = "boolean"
	case typ.Kind() == reflect.Float64:
		s["type"] = "number"
	case typ.Kind() >= reflect.Int && typ.Kind() <= reflect.Int64:
		s["type"] = "integer"
	default:
		t.Errorf("%s: %v", key, typ)
	}
	return s
}

// fields visits the fields of a struct that have a name in JSON, the outer ones first. optional ones belong to an embedded pointer.
func fields(typ reflect.Type, visit func(f reflect.StructField, optional bool)) {
	var inner func(typ reflect.Type, optional bool)
	inner = func(typ reflect.Type, optional bool) {
		for i := range typ.NumField() {
			if f := typ.Field(i); f.Tag.Get("json") != "" {
				visit(f, optional)
			}
		}
		for i := range typ.NumField() {
			f := typ.Field(i)
			if !f.Anonymous || f.Tag.Get("json") != "" {
				continue
			}
			if f.Type.Kind() == reflect.Pointer {
				inner(f.Type.Elem(), true)
			} else {
				inner(f.Type, optional)
			}
		}
	}
	inner(typ, false)
}

// TestSchemas compares the schemas of the final object and of the events in docs with the types. With UPDATE=1, it writes them.
func TestSchemas(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	head := func(title string, s map[string]any) map[string]any {
		s["$schema"], s["title"] = "https://json-schema.org/draft/2020-12/schema", title
		return s
	}
	var kinds []any
	for _, k := range []struct {
		name string
		of   any
	}{
		{"started", started{}}, {"planned", planned{}}, {"progress", progress{}}, {"answer", answer{}}, {"message", message{}}, {"ended", ended{}},
	} {
		s := schemaOf(t, reflect.TypeOf(k.of), k.name, "", used)
		s["properties"].(map[string]any)["event"] = map[string]any{"const": k.name, "description": meanings["event"]}
		kinds = append(kinds, s)
	}
	for name, s := range map[string]map[string]any{
		"summary.schema.json": head("what gigabatch run, embed and output print with --json", schemaOf(t, reflect.TypeFor[outcome.Final](), "final", "", used)),
		"events.schema.json":  head("a line of gigabatch run --events", map[string]any{"oneOf": kinds}),
	} {
		want, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, '\n')
		file := "../../../../docs/" + name
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(file, want, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if got, _ := os.ReadFile(file); !bytes.Equal(got, want) {
			t.Errorf("docs/%s is out of date: UPDATE=1 go test -run TestSchemas ./cmd/gigabatch/internal/events", name)
		}
	}
	for at := range meanings {
		if !used[at] {
			t.Errorf("no key is %s", at)
		}
	}
}
