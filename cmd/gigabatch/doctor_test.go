package main

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"gigabatch/cmd/gigabatch/internal/advice"
	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/outcome"
	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/messages"
)

// TestDoctor breaks one step at a time. Only that step fails, and its cure is printed.
func TestDoctor(t *testing.T) {
	t.Parallel()
	selfSigned := httptest.NewUnstartedServer(http.NotFoundHandler())
	selfSigned.Config.ErrorLog = log.New(io.Discard, "", 0)
	selfSigned.StartTLS()
	t.Cleanup(selfSigned.Close)
	tests := []struct {
		step    string // the one that fails; "" if none does
		options []string
		env     []string
		args    []string
		cure    string
	}{
		{step: ""},
		{step: "key format", env: []string{"GIGACHAT_CREDENTIALS=5a9db0c5-0000-4000-8000-000000000001"}, cure: "SBER_ID"},
		{step: "key format", env: []string{"GIGACHAT_CREDENTIALS="}, cure: ".env in this folder as GIGACHAT_CREDENTIALS"},
		{step: "TLS chain", env: []string{"GIGACHAT_BASE_URL=" + selfSigned.URL + "/v1"}, cure: "--ca-file"},
		{step: "TLS chain", env: []string{"GIGACHAT_BASE_URL=http://127.0.0.1:1/v1"}, cure: "the service is on this computer: check that it runs"},
		{step: "OAuth", options: []string{"fault=oauth-code6"}, cure: "get a new key in your project"},
		{step: "OAuth", options: []string{"fault=oauth-code4"}, cure: "get a new key in your project"},
		{step: "scope", options: []string{"fault=oauth-code7"}, cure: "--scope"},
		{step: "scope", options: []string{"scope=GIGACHAT_API_CORP"}, cure: "--scope"},
		{step: "clock", options: []string{"skew=5m"}, cure: "set the clock"},
		{step: "clock", options: []string{"skew=-5m"}, cure: "set the clock"},
		{step: "model", options: []string{"models=GigaChat-2-Max"}, cure: "did you mean GigaChat-2-Max? The models are GigaChat-2-Max; choose one with --model"},
		{step: "model", args: []string{"-m", "GigaChat-2-Prx"}, cure: "did you mean GigaChat-2-Pro?"},
		{step: "model", options: []string{"fault=models-403"}, cure: "tariff"},
		{step: "free stream", options: []string{"fault=429"}, cure: "all streams of this key are in use, perhaps by another program"},
		{step: "free stream", options: []string{"fault=402"}, cure: "buy more"},
		{step: "free stream", options: []string{"fault=500"}, cure: "try again later"},
		{step: "OAuth", options: []string{"fault=oauth-login-page"}, cure: "log in to the network"},
		{step: "TLS chain", options: []string{"fault=oauth-407"}, cure: "into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT"},
		{step: "model", options: []string{"fault=models-login-page"}, cure: "log in to the network"},
		{step: "free stream", options: []string{"fault=login-page"}, cure: "log in to the network"},
		{step: "free stream", options: []string{"fault=empty-object"}, cure: "unknown shape: {}"},
		{step: "free stream", options: []string{"fault=empty-choices"}, cure: "empty completion: {\"choices\":[]"},
		{step: "free stream", options: []string{"fault=empty-content"}, cure: "empty completion: {\"choices\":"},
		{step: "free stream", options: []string{"fault=no-finish"}, cure: "no finish_reason"},
		{step: "free stream", options: []string{"fault=not-json"}, cure: "<html>"},
		{step: "free stream", options: []string{"fault=422"}, cure: "with the request id"},
		{step: "free stream", options: []string{"fault=413"}, cure: "with the request id"},
		{step: "free stream", options: []string{"fault=hang"}, env: []string{"GIGACHAT_TIMEOUT=2"}, cure: "answer within 2s"},
		{step: "model", options: []string{"fault=models-hang"}, env: []string{"GIGACHAT_TIMEOUT=2"}, cure: "answer within 2s"},
		{step: "TLS chain", options: []string{"fault=oauth-hang"}, env: []string{"GIGACHAT_TIMEOUT=2"}, cure: "answer within 2s"},
		{step: "clock", options: []string{"fault=oauth-expired"}, cure: "came 1h0m0s after its end"},
		{step: "clock", options: []string{"fault=oauth-expired", "skew=-2h"}, cure: "set the clock"},
	}
	for _, tt := range tests {
		t.Run(tt.step, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, openStand(t, tt.options...).env()...)
			p.env = append(p.env, tt.env...)
			got := p.run(append([]string{"doctor"}, tt.args...)...)
			checkDoctor(t, got, tt.step, tt.cure)
		})
	}
}

