package connection

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/stdin"
	"gigabatch/cmd/gigabatch/internal/textfile"
	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/authkey"
	"gigabatch/internal/gigachat/secure"
	"gigabatch/internal/messages"
)

// Credentials identify the user. At most one of Key, APIKey, Token and User is set, none of them with a client certificate.
type Credentials struct {
	Key            string
	APIKey         string   // of a service that speaks the dialect of OpenAI, such as Cloud.ru
	Notes          []string // what was fixed in the key
	Token          string
	User, password string
	Source         messages.Text // where the credentials were found, for messages
	file           string        // the file of the folder that has them, as in Setting
}

// ErrNoCredentials reports that no credentials were found.
var ErrNoCredentials = messages.Errorf("no credentials: GIGACHAT_CREDENTIALS is not set")

// NoKey reports whether an error means that nobody has given a key: there are no credentials, or the file, the input or the variable that should
// have the secret is empty, as secrets are in the build of a fork.
func NoKey(err error) bool {
	source, ok := errors.AsType[*keySourceError](err)
	return errors.Is(err, ErrNoCredentials) || errors.Is(err, errNoSecret[0]) || errors.Is(err, errNoSecret[1]) || ok && source.empty
}

// maxKeyBytes is larger than any key.
const maxKeyBytes = 64 << 10

// findCredentials takes the credentials from the source that the flags name, else from the environment, else from .env: an access token, an
// authorization key, or a user and password, under the names of the official SDKs and under SBER_AUTH, SBER_ID and SBER_SECRET, or an API key.
// A command that the environment names is run if the environment has none of these.
func findCredentials(ctx context.Context, c *cli.Context, in io.Reader, env Environment, api Setting) (Credentials, error) {
	if cr, err := fromFlags(ctx, c, in, env, api); !errors.Is(err, ErrNoCredentials) {
		return cr, err
	}
	if command := os.Getenv(keyCommandName); command != "" {
		if _, err := forService(os.Getenv, api); errors.Is(err, ErrNoCredentials) {
			return fromCommand(ctx, command, messages.Verbatim(keyCommandName), api)
		}
	}
	return fromEnvironment(env, api)
}

// keyFlags are the flags that name a source of the key.
var keyFlags = []string{"key-file", "key-stdin", "key-command"}

func isGiven(c *cli.Context, name string) bool {
	return c.Bool(name) || name != "key-stdin" && c.String(name) != ""
}

// fromFlags takes the credentials from the source that the flags name: the file, standard input or the output of the command contains an API
// key if the service is Cloud.ru. The error is ErrNoCredentials if the flags name none.
func fromFlags(ctx context.Context, c *cli.Context, in io.Reader, env Environment, api Setting) (Credentials, error) {
	given := slices.DeleteFunc(slices.Clone(keyFlags), func(name string) bool { return !isGiven(c, name) })
	switch {
	case len(given) > 1:
		return Credentials{}, flags.Usage(messages.Sprintf("--%s and --%s cannot be used together", given[0], given[1]),
			messages.Sprintf("use one of them"))
	case c.String("key-file") != "":
		file := find(c, env, "key-file", "")
		text, err := readKeyFile(file.Value)
		cr, err := parsed(text, file.Place, isCloud(api), err)
		cr.file = file.owner()
		return cr, err
	case c.Bool("key-stdin"):
		var text strings.Builder
		err := stdin.CopyUntil(ctx, &text, io.LimitReader(in, maxKeyBytes))
		return parsed(text.String(), messages.Verbatim("--key-stdin"), isCloud(api), err)
	case c.String("key-command") != "":
		return fromCommand(ctx, c.String("key-command"), messages.Verbatim("--key-command"), api)
	}
	return Credentials{}, ErrNoCredentials
}

// fromCommand takes the credentials from what a command prints.
func fromCommand(ctx context.Context, command string, place messages.Text, api Setting) (Credentials, error) {
	text, err := commandKey(ctx, command, place, keyCommandTime)
	return parsed(text, place, isCloud(api), err)
}

// fromEnvironment tries all names in the environment of the process, then all names in .env, then pairs with one half in each.
func fromEnvironment(env Environment, api Setting) (Credentials, error) {
	if cr, err := forService(os.Getenv, api); !errors.Is(err, ErrNoCredentials) {
		return cr, err
	}
	if cr, err := forService(env.getFile, api); !errors.Is(err, ErrNoCredentials) {
		cr.file, cr.Source = environmentFile, messages.Sprintf("%s in %s", cr.Source, environmentFile)
		return cr, err
	}
	host := hostOf(api.Value)
	switch cr, err := named(env.Get); {
	case isCloud(api) && !errors.Is(err, ErrNoCredentials):
		return Credentials{}, flags.Usage(
			messages.Sprintf("%s takes an API key: GIGACHAT_API_KEY is not set, and %v is not sent there", host, cr.Source),
			messages.Sprintf("set GIGACHAT_API_KEY, or remove %v, which names this host", api.Place))
	case !isCloud(api) && !errors.Is(err, ErrNoCredentials):
		return cr, err
	case env.Get(apiKeyName) != "":
		return Credentials{}, flags.Usage(
			messages.Sprintf("GIGACHAT_API_KEY is not sent to %s, which %v names: Sber's hosts take an authorization key", host, api.Place),
			messages.Sprintf("set GIGACHAT_CREDENTIALS to the authorization key, or remove %v", api.Place))
	}
	if err := halfPair(env.Get); !errors.Is(err, ErrNoCredentials) {
		return Credentials{}, err
	}
	return Credentials{}, env.noCredentials()
}

