// Package doctor checks the key, the connection and the account step by step, and says what to do about a step that fails.
package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gigabatch/cmd/gigabatch/internal/advice"
	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/authkey"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// maxSkew is how far the clocks may differ. Beyond it, valid tokens and certificates may be refused.
const maxSkew = 30 * time.Second

const (
	requestTime = 10 * time.Second // of a request of a check
	checkTime   = 20 * time.Second // of a check, and of its completion
)

// Examination checks a connection. It is used once.
type Examination struct {
	Connect func(context.Context) (*connection.Conn, error) // makes the connection and sends nothing
	Model   string                                          // default GIGACHAT_MODEL, else gigachat.DefaultModel
	Out     io.Writer                                       // gets a line for each step, and one more if it failed
	Err     *console.Console                                // its language is that of the lines

	AnyScope bool // the scope of the connection is a guess, and the one of the key is looked for
	Free     bool // nothing is asked that costs tokens

	findings
}

// findings are what the steps have found out for later steps.
type findings struct {
	conn        *connection.Conn
	unreachable bool  // one of the hosts cannot be reached
	tokened     error // result of the token request
	listed      error // result of the request for the models
	models      *gigachat.ModelList
}

// step is one check. ok describes what was found.
type step struct {
	name  messages.Text
	check func(ctx context.Context, x *Examination) (ok messages.Text, err error)
	pays  bool // it asks for a completion
}

var steps = []step{
	{messages.Sprintf("key format"), checkKey, false},
	{messages.Sprintf("TLS chain"), checkTLS, false},
	{messages.Verbatim("OAuth"), checkOAuth, false},
	{messages.Sprintf("scope"), checkScope, false},
	{messages.Sprintf("clock"), checkClock, false},
	{messages.Sprintf("model"), checkModel, false},
	{messages.Sprintf("free stream"), checkStream, true},
}

// request makes a request of a check, which may take so long. It says so if no answer comes soon.
func (x *Examination) request(ctx context.Context, most time.Duration, send func(context.Context) error) error {
	defer x.Err.Waiting()()
	most = min(most, x.conn.Timeout)
	limited, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	err := send(limited)
	if e := gigachat.AsError(err); e != nil && e.Kind == gigachat.KindCanceled && errors.Is(limited.Err(), context.DeadlineExceeded) {
		return messages.Errorf("no answer within %v: %w", most, &gigachat.Error{Op: e.Op, Kind: gigachat.KindTimeout, Err: err})
	}
	return err
}

// errUnchecked reports that a step depends on one that failed.
var errUnchecked = messages.Errorf("not checked")

// Finding is the result of a step.
type Finding struct {
	Name    messages.Text
	Skipped bool // it depends on a step that failed
	Failed  bool
	Text    messages.Text // what was found, or the error; it contains no key
	Hint    messages.Text // what to do about a failure
}

// Run runs the steps in order, prints the result of each, and reports whether none has failed. It ends early if ctx does.
func (x *Examination) Run(ctx context.Context) (well bool) {
	defer func() { x.conn.Close() }()
	well = true
	x.Examine(ctx, func(f Finding) {
		well = well && !f.Failed
		x.print(f)
	})
	return well && ctx.Err() == nil
}

// Examine runs the steps in order and passes on the finding of each. It ends early if ctx does.
func (x *Examination) Examine(ctx context.Context, found func(Finding)) {
	for _, st := range steps {
		if st.pays && x.Free {
			continue
		}
		limited, cancel := context.WithTimeout(ctx, checkTime)
		ok, err := st.check(limited, x)
		cancel()
		if ctx.Err() != nil {
			return
		}
		f := Finding{Name: st.name, Text: ok}
		switch {
		case errors.Is(err, errUnchecked):
			f.Skipped, f.Text = true, messages.Sprintf("not checked")
		case err != nil:
			f.Failed, f.Text = true, messages.Sprintf("%v", err)
			f.Hint = messages.Or(advice.Hint(err),
				messages.Sprintf("nothing is unusual about this request, so check --base-url, or report the answer to the service with the request id"))
		}
		found(f)
	}
}

// Works reports whether the service accepts the key: it gave a token, and the models, unless the account must not list them.
func (x *Examination) Works() bool {
	return x.conn != nil && !x.unreachable && x.tokened == nil && (x.listed == nil || connection.MayNotList(x.listed))
}

