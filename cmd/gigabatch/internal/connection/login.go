package connection

import (
	"context"
	"encoding/json"
	"errors"
	"os"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/keyring"
	"gigabatch/internal/gigachat"
	"gigabatch/internal/messages"
)

// userKeyring is the keyring of the user.
var userKeyring = keyring.New()

// kept is what the keyring has of login, under the names of the variables that would have the same.
type kept map[string]string

const (
	credentialsName = "GIGACHAT_CREDENTIALS"
	scopeName       = "GIGACHAT_SCOPE"
)

// fromLogin is the source of a key in the keyring.
var fromLogin = messages.Sprintf("the keyring (gigabatch login)")

// ErrKept reports an item of the keyring that login did not write.
var ErrKept = messages.Errorf("what the keyring has for gigabatch is no key")

// fromKeyring returns the credentials that login has kept for the service, with their scope; or ErrNoCredentials as it is in none, the error of
// the keyring, or that of ctx.
func fromKeyring(ctx context.Context, say *console.Console, api Setting, none error) (cr Credentials, scope string, err error) {
	text, err := userKeyring.Get(ctx, locked(say))
	if errors.Is(err, keyring.ErrNone) || err == nil && text == "" {
		return Credentials{}, "", none
	}
	if err != nil {
		return Credentials{}, "", err
	}
	var k kept
	if json.Unmarshal([]byte(text), &k) != nil {
		return Credentials{}, "", ErrKept
	}
	if cr, err = forService(func(name string) string { return k[name] }, api); err != nil {
		if errors.Is(err, ErrNoCredentials) {
			err = none
		}
		return Credentials{}, "", err
	}
	cr.Source = fromLogin
	return cr, k[scopeName], nil
}

// locked returns a function that says that the keyring is locked.
func locked(say *console.Console) func() {
	return func() { say.Say("the keyring is locked; unlock it in the window that it has opened…") }
}

// Keyless reports whether an error means that there is no key, or that the keyring, which may have one, did not give it.
func Keyless(err error) bool {
	return errors.Is(err, ErrNoCredentials) || errors.Is(err, ErrKept) || errors.As(err, new(*keyring.Error))
}

// Login checks a key and keeps it in the keyring, with its scope. The key comes from the flags, else from typed. Nothing is sent if the flag
// --offline is set.
func Login(ctx context.Context, c *cli.Context, o Options, typed func(context.Context) (string, error)) (*Conn, error) {
	if err := userKeyring.Exists(ctx); err != nil { // before a person looks for the key
		return nil, err
	}
	env, err := LoadEnvironment()
	if err != nil {
		return nil, err
	}
	n, err := unopened(c, env, o)
	if err != nil {
		return nil, err
	}
	if n.Credentials, err = fromFlags(ctx, c, o.In, env, n.Targets.API); errors.Is(err, ErrNoCredentials) {
		var text string
		text, err = typed(ctx)
		n.Credentials, err = parsed(text, messages.Sprintf("the key"), isCloud(n.Targets.API), err)
	}
	if err != nil {
		return nil, err
	}
	if err := n.open(c, env); err != nil {
		return nil, err
	}
	if !c.Bool("offline") {
		if err := checkKey(ctx, n, c.String("scope") == "" && env.Get(scopeName) == ""); err != nil {
			return nil, err
		}
	}
	return n, keepInKeyring(ctx, n)
}

// keepInKeyring keeps the key of a connection in the keyring, with its scope.
func keepInKeyring(ctx context.Context, n *Conn) error {
	text, err := json.Marshal(variables(n))
	if err != nil {
		return err
	}
	return userKeyring.Set(ctx, locked(n.options.Err), string(text))
}

// variables are those that name the key of a connection and its scope.
func variables(n *Conn) kept {
	if n.Credentials.APIKey != "" {
		return kept{apiKeyName: n.Credentials.APIKey}
	}
	return kept{credentialsName: n.Credentials.Key, scopeName: n.Scope}
}

// checkKey asks the service whether it knows the key. If any scope will do, it finds the one of the key.
func checkKey(ctx context.Context, n *Conn, anyScope bool) error {
	defer n.options.Err.Waiting()()
	if n.Client.Tokens == nil {
		_, err := n.Models(ctx)
		return err
	}
	_, err := n.Client.Tokens.Token(ctx)
	if anyScope {
		err = FindScope(ctx, n, err)
	}
	return err
}

// FindScope tries the other scopes of a key after the error of its token request. It returns nil if one of them is its own, which the connection
// uses from then on, else the error.
func FindScope(ctx context.Context, n *Conn, err error) error {
	oauth, ok := n.Client.Tokens.(*gigachat.OAuth)
	for _, scope := range []string{gigachat.ScopePersonal, gigachat.ScopeBusiness, gigachat.ScopeCorporate} {
		if e := gigachat.AsError(err); !ok || e == nil || !e.WrongScope() {
			break
		}
		if scope == oauth.Scope {
			continue
		}
		other := &gigachat.OAuth{Key: oauth.Key, Scope: scope, URL: oauth.URL, Transport: oauth.Transport, UserAgent: oauth.UserAgent}
		if _, next := other.Token(ctx); next == nil {
			n.Scope, n.Client.Tokens, err = scope, other, nil
		}
	}
	return err
}

// Logout deletes the key from the keyring, and reports whether there was one.
func Logout(ctx context.Context, say *console.Console) (had bool, err error) {
	return userKeyring.Delete(ctx, locked(say))
}

// Before returns the source whose credentials come before those of the keyring, empty if there is none.
func Before(c *cli.Context) messages.Text {
	env, err := LoadEnvironment()
	if err != nil {
		return messages.Text{}
	}
	cr, _ := fromEnvironment(env, targets(c, env).API)
	if cr.Source.IsZero() && os.Getenv(keyCommandName) != "" {
		return messages.Verbatim(keyCommandName)
	}
	return cr.Source
}
