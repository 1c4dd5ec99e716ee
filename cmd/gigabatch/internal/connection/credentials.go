package connection

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/stdin"
	"gigabatch/internal/gigachat"
	"gigabatch/internal/messages"
)

// Credentials are what proves who asks. At most one of Key, Token and User is set; none of them is where a client certificate does.
type Credentials struct {
	Key            string
	Notes          []string // how the key had to be mended
	Token          string
	User, password string
	Source         messages.Text // where they were found, for messages
}

// ErrNoCredentials says that nothing was found.
var ErrNoCredentials = messages.Errorf("no credentials: GIGACHAT_CREDENTIALS is not set")

// maxKeyBytes is more than any key has.
const maxKeyBytes = 64 << 10

// findCredentials looks where the flags say, else in the environment: a supplied access token, the authorization key, a user and password,
// as the official SDKs name them, and the names of the scripts that gigabatch replaces.
func findCredentials(ctx context.Context, c *cli.Context, in io.Reader, env Environment) (Credentials, error) {
	switch {
	case c.String("key-file") != "" && c.Bool("key-stdin"):
		return Credentials{}, flags.Usage(messages.Sprintf("--key-file and --key-stdin are both given"), messages.Sprintf("choose one"))
	case c.String("key-file") != "":
		text, err := readKeyFile(c.String("key-file"))
		return parsed(text, "--key-file", err)
	case c.Bool("key-stdin"):
		var text strings.Builder
		err := stdin.CopyUntil(ctx, &text, io.LimitReader(in, maxKeyBytes))
		if err != nil {
			return Credentials{}, err
		}
		return parsed(text.String(), "--key-stdin", nil)
	}
	return fromEnvironment(env)
}

// fromEnvironment looks through all names in the process's environment, then through all in .env, then for pairs that need both.
func fromEnvironment(env Environment) (Credentials, error) {
	for _, get := range []func(string) string{os.Getenv, env.getFile} {
		if cr, err := named(get); !errors.Is(err, ErrNoCredentials) {
			return cr, err
		}
	}
	if cr, err := pair(env.Get); !errors.Is(err, ErrNoCredentials) {
		return cr, err
	}
	return Credentials{}, halfPair(env.Get)
}

// named looks for credentials under every name.
func named(get func(string) string) (Credentials, error) {
	if v := get("GIGACHAT_ACCESS_TOKEN"); v != "" {
		return Credentials{Token: strings.TrimSpace(v), Source: messages.Verbatim("GIGACHAT_ACCESS_TOKEN")}, nil
	}
	for _, name := range []string{"GIGACHAT_CREDENTIALS", "SBER_AUTH"} {
		if v := get(name); v != "" {
			return parsed(v, name, nil)
		}
	}
	return pair(get)
}

// pair looks for credentials that come in two halves.
func pair(get func(string) string) (Credentials, error) {
	if id, secret := get("SBER_ID"), get("SBER_SECRET"); id != "" && secret != "" {
		key, err := gigachat.JoinKey(id, secret)
		return Credentials{Key: key, Source: messages.Sprintf("SBER_ID and SBER_SECRET")}, err
	}
	if user, password := get("GIGACHAT_USER"), get("GIGACHAT_PASSWORD"); user != "" && password != "" {
		return Credentials{User: user, password: password, Source: messages.Verbatim("GIGACHAT_USER")}, nil
	}
	return Credentials{}, ErrNoCredentials
}

// halfPair says which half is missing where there is no pair.
func halfPair(get func(string) string) error {
	for _, names := range [][2]string{{"SBER_ID", "SBER_SECRET"}, {"GIGACHAT_USER", "GIGACHAT_PASSWORD"}} {
		if get(names[0]) != "" || get(names[1]) != "" {
			return flags.Usage(messages.Sprintf("only one of %s and %s is set", names[0], names[1]),
				messages.Sprintf("set both, or the authorization key as GIGACHAT_CREDENTIALS"))
		}
	}
	return ErrNoCredentials
}

func parsed(text, source string, err error) (Credentials, error) {
	if err != nil {
		return Credentials{}, err
	}
	key, notes, err := gigachat.ParseKey(text)
	if err != nil {
		return Credentials{}, &keySourceError{source: source, err: err}
	}
	return Credentials{Key: key, Notes: notes, Source: messages.Verbatim(source)}, nil
}

func readKeyFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", flags.Usage(messages.Sprintf("%s: the key file cannot be read: %s", name, console.Cause(err)),
			messages.Sprintf("--key-file takes the name of a file that holds the authorization key"))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxKeyBytes))
	return string(text), err
}

// keySourceError says where a key stood that is none.
type keySourceError struct {
	source string
	err    error
}

func (e *keySourceError) Error() string { return e.Message().String() }

// Message is the text of Error in any language.
func (e *keySourceError) Message() messages.Text { return messages.Sprintf("%s: %v", e.source, e.err) }

func (e *keySourceError) Unwrap() error { return e.err }
