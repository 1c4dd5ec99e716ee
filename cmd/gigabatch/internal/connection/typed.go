package connection

import (
	"cmp"
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// Typed makes a connection for a key that a person typed, and its scope, by default that of the flags and the environment. The key is an API key
// if isAPIKey is true or the service is Cloud.ru. It sends nothing.
func Typed(c *cli.Context, o Options, key, scope string, isAPIKey bool) (*Conn, error) {
	env, err := LoadEnvironment()
	if err != nil {
		return nil, err
	}
	n, err := unopened(c, env, o)
	if err != nil {
		return nil, err
	}
	n.Scope = cmp.Or(scope, n.Scope)
	if n.Credentials, err = parsed(key, messages.Sprintf("the key"), isAPIKey || isCloud(n.Targets.API), nil); err != nil {
		return nil, err
	}
	if err := n.open(c, env); err != nil {
		return nil, err
	}
	return n, nil
}

// The places where a key can be kept.
const (
	InKeyring     = "keyring"
	InEnvironment = "env" // the file .env of the working folder
)

// Places returns the places that are there.
func Places(ctx context.Context) []string {
	if userKeyring.Exists(ctx) == nil {
		return []string{InKeyring, InEnvironment}
	}
	return []string{InEnvironment}
}

// CanKeep returns the reason why no key can be kept in a place.
func CanKeep(ctx context.Context, place string) error {
	if place == InKeyring {
		return userKeyring.Exists(ctx)
	}
	if err := atomicfile.CheckName(environmentFile); err != nil {
		return elsewhere(err)
	}
	return checkIgnored(ctx)
}

// elsewhere adds to an error of .env that the key can be kept in another place.
func elsewhere(err error) error {
	if err == nil || errors.As(err, new(*spec.UsageError)) {
		return err
	}
	return flags.Usage(messages.Sprintf("%v", err), messages.Sprintf("choose another place for the key"))
}

// Keep keeps the key of a connection in a place, with its scope, and notes the place as its source. The note says what comes before that place
// at the next start, and is empty if nothing does.
func Keep(ctx context.Context, n *Conn, c *cli.Context, place string) (note messages.Text, err error) {
	switch place {
	case InKeyring:
		err = keepInKeyring(ctx, n)
		n.Credentials.Source, n.Credentials.file = fromLogin, ""
	default:
		err = elsewhere(setEnvironment(variables(n)))
		name := credentialsName
		if n.Credentials.APIKey != "" {
			name = apiKeyName
		}
		n.Credentials.Source, n.Credentials.file = messages.Sprintf("%s in %s", messages.Verbatim(name), environmentFile), environmentFile
	}
	if err != nil {
		return messages.Text{}, err
	}
	if before := comesBefore(n, c); !before.IsZero() {
		return messages.Sprintf("the key is used from now on, but after the next start %v comes before it", before), nil
	}
	return messages.Text{}, nil
}

// comesBefore returns what decides at the next start instead of the key or the scope that were kept, empty if nothing does.
func comesBefore(n *Conn, c *cli.Context) messages.Text {
	for _, name := range keyFlags {
		if isGiven(c, name) {
			return messages.Verbatim(flags.Dashed(name))
		}
	}
	env, err := LoadEnvironment()
	if err != nil {
		return messages.Sprintf("%v", err)
	}
	cr, err := fromEnvironment(env, targets(c, env).API)
	if errors.Is(err, ErrNoCredentials) {
		cr, err = n.Credentials, nil // the keyring has them
		if before := Before(c); !before.IsZero() {
			return before
		}
	}
	scope := find(c, env, "scope", scopeName)
	switch {
	case err != nil:
		return messages.Sprintf("an error (%v)", err)
	case cr.Key != n.Credentials.Key || cr.APIKey != n.Credentials.APIKey:
		return cr.Source
	case cr.Key != "" && scope.Value != "" && scope.Value != n.Scope:
		return messages.Sprintf("the scope of %v", scope.Place)
	}
	return messages.Text{}
}
