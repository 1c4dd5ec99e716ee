package pool

import (
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

func TestOutcome(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer gigachat.ChatResponse
		want   task.Result
	}{
		"answered":       {gigachat.ChatResponse{Completion: "a", FinishReason: "stop"}, task.Result{State: task.Completed, Completion: "a"}},
		"truncated":      {gigachat.ChatResponse{Completion: "a", FinishReason: "length"}, task.Result{State: task.Completed, Completion: "a"}},
		"blocked":        {gigachat.ChatResponse{FinishReason: "blacklist"}, task.Result{State: task.Blocked}},
		"empty":          {gigachat.ChatResponse{FinishReason: "stop"}, task.Result{State: task.Failed, Cause: task.CauseEmpty}},
		"no reason":      {gigachat.ChatResponse{Completion: "a"}, task.Result{State: task.Failed, Cause: task.CauseUnknown, Completion: "a"}},
		"only length":    {gigachat.ChatResponse{FinishReason: "length", Raw: "{}"}, task.Result{State: task.Failed, Cause: task.CauseEmpty, Raw: "{}"}},
		"not UTF-8":      {gigachat.ChatResponse{Completion: "a", FinishReason: "stop", Raw: "\xff"}, task.Result{State: task.Completed, Cause: task.NotUTF8, Completion: "a", Raw: "\xff"}},
		"unknown":        {gigachat.ChatResponse{Unknown: true, Raw: `{"output":"a"}`}, task.Result{State: task.Failed, Cause: task.CauseUnknown, Raw: `{"output":"a"}`}},
		"model error":    {gigachat.ChatResponse{Completion: `{"name":"f"}`, FinishReason: "error"}, task.Result{State: task.Failed, Cause: task.CauseModel, Completion: `{"name":"f"}`}},
		"silent failure": {gigachat.ChatResponse{FinishReason: "error"}, task.Result{State: task.Failed, Cause: task.CauseModel}},
	} {
		got, useless := outcome(task.Key{}, &c.answer)
		if want := name == "empty" || name == "unknown" || name == "no reason"; useless != want {
			t.Errorf("%s: useless is %t", name, useless)
		}
		if got.State != c.want.State || got.Cause != c.want.Cause || got.Completion != c.want.Completion || got.Raw != c.want.Raw {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
		if bad := got.State != task.Completed || name == "not UTF-8"; bad != (got.Error != "") || got.Cause.Passing() {
			t.Errorf("%s: error %q, passing %t", name, got.Error, got.Cause.Passing())
		}
	}
}
