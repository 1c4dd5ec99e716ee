package web

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
	"gigabatch/internal/web/board"
)

// KeyCode is the code of an error that another key of the service cures.
const KeyCode = string(spec.CureKey)

// Keys is the key of the service. It is safe for concurrent use.
type Keys interface {
	// Source returns where the key comes from, or the reason why there is none. It sends nothing.
	Source(context.Context) (messages.Text, error)
	// Places returns the places where a key can be kept.
	Places(context.Context) []string
	// Take checks a key, keeps it where the user says, and uses it from then on for all that begins. A key that does not work is not kept.
	Take(context.Context, NewKey) (*KeyChecks, error)
}

// NewKey is a key that the user types.
type NewKey struct {
	Key    string `json:"key"`    // "" if the Client ID and the Client Secret are given, which are as good
	API    bool   `json:"api"`    // Key is an API key, as of Cloud.ru
	ID     string `json:"id"`     // the Client ID
	Secret string `json:"secret"` // the Client Secret
	Scope  string `json:"scope"`  // "" if it is to be found
	Keep   string `json:"keep"`   // one of the places, or KeepSession
}

// KeepSession keeps a key until the server ends.
const KeepSession = "session"

// KeyChecks is the result of checking a key. It contains nothing of the key.
type KeyChecks struct {
	OK     bool          `json:"ok"` // the service accepts the key, and it is in use
	Checks []KeyCheck    `json:"checks"`
	Kept   string        `json:"kept"` // as NewKey.Keep, "" if it was not kept
	Note   messages.Text `json:"note"` // what the user should know about the place
}

// KeyCheck is a step of checking a key.
type KeyCheck struct {
	Name    messages.Text `json:"name"`
	OK      bool          `json:"ok"`
	Skipped bool          `json:"skipped"` // it depends on a step that failed
	Text    messages.Text `json:"text"`
	Hint    messages.Text `json:"hint"`
}

// service serves the key of the service.
type service struct{ *Server }

// key is the state of the key as the page shows it.
type key struct {
	Ready   bool           `json:"ready"`
	Problem *board.Problem `json:"problem"`
	From    messages.Text  `json:"from"`
}

// maxKeyState is how long a page waits for a keyring to say whether it has a key.
const maxKeyState = 2 * time.Second

func (x service) state(ctx context.Context) key {
	from, err := x.Keys.Source(ctx)
	if err == nil {
		return key{Ready: true, From: from}
	}
	if ctx.Err() != nil {
		err = &Problem{Msg: messages.Sprintf("the keyring has not answered yet"), Hint: messages.Sprintf("it may be waiting to be unlocked in a window")}
	}
	return key{Problem: &board.Problem{Error: messages.Sprintf("%v", err), Hint: x.hint(err)}}
}

// ready returns the reason why nothing can be sent.
func (x service) ready(ctx context.Context) error {
	if x.Keys == nil {
		return nil
	}
	_, err := x.Keys.Source(ctx)
	return err
}

func (x service) takeKey(w http.ResponseWriter, r *http.Request) {
	if x.Keys == nil {
		x.fail(w, r, &Problem{Msg: messages.Sprintf("no key is needed here")})
		return
	}
	if !x.isPrivate(r) {
		x.fail(w, r, &Problem{
			Status: http.StatusForbidden, Code: "insecure", Msg: messages.Sprintf("a key is not sent over plain HTTP from another computer: others could read it on the way"),
			Hint: messages.Sprintf("enter the key on the computer of the server, or serve the page over HTTPS"),
		})
		return
	}
	var k NewKey
	if err := readJSON(w, r, &k); err != nil {
		x.fail(w, r, err)
		return
	}
	if k.Scope != "" && !slices.Contains([]string{gigachat.ScopePersonal, gigachat.ScopeBusiness, gigachat.ScopeCorporate}, k.Scope) {
		x.fail(w, r, &Problem{Msg: messages.Sprintf("there is no such scope")})
		return
	}
	checks, err := x.Keys.Take(r.Context(), k)
	x.answer(w, r, checks, err)
}

// isPrivate reports whether nobody on the network can read what a request carries: it comes over HTTPS, perhaps by way of a proxy, which the
// browser says in the header Origin, or from this computer.
func (x service) isPrivate(r *http.Request) bool {
	at := "http://" + r.Host
	if origin := r.Header.Get("Origin"); origin != "" {
		at = origin
	}
	u, err := url.Parse(at)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return x.Secure || u.Scheme == "https" || strings.EqualFold(u.Hostname(), "localhost") || ip != nil && ip.IsLoopback()
}
