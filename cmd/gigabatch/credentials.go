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
	}
	return fromEnvironment(env)
}

// fromEnvironment looks through all names in the process's environment, then through all in .env, then for pairs that need both.
func fromEnvironment(env environment) (credentials, error) {
	for _, get := range []func(string) string{os.Getenv, env.getFile} {
		if cr, err := named(get); !errors.Is(err, errNoCredentials) {
			return cr, err
		}
	}
	if cr, err := pair(env.get); !errors.Is(err, errNoCredentials) {
		return cr, err
	}
	return credentials{}, halfPair(env.get)
}

// named looks for credentials under every name.
func named(get func(string) string) (credentials, error) {
	if v := get("GIGACHAT_ACCESS_TOKEN"); v != "" {
		return credentials{token: strings.TrimSpace(v), source: "GIGACHAT_ACCESS_TOKEN"}, nil
	}
	for _, name := range []string{"GIGACHAT_CREDENTIALS", "SBER_AUTH"} {
		if v := get(name); v != "" {
			return parsed(v, name, nil)
		}
	}
	return pair(get)
}

// pair looks for credentials that come in two halves.
func pair(get func(string) string) (credentials, error) {
	if id, secret := get("SBER_ID"), get("SBER_SECRET"); id != "" && secret != "" {
		key, err := gigachat.JoinKey(id, secret)
		return credentials{key: key, source: "SBER_ID and SBER_SECRET"}, err
	}
	if user, password := get("GIGACHAT_USER"), get("GIGACHAT_PASSWORD"); user != "" && password != "" {
		return credentials{user: user, password: password, source: "GIGACHAT_USER"}, nil
	}
	return credentials{}, errNoCredentials
}

// halfPair says which half is missing where there is no pair.
func halfPair(get func(string) string) error {
	for _, names := range [][2]string{{"SBER_ID", "SBER_SECRET"}, {"GIGACHAT_USER", "GIGACHAT_PASSWORD"}} {
		if get(names[0]) != "" || get(names[1]) != "" {
			return usage(fmt.Sprintf("only one of %s and %s is set", names[0], names[1]), "set both, or the authorization key as GIGACHAT_CREDENTIALS")
		}
	}
	return errNoCredentials
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
