package connection

import (
	"context"
	"slices"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/messages"
)

// otherHosts are the base URLs at the other host, by host. The contract decides which of the two serves a key, and the list of models of one
// says nothing about the other.
var otherHosts = map[string]string{
	newHost:                        "https://gigachat.devices.sberbank.ru/api/v1",
	"gigachat.devices.sberbank.ru": gigachat.DefaultBaseURL,
}

// HostError reports that a host does not serve the key, but the other host of Sber does.
type HostError struct {
	Host  string
	Other string // the base URL at the other host
	Err   error  // the error of Host
}

func (e *HostError) Error() string { return e.Message().String() }
func (e *HostError) Unwrap() error { return e.Err }

// Message is the text of Error in any language.
func (e *HostError) Message() messages.Text {
	return messages.Sprintf("this key belongs to another host: %s lists its models, and %s does not (%v)", hostOf(e.Other), e.Host, e.Err)
}

// Hint says which setting to write.
func (e *HostError) Hint() messages.Text {
	return messages.Sprintf("set GIGACHAT_BASE_URL=%s in the environment or in .env", e.Other)
}

// Models lists the models that the key may use. If the host refuses, the error is a [*HostError] if the other host of Sber lists them.
func (n *Conn) Models(ctx context.Context) (*gigachat.ModelList, error) {
	list, err := n.Client.Models(ctx)
	e := gigachat.AsError(err)
	if err == nil && len(list.Models) > 0 || e != nil && (e.Op != "models" || e.Passing() || e.Kind == gigachat.KindCanceled) {
		return list, err
	}
	if err == nil {
		err = messages.Errorf("the list is empty")
	}
	refused := e == nil || e.Kind == gigachat.KindUnauthorized || e.Kind == gigachat.KindForbidden || e.Kind == gigachat.KindNotFound
	if refused {
		if other := n.TryOther(ctx, err); other != nil {
			return list, other
		}
	}
	if list != nil {
		err = nil
	}
	return list, err
}

// maxTry is how long the other host may take.
const maxTry = 15 * time.Second

// TryOther requests the list of models, and nothing else, from the other host of Sber after an error of the one in use. It returns a
// [*HostError] if the other host lists models, else nil.
func (n *Conn) TryOther(ctx context.Context, err error) error {
	host := hostOf(n.Client.BaseURL)
	other, known := otherHosts[host]
	if !known || n.Credentials.User != "" { // a password is not sent to a host that was not named
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, maxTry)
	defer cancel()
	there := *n.Client
	there.BaseURL = other
	if there.Tokens != nil {
		there.Tokens = lent{there.Tokens}
	}
	if list, err := there.Models(ctx); err != nil || len(list.ChatModels()) == 0 {
		return nil
	}
	return &HostError{Host: host, Other: other, Err: err}
}

// lent is a source of tokens that stay valid when another host refuses them.
type lent struct{ gigachat.TokenSource }

func (lent) Invalidate(gigachat.Token) {}

// Explain returns the reason for a failed chat with a model, if the list of models shows it: the wrong host or a model that does not exist.
func (n *Conn) Explain(ctx context.Context, err error, model string) error {
	e := gigachat.AsError(err)
	kinds := []gigachat.Kind{gigachat.KindNotFound, gigachat.KindUnauthorized, gigachat.KindForbidden}
	if e == nil || e.Op != "chat" || !slices.Contains(kinds, e.Kind) {
		return err
	}
	list, failed := n.Models(ctx)
	if _, ok := failed.(*HostError); ok {
		return failed
	}
	if failed != nil || len(list.Models) == 0 {
		return err
	}
	if unknown, ok := KnownModel(list, model).(*ModelError); ok {
		unknown.Err = err
		return unknown
	}
	return err
}