const apiKeyName = "GIGACHAT_API_KEY"

// isCloud reports whether a setting names the host of Cloud.ru.
func isCloud(api Setting) bool { return slices.Contains(cloudHosts, hostOf(api.Value)) }

// forService looks for credentials that may go to the service: an API key never goes to a host of Sber's, and nothing else to Cloud.ru.
func forService(get func(string) string, api Setting) (Credentials, error) {
	key := get(apiKeyName)
	if key == "" && isCloud(api) {
		return Credentials{}, ErrNoCredentials
	}
	if key == "" || secure.SberHost(hostOf(api.Value)) {
		return named(get)
	}
	if cr, err := named(get); api.Value == "" && err == nil {
		return Credentials{}, flags.Usage(
			messages.Sprintf("both GIGACHAT_API_KEY and %v are set, and they are for different services", cr.Source),
			messages.Sprintf("remove one of them, or set GIGACHAT_BASE_URL to the service: %s or %s",
				gigachat.CloudBaseURL, gigachat.DefaultBaseURL))
	}
	return parsed(key, messages.Verbatim(apiKeyName), true, nil)
}

// named looks for credentials under each name.
func named(get func(string) string) (Credentials, error) {
	if v := get("GIGACHAT_ACCESS_TOKEN"); v != "" {
		return Credentials{Token: strings.TrimSpace(v), Source: messages.Verbatim("GIGACHAT_ACCESS_TOKEN")}, nil
	}
	for _, name := range []string{credentialsName, "SBER_AUTH"} {
		if v := get(name); v != "" {
			return parsed(v, messages.Verbatim(name), false, nil)
		}
	}
	return pair(get)
}

// pair looks for credentials that consist of two variables.
func pair(get func(string) string) (Credentials, error) {
	if id, secret := get("SBER_ID"), get("SBER_SECRET"); id != "" && secret != "" {
		key, err := authkey.Join(id, secret)
		return Credentials{Key: key, Source: messages.Sprintf("SBER_ID and SBER_SECRET")}, err
	}
	if user, password := get("GIGACHAT_USER"), get("GIGACHAT_PASSWORD"); user != "" && password != "" {
		return Credentials{User: user, password: password, Source: messages.Verbatim("GIGACHAT_USER")}, nil
	}
	return Credentials{}, ErrNoCredentials
}

// halfPair reports a pair of which only one variable is set, else ErrNoCredentials.
func halfPair(get func(string) string) error {
	for i, names := range pairs {
		switch open, secret := get(names[0]), get(names[1]); {
		case open != "":
			return errNoSecret[i]
		case secret != "":
			return errHalf(names)
		}
	}
	return ErrNoCredentials
}

// pairs are the variables that are credentials together; the second one is secret.
var pairs = [2][2]string{{"SBER_ID", "SBER_SECRET"}, {"GIGACHAT_USER", "GIGACHAT_PASSWORD"}}

// errNoSecret are the errors of pairs without the secret.
var errNoSecret = [2]error{errHalf(pairs[0]), errHalf(pairs[1])}

func errHalf(names [2]string) error {
	return flags.Usage(messages.Sprintf("only one of %s and %s is set", names[0], names[1]),
		messages.Sprintf("set both, or set GIGACHAT_CREDENTIALS to the authorization key"))
}

// parsed returns the credentials of a text that is an API key, or else an authorization key.
func parsed(text string, source messages.Text, isAPIKey bool, err error) (Credentials, error) {
	if err != nil {
		return Credentials{}, err
	}
	parse := authkey.Parse
	if isAPIKey {
		parse = authkey.ParseAPI
	}
	key, notes, err := parse(text)
	if err != nil {
		return Credentials{}, &keySourceError{source: source, err: err, empty: strings.TrimSpace(text) == ""}
	}
	if isAPIKey {
		return Credentials{APIKey: key, Notes: notes, Source: source}, nil
	}
	return Credentials{Key: key, Notes: notes, Source: source}, nil
}

func readKeyFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", flags.Usage(messages.Sprintf("%s: cannot read the key file: %v", flags.Shown(name), console.Cause(err)),
			messages.Or(flags.KeyHint(name), messages.Sprintf("--key-file takes the path of a file with the authorization key")))
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxKeyBytes))
	if err != nil {
		return "", err
	}
	return textfile.Decode(flags.Shown(name), raw)
}

// keySourceError names the source of an invalid key.
type keySourceError struct {
	source messages.Text
	err    error
	empty  bool
}

func (e *keySourceError) Error() string { return e.Message().String() }

// Message is the text of Error in any language.
func (e *keySourceError) Message() messages.Text { return messages.Sprintf("%v: %v", e.source, e.err) }

func (e *keySourceError) Unwrap() error { return e.err }