// nameWidth is the width of the column with the names of the steps; the longest name in any language fits.
const nameWidth = 16

func (x *Examination) print(f Finding) {
	print := func(mark, name, text messages.Text) {
		n := x.Err.Text(name)
		fmt.Fprintf(x.Out, "%-7s %s%s %s\n", x.Err.Text(mark), n, strings.Repeat(" ", max(0, nameWidth-utf8.RuneCountInString(n))),
			console.OneLine(authkey.WithoutKeys(x.Err.Text(text))))
	}
	switch {
	case f.Skipped:
		print(messages.Verbatim("-"), f.Name, f.Text)
	case f.Failed:
		print(messages.Sprintf("FAILED"), f.Name, f.Text)
		print(messages.Text{}, messages.Text{}, messages.Sprintf("what to do: %s", f.Hint))
	default:
		print(messages.Sprintf("ok"), f.Name, f.Text)
	}
}

func checkKey(ctx context.Context, x *Examination) (messages.Text, error) {
	conn, err := x.Connect(ctx)
	if err != nil {
		return messages.Text{}, err
	}
	env, err := connection.LoadEnvironment()
	if err != nil {
		return messages.Text{}, err
	}
	x.conn, x.Model = conn, cmp.Or(x.Model, env.Get("GIGACHAT_MODEL"), gigachat.DefaultModel)
	switch {
	case conn.Sandbox != nil:
		return messages.Sprintf("the key of the sandbox"), nil
	case len(conn.Credentials.Notes) > 0:
		return messages.Sprintf("%s (fixed: %s)", conn.Credentials.Source, messages.Join(conn.KeyNotes(), ", ")), nil
	case conn.Credentials.Source.IsZero():
		return messages.Sprintf("none; a client certificate is used"), nil
	}
	return conn.Credentials.Source, nil
}

// checkTLS connects to both hosts. Any answer passes, even a refusal.
func checkTLS(ctx context.Context, x *Examination) (messages.Text, error) {
	if x.conn == nil {
		return messages.Text{}, errUnchecked
	}
	if x.conn.Client.Tokens != nil {
		x.tokened = x.request(ctx, requestTime, func(ctx context.Context) error {
			_, err := x.conn.Client.Tokens.Token(ctx)
			if x.AnyScope {
				err = connection.FindScope(ctx, x.conn, err)
			}
			return err
		})
	}
	if isUnreachable(x.tokened) {
		x.unreachable = true
		return messages.Text{}, x.tokened
	}
	bare := *x.conn.Client
	bare.Tokens, bare.APIKey = nil, ""
	err := x.request(ctx, requestTime, func(ctx context.Context) error {
		_, err := bare.Models(ctx)
		return err
	})
	if isUnreachable(err) {
		x.unreachable = true
		if x.tokened == nil {
			err = cmp.Or(x.conn.TryOther(ctx, err), err)
		}
		return messages.Text{}, err
	}
	if u, err := url.Parse(x.conn.Client.BaseURL); err == nil && u.Scheme == "http" {
		return messages.Sprintf("no TLS: the service is on this machine: %v", x.conn.Targets), nil
	}
	return messages.Sprintf("verified: %v", x.conn.Targets), nil
}

// isUnreachable reports whether no connection to a host was made: a proxy that answers 407 makes none, either.
func isUnreachable(err error) bool {
	e := gigachat.AsError(err)
	return e != nil && (e.Kind == gigachat.KindTLS || e.Kind == gigachat.KindNetwork || e.Kind == gigachat.KindTimeout ||
		e.Status == http.StatusProxyAuthRequired)
}

func checkOAuth(_ context.Context, x *Examination) (messages.Text, error) {
	e := gigachat.AsError(x.tokened)
	switch {
	case x.conn == nil || isUnreachable(x.tokened):
		return messages.Text{}, errUnchecked
	case x.conn.Client.Tokens == nil:
		return messages.Sprintf("not needed"), nil
	case e != nil && e.WrongScope():
		return messages.Sprintf("the key is known"), nil
	case x.tokened != nil:
		return messages.Text{}, x.tokened
	case x.conn.Credentials.Token != "":
		return messages.Sprintf("not requested: an access token was given"), nil
	}
	return messages.Sprintf("a token was issued"), nil
}

