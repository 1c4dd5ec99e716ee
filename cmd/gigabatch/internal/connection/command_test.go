//go:build !windows

package connection

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/messages"
)

func TestCommandKey(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]string{
		"printf 'one\\r\\ntwo\\n'":               "one\r",
		"printf one":                             "one",
		`printf '\377\376o\000n\000e\000\n\000'`: "one", // UTF-16
		"printf 'one\\n'; yes | head -c 1000000": "one",
		"echo one; sleep 4 2>/dev/null &":        "one", // does not wait for what it leaves behind
		"echo secret; exit 4":                    "error: the manager: the command failed: exit status 4",
		"kill -9 $$":                             "error: the manager: the command failed: signal: killed",
		"true":                                   "error: the manager: the command printed no key: its first line is empty",
		"echo secret; exec sleep 600":            "error: the manager: the command did not end within 3s",
	} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			got, err := commandKey(t.Context(), command, messages.Verbatim("the manager"), 3*time.Second)
			if err != nil {
				got = "error: " + err.Error()
			}
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// An interrupt ends the wait.
func TestCommandKey_interrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := commandKey(ctx, "exec sleep 600", messages.Text{}, time.Hour); !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "command") {
		t.Errorf("got error %v", err)
	}
}
