package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"
)

// The groups under which help lists flags. It sorts them by their names.
const (
	groupWhat       = "Asking"
	groupForm       = "Asking for a form"
	groupLong       = "Asking about long texts"
	groupAgain      = "Asking again"
	groupWhere      = "Files"
	groupInput      = "Reading INPUT"
	groupRows       = "Rows to ask"
	groupLimits     = "Limits and retries"
	groupConnection = "Service and credentials"
	groupPage       = "The page"
	groupScreen     = "What is shown"
)

// texts are the values of a flag that may be given several times.
type texts []string

func (t *texts) Set(text string) error {
	*t = append(*t, text)
	return nil
}

func (t *texts) String() string { return "" }

// values returns what a flag was set to, each time it was given.
func values(c *cli.Context, name string) []string {
	t, ok := c.Generic(name).(*texts)
	if !ok || len(*t) == 0 {
		return nil // as a journal gives it back
	}
	return *t
}

// seconds is a time given as "90", "90s" or "2m".
type seconds time.Duration

func (d *seconds) Set(text string) error {
	if n, err := strconv.ParseFloat(text, 64); err == nil && n > 0 && n < 1e9 {
		*d = seconds(n * float64(time.Second))
		return nil
	}
	v, err := time.ParseDuration(text)
	if err != nil || v <= 0 {
		return fmt.Errorf("%q is not a time; write 90s, 2m or 1h", text)
	}
	*d = seconds(v)
	return nil
}

func (d *seconds) String() string {
	if d == nil || *d == 0 {
		return ""
	}
	return time.Duration(*d).String()
}

// secondsFlag is a flag for a time. What it was set to is read with duration.
func secondsFlag(name, group, usage string) cli.Flag {
	return &cli.GenericFlag{Name: name, Category: group, Usage: usage, Value: new(seconds)}
}

// duration returns the time a flag was set to, 0 if it was not.
func duration(c *cli.Context, name string) time.Duration {
	d, ok := c.Generic(name).(*seconds)
	if !ok {
		return 0
	}
	return time.Duration(*d)
}

// modelFlags decide what one completion is like.
func modelFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "model", Aliases: []string{"m"}, Category: groupWhat, Usage: "`MODEL` to ask (default: GIGACHAT_MODEL, else GigaChat-2)"},
		&cli.StringFlag{Name: "system", Category: groupWhat, Usage: "system prompt `TEXT`, the same for every row"},
		&cli.StringFlag{Name: "system-file", Category: groupWhat, Usage: "`FILE` with the system prompt"},
		&cli.Float64Flag{Name: "temperature", Category: groupWhat, Usage: "randomness `T`; above 2 is very random, 0 is sent as top_p 0"},
		&cli.Float64Flag{Name: "top-p", Category: groupWhat, Usage: "nucleus sampling `P`, 0 to 1"},
		&cli.IntFlag{Name: "max-tokens", Category: groupWhat, Usage: "at most `N` tokens for a completion"},
		&cli.Float64Flag{Name: "repetition-penalty", Category: groupWhat, Usage: "`R` above 0; 1 is neutral"},
	}
}

// connectionFlags say where the service is and how to prove who asks. None of them takes a secret.
func connectionFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "key-file", Category: groupConnection, Usage: "`FILE` with the authorization key (default: GIGACHAT_CREDENTIALS, also from .env)"},
		&cli.BoolFlag{Name: "key-stdin", Category: groupConnection, Usage: "read the authorization key from standard input"},
		&cli.StringFlag{Name: "scope", Category: groupConnection, Usage: "`SCOPE` of the key: GIGACHAT_API_PERS, _B2B or _CORP (default: GIGACHAT_SCOPE, else GIGACHAT_API_PERS)"},
		&cli.StringFlag{Name: "base-url", Category: groupConnection, Usage: "`URL` of the API (default: GIGACHAT_BASE_URL, else https://api.giga.chat/v1)"},
		&cli.StringFlag{Name: "auth-url", Category: groupConnection, Usage: "`URL` of the token endpoint (default: GIGACHAT_AUTH_URL, else Sber's)"},
		&cli.StringFlag{Name: "ca-file", Category: groupConnection, Usage: "PEM `FILE` with further trusted roots (default: GIGACHAT_CA_BUNDLE_FILE)"},
		&cli.StringFlag{Name: "client-cert", Category: groupConnection, Usage: "PEM `FILE` with a client certificate (default: GIGACHAT_CERT_FILE)"},
		&cli.StringFlag{Name: "client-key", Category: groupConnection, Usage: "PEM `FILE` with its key (default: GIGACHAT_KEY_FILE)"},
		secondsFlag("timeout", groupConnection, "wait at most `TIME` for an answer (default: GIGACHAT_TIMEOUT, else 120s)"),
		&cli.BoolFlag{Name: "sandbox", Category: groupConnection, Usage: "the embedded sandbox answers: no account, no network, no cost"},
	}
}