func checkScope(_ context.Context, x *Examination) (messages.Text, error) {
	e := gigachat.AsError(x.tokened)
	switch {
	case x.conn == nil || (x.tokened != nil && (e == nil || !e.WrongScope())):
		return messages.Text{}, errUnchecked
	case x.tokened != nil:
		return messages.Text{}, x.tokened
	case x.conn.Credentials.Key == "" && x.conn.Sandbox == nil:
		return messages.Sprintf("not checked: only an authorization key has a scope"), nil
	}
	return messages.Verbatim(x.conn.Scope), nil
}

// checkClock requests the list of models and compares the Date header of the answer with the clock of this computer. A token that came
// already expired shows that a clock is wrong, too.
func checkClock(ctx context.Context, x *Examination) (messages.Text, error) {
	if x.conn == nil || x.tokened != nil || x.unreachable {
		return messages.Text{}, errUnchecked
	}
	before := time.Now()
	x.listed = x.request(ctx, requestTime, func(ctx context.Context) (err error) {
		x.models, err = x.conn.Models(ctx)
		return err
	})
	if x.listed != nil {
		return messages.Text{}, errUnchecked
	}
	skew := before.Sub(x.models.Date)
	if x.models.Date.IsZero() {
		skew = 0
	}
	t, _ := x.conn.Client.Tokens.(interface{ Expired() time.Duration })
	switch {
	case skew.Abs() > maxSkew:
		return messages.Text{}, &spec.UsageError{
			Msg:  messages.Sprintf("this computer's clock differs from the server's by %s", skew.Abs().Round(time.Second)),
			Hint: messages.Sprintf("set the clock, preferably with NTP; the validity of tokens and certificates depends on it"),
		}
	case t != nil && t.Expired() > 0:
		return messages.Text{}, &spec.UsageError{
			Msg:  messages.Sprintf("the token came %s after its end", t.Expired().Round(time.Second)),
			Hint: messages.Sprintf("a clock is wrong, here or at the service; set this one with NTP. The token is used until the service refuses it"),
		}
	case x.models.Date.IsZero():
		return messages.Sprintf("the server does not report its time"), nil
	}
	return messages.Sprintf("agrees with the server"), nil
}

func checkModel(_ context.Context, x *Examination) (messages.Text, error) {
	switch {
	case x.conn == nil || x.tokened != nil:
		return messages.Text{}, errUnchecked
	case x.listed != nil:
		return messages.Text{}, x.listed
	case x.models == nil:
		return messages.Text{}, errUnchecked
	}
	return messages.Verbatim(x.Model), connection.KnownModel(x.models, x.Model)
}

// checkStream requests a short completion, which fails if no stream is free.
func checkStream(ctx context.Context, x *Examination) (messages.Text, error) {
	if x.models == nil || connection.KnownModel(x.models, x.Model) != nil {
		return messages.Text{}, errUnchecked
	}
	few := 10 // of a single token, nothing may be left
	set := &spec.Settings{Column: spec.Column{Params: spec.Params{Model: x.Model, MaxTokens: &few}}}
	var resp *gigachat.ChatResponse
	err := x.request(ctx, checkTime, func(ctx context.Context) (err error) {
		resp, err = x.conn.Client.Chat(ctx, prompt.ChatRequest(set, "1"), 0)
		return err
	})
	if e := gigachat.AsError(err); e != nil && e.Kind == gigachat.KindBadBody {
		err = messages.Errorf("%w: %s", err, cut(strconv.Quote(e.Body)))
	}
	if err != nil {
		return messages.Text{}, err
	}
	cause, why := task.ProblemOf(resp)
	if cause == task.CauseEmpty {
		why = messages.Sprintf("the model answered with an empty completion")
	}
	if cause != "" && !resp.Reasoned {
		return messages.Text{}, &spec.UsageError{
			Msg:  messages.Sprintf("%s: %s", why, cut(cmp.Or(resp.Raw, strconv.Quote(resp.Completion)))),
			Hint: messages.Sprintf("the service has a problem; try again later"),
		}
	}
	return messages.Sprintf("answered by %s", resp.Model), nil
}

// maxShownAnswer is how many characters of an answer a step shows.
const maxShownAnswer = 300

func cut(text string) string {
	if r := []rune(text); len(r) > maxShownAnswer {
		return string(r[:maxShownAnswer]) + "…"
	}
	return text
}