// doctorSteps are the names of the steps.
var doctorSteps = []string{"key format", "TLS chain", "OAuth", "scope", "clock", "model", "free stream"}

func checkDoctor(t *testing.T, got ran, step, cure string) {
	t.Helper()
	if want := map[bool]int{true: 0, false: 1}[step == ""]; got.code != want {
		t.Errorf("exit code %d, want %d", got.code, want)
	}
	for _, name := range doctorSteps {
		if failed := strings.Contains(got.out, "FAILED  "+name); failed != (name == step) {
			t.Errorf("step %q: failed is %v", name, failed)
		}
	}
	if n := strings.Count(got.out, "what to do: "); step != "" && n != 1 {
		t.Errorf("%d cures, want 1", n)
	}
	if waited := strings.Contains(cure, "no answer"); waited != strings.Contains(got.errors, "waiting for the service") && waited {
		t.Error("no sign of waiting")
	}
	if !strings.Contains(got.out, cure) {
		t.Errorf("no cure %q", cure)
	}
	if t.Failed() {
		t.Logf("it said\n%s%s", got.out, got.errors)
	}
}

// TestDoctorCures makes every fault happen. Whatever fails, the program says what to do, and soon.
func TestDoctorCures(t *testing.T) {
	t.Parallel()
	well := []string{ // what a run can live with
		"blacklist", "length", "slow:100ms", "invalid-json", "not-utf8", "reasoned", "models-slow:100ms", "oauth-slow:100ms",
	}
	endpoints := []sandbox.Endpoint{sandbox.AtChat, sandbox.AtModels}
	if !testing.Short() { // failed token requests are repeated until the time of the check is over
		endpoints = append(endpoints, sandbox.AtOAuth)
	}
	var group errgroup.Group
	group.SetLimit(8) // a doctor mostly waits
	for _, at := range endpoints {
		for _, kind := range sandbox.FaultKinds(at) {
			f := sandbox.Fault{Kind: kind, At: at}
			if kind == sandbox.Slow {
				f.For = 100 * time.Millisecond
			}
			fault := f.String()
			c := newProgram(t, append(openStand(t, "fault="+fault).env(), "GIGACHAT_TIMEOUT=2")...).command("doctor")
			var text strings.Builder
			c.Stdout = &text
			group.Go(func() error {
				err, out := c.Run(), text.String()
				failed, cures := strings.Count(out, "FAILED  "), strings.Count(out, "what to do: ")
				if ok := slices.Contains(well, fault); ok != (err == nil) || failed != cures || ok != (failed == 0) {
					t.Errorf("%s: %v\n%s", fault, err, out)
				}
				return nil
			})
		}
	}
	group.Wait()
}

// TestDoctorSteps checks the names and the order of the steps.
func TestDoctorSteps(t *testing.T) {
	t.Parallel()
	p := newProgram(t, openStand(t).env()...)
	got := p.run("doctor")
	lines := strings.Split(strings.TrimSpace(got.out), "\n")
	if len(lines) != len(doctorSteps) {
		t.Fatalf("got %d lines, want %d:\n%s", len(lines), len(doctorSteps), got.out)
	}
	for i, name := range doctorSteps {
		if !strings.HasPrefix(lines[i], "ok      "+name+" ") {
			t.Errorf("line %d: got %q, want step %q ok", i+1, lines[i], name)
		}
	}
}

// TestDoctorInterrupted sends Ctrl-C while the program waits for the key on standard input. It cannot be a parallel test.
func TestDoctorInterrupted(t *testing.T) {
	in := &endless{reading: make(chan struct{})}
	code := make(chan int)
	var out, errs said
	go func() {
		code <- execute(t.Context(), stdio{in: in, out: &out, err: &console.Console{Writer: &errs, Printer: messages.Printer{Explain: advice.Explain}}}, []string{"gigabatch", "doctor", "--key-stdin"})
	}()
	<-in.reading
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := self.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-code:
		if got != outcome.Interrupted || out.String()+errs.String() != "" {
			t.Errorf("exit code %d, want %d; it said\n%s%s", got, outcome.Interrupted, out.String(), errs.String())
		}
	case <-time.After(patience):
		t.Fatal("it did not end")
	}
}

// endless is a standard input that never yields anything.
type endless struct{ reading chan struct{} }

func (e *endless) Read([]byte) (int, error) {
	close(e.reading)
	select {}
}
