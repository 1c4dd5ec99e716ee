package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/internal/gigachat"
)

// credentials are what proves who asks. At most one of key, token and user is set; none of them is where a client certificate does.
type credentials struct {
	key            string
	notes          []string // how the key had to be mended
	token          string
	user, password string
	source         string // where they were found, for messages
}

// errNoCredentials says that nothing was found.
var errNoCredentials = errors.New("no credentials: GIGACHAT_CREDENTIALS is not set")

// mostKeyBytes is more than any key has.
const mostKeyBytes = 64 << 10

// findCredentials looks where the flags say, else in the environment: a supplied access token, the authorization key, a user and password,
// as the official SDKs name them, and the names of the scripts that gigabatch replaces.
func findCredentials(ctx context.Context, c *cli.Context, s stdio, env environment) (credentials, error) {
	switch {
	case c.String("key-file") != "" && c.Bool("key-stdin"):
		return credentials{}, usage("--key-file and --key-stdin are both given", "choose one")
	case c.String("key-file") != "":
		text, err := readKeyFile(c.String("key-file"))
		return parsed(text, "--key-file", err)
	case c.Bool("key-stdin"):
		var text strings.Builder
		err := copyUntil(ctx, &text, io.LimitReader(s.in, mostKeyBytes))
		if err != nil {
			return credentials{}, err
		}
		return parsed(text.String(), "--key-stdin", nil)
	case env.get("GIGACHAT_ACCESS_TOKEN") != "":
		return credentials{token: strings.TrimSpace(env.get("GIGACHAT_ACCESS_TOKEN")), source: "GIGACHAT_ACCESS_TOKEN"}, nil
	}
	for _, name := range []string{"GIGACHAT_CREDENTIALS", "SBER_AUTH"} {
		if v := env.get(name); v != "" {
			return parsed(v, name, nil)
		}
	}
	return pairs(env)
}

// pairs looks for credentials that come in two halves.
func pairs(env environment) (credentials, error) {
	id, secret := env.get("SBER_ID"), env.get("SBER_SECRET")
	if id != "" && secret != "" {
		key, err := gigachat.JoinKey(id, secret)
		return credentials{key: key, source: "SBER_ID and SBER_SECRET"}, err
	}
	user, password := env.get("GIGACHAT_USER"), env.get("GIGACHAT_PASSWORD")
	switch {
	case user != "" && password != "":
		return credentials{user: user, password: password, source: "GIGACHAT_USER"}, nil
	case id != "" || secret != "":
		return credentials{}, usage("only one of SBER_ID and SBER_SECRET is set", "set both, or the authorization key as GIGACHAT_CREDENTIALS")
	case user != "" || password != "":
		return credentials{}, usage("only one of GIGACHAT_USER and GIGACHAT_PASSWORD is set", "set both, or the authorization key as GIGACHAT_CREDENTIALS")
	}
	return credentials{}, errNoCredentials
}

func parsed(text, source string, err error) (credentials, error) {
	if err != nil {
		return credentials{}, err
	}
	key, notes, err := gigachat.ParseKey(text)
	if err != nil {
		return credentials{}, &keySourceError{source: source, err: err}
	}
	return credentials{key: key, notes: notes, source: source}, nil
}

func readKeyFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", usage(fmt.Sprintf("%s: the key file cannot be read: %s", name, cause(err)), "--key-file takes the name of a file that holds the authorization key")
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostKeyBytes))
	return string(text), err
}

// keySourceError says where a key stood that is none.
type keySourceError struct {
	source string
	err    error
}

func (e *keySourceError) Error() string { return fmt.Sprintf("%s: %v", e.source, e.err) }

func (e *keySourceError) Unwrap() error { return e.err }
