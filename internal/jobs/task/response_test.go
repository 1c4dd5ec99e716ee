package task

import (
	"testing"

	"gigabatch/internal/gigachat"
)

func TestOutcome(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer gigachat.ChatResponse
		want   Result
	}{
		"answered":       {gigachat.ChatResponse{Completion: "a", FinishReason: "stop"}, Result{State: Completed, Completion: "a"}},
		"truncated":      {gigachat.ChatResponse{Completion: "a", FinishReason: "length"}, Result{State: Completed, Completion: "a"}},
		"blocked":        {gigachat.ChatResponse{FinishReason: "blacklist"}, Result{State: Blocked}},
		"empty":          {gigachat.ChatResponse{FinishReason: "stop"}, Result{State: Failed, Cause: CauseEmpty}},
		"no reason":      {gigachat.ChatResponse{Completion: "a"}, Result{State: Failed, Cause: CauseUnknown, Completion: "a"}},
		"only length":    {gigachat.ChatResponse{FinishReason: "length", Raw: "{}"}, Result{State: Failed, Cause: CauseEmpty, Raw: "{}"}},
		"not UTF-8":      {gigachat.ChatResponse{Completion: "a", FinishReason: "stop", Raw: "\xff"}, Result{State: Completed, Cause: NotUTF8, Completion: "a", Raw: "\xff"}},
		"unknown":        {gigachat.ChatResponse{Unknown: true, Raw: `{"output":"a"}`}, Result{State: Failed, Cause: CauseUnknown, Raw: `{"output":"a"}`}},
		"model error":    {gigachat.ChatResponse{Completion: `{"name":"f"}`, FinishReason: "error"}, Result{State: Failed, Cause: CauseModel, Completion: `{"name":"f"}`}},
		"silent failure": {gigachat.ChatResponse{FinishReason: "error"}, Result{State: Failed, Cause: CauseModel}},
	} {
		got, useless := ResultOf(Key{}, &c.answer)
		if want := name == "empty" || name == "unknown" || name == "no reason"; useless != want {
			t.Errorf("%s: useless is %t", name, useless)
		}
		if got.State != c.want.State || got.Cause != c.want.Cause || got.Completion != c.want.Completion || got.Raw != c.want.Raw {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
		if bad := got.State != Completed || name == "not UTF-8"; bad != (got.Error != "") || got.Cause.Passing() {
			t.Errorf("%s: error %q, passing %t", name, got.Error, got.Cause.Passing())
		}
	}
}
