// Package advice says what an error means and what the user can do about it.
package advice

import (
	"errors"
	"net/http"
	"os"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/keyring"
	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/authkey"
	"gigabatch/internal/gigachat/secure"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/spec/jobfile"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
	"gigabatch/internal/web"
)

// Hint returns what the user can do about an error. It is empty if there is no advice.
func Hint(err error) messages.Text {
	var wrong *spec.UsageError
	var input *table.Error
	var key *authkey.KeyError
	var job *jobfile.Error
	var page *web.Problem
	var alike *pool.AlikeError
	var outage *task.OutageError
	var ring *keyring.Error
	var command *connection.CommandError
	var hinted interface{ Hint() messages.Text }
	switch {
	case errors.As(err, &outage) && outage.Last == nil:
		return networkHint(false)
	case errors.As(err, &alike):
		if h := serviceHint(alike.Err); !h.IsZero() {
			return messages.Sprintf("%s; the same command then continues, and --keep-going goes on regardless", h)
		}
		return messages.Sprintf("fix the cause, then ask these rows again with --retry-failed; --keep-going goes on regardless")
	case errors.As(err, &page):
		return page.Hint
	case errors.As(err, &job):
		return job.Hint
	case errors.As(err, &wrong):
		return wrong.Hint
	case errors.As(err, &input):
		return input.Hint
	case errors.As(err, &key):
		return messages.Foreign(key.Cure)
	case errors.As(err, &hinted):
		return hinted.Hint()
	case errors.Is(err, connection.ErrNoCredentials):
		return Credentials()
	case errors.Is(err, keyring.ErrNone):
		return messages.Sprintf("put the key into a file .env that only you can read, or name its file with --key-file, or the command of a password manager " +
			"with --key-command; a service or a CI job passes GIGACHAT_CREDENTIALS")
	case errors.Is(err, connection.ErrKept):
		return messages.Sprintf("gigabatch login replaces it, gigabatch logout deletes it")
	case errors.As(err, &ring) && ring.Locked:
		return messages.Sprintf("unlock the keyring, or put the key into .env as GIGACHAT_CREDENTIALS=…; GIGABATCH_KEYRING=off leaves the keyring alone")
	case errors.As(err, &ring):
		return messages.Sprintf("put the key into .env as GIGACHAT_CREDENTIALS=…; GIGABATCH_KEYRING=off leaves the keyring alone")
	case errors.As(err, &command):
		return messages.Sprintf("run the command by hand: it must print the key, and nothing else on its first line")
	}
	if h := journalHint(err); !h.IsZero() {
		return h
	}
	return serviceHint(gigachat.AsError(err))
}

// Credentials returns where to put the key. It points out a file .env.txt, which some editors make instead of .env.
func Credentials() messages.Text {
	if os.Getenv("GITHUB_ACTIONS") != "" || os.Getenv("GITLAB_CI") != "" {
		return messages.Sprintf("set the variable GIGACHAT_CREDENTIALS from a secret of the CI; --no-key skip leaves the run out if there is none")
	}
	if _, err := os.Stat(".env.txt"); err == nil {
		return messages.Sprintf("this folder has a file .env.txt; rename it to .env")
	}
	if env, err := connection.LoadEnvironment(); err == nil {
		if wrong, meant := env.Mistyped(); wrong != "" {
			return messages.Sprintf(".env has %s; did you mean %s?", wrong, meant)
		}
		if env.NamesCommand() {
			return messages.Sprintf("GIGABATCH_KEY_COMMAND in .env is not run: a file of the folder runs no commands; set it in the environment, or use --key-command")
		}
	}
	return messages.Sprintf("put the authorization key of your project (developers.sber.ru/studio) into a file .env in this folder as " +
		"GIGACHAT_CREDENTIALS=…, or keep it in the keyring with gigabatch login; without an account, try --sandbox")
}

// journalHint returns what to do about a journal that cannot be used.
func journalHint(err error) messages.Text {
	var locked *journal.LockedError
	var lock *journal.LockError
	var stranger *journal.ForeignError
	var format *journal.FormatError
	var broken *journal.WriteError
	var moved *journal.MovedError
	switch {
	case errors.As(err, &moved) && moved.Replaced:
		return messages.Sprintf("to keep the answers, rename %s to %s; to do without them, delete it", moved.To, moved.Journal)
	case errors.As(err, &moved) && moved.Lost:
		return messages.Sprintf("the same command continues, and asks again for what was overwritten")
	case errors.As(err, &moved):
		return messages.Sprintf("the same command continues")
	case errors.As(err, &locked):
		return messages.Sprintf("wait for it, or stop it with Ctrl-C there; the same command then continues")
	case errors.As(err, &lock):
		return messages.Sprintf("put the journal on a local disk with --journal FILE")
	case errors.As(err, &stranger):
		return messages.Sprintf("name another file with --journal; this one was not changed")
	case errors.As(err, &format):
		return messages.Sprintf("use the newer gigabatch that wrote it, or another --journal")
	case errors.As(err, &broken):
		return messages.Sprintf("free some space or repair the disk; every answer recorded so far is safe, and the same command continues")
	}
	return messages.Text{}
}

// serviceHint returns what to do about an error of the service.
func serviceHint(e *gigachat.Error) messages.Text {
	switch {
	case e == nil:
		return messages.Text{}
	case e.Status == http.StatusProxyAuthRequired:
		return messages.Sprintf("put the user name and password of the proxy into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT")
	case e.WrongKey():
		return messages.Sprintf("get a new key in your project at developers.sber.ru/studio")
	case e.WrongScope():
		return messages.Sprintf("set GIGACHAT_SCOPE or --scope to the key's own: GIGACHAT_API_PERS, GIGACHAT_API_B2B or GIGACHAT_API_CORP")
	case e.Op == "batches" && (e.Kind == gigachat.KindForbidden || e.Kind == gigachat.KindNotFound):
		return messages.Sprintf("companies that pay as they go (GIGACHAT_API_CORP) have batches; without --via, or with --via auto, the rows are asked live")
	case e.WrongAPIKey():
		return messages.Sprintf("create a new API key in the console of Cloud.ru, and set GIGACHAT_API_KEY to it")
	}
	switch e.Kind {
	case gigachat.KindTokenExpired:
		return messages.Sprintf("an access token cannot be refreshed; give a new one, or the authorization key instead")
	case gigachat.KindUnauthorized:
		return messages.Sprintf("check the key and its scope with gigabatch doctor")
	case gigachat.KindPayment:
		return messages.Sprintf("buy more tokens, or choose another --model")
	case gigachat.KindForbidden:
		return messages.Sprintf("check the tariff of the project")
	case gigachat.KindNotFound:
		return messages.Sprintf("gigabatch models lists the models of this key; check --base-url, too")
	case gigachat.KindTLS:
		return tlsHint(e)
	case gigachat.KindRateLimited:
		if e.Op == "oauth" {
			return messages.Sprintf("the token endpoint takes 10 requests a second of a key; wait, and stop other programs that request tokens all the time")
		}
		return messages.Sprintf("all streams of this key are in use, perhaps by another program")
	case gigachat.KindIntercepted:
		return messages.Sprintf("open any web page in a browser and log in to the network; if there is nothing to log in to, check HTTPS_PROXY and --base-url")
	case gigachat.KindServer, gigachat.KindBadBody:
		return messages.Sprintf("the service has a problem; try again later")
	}
	if e.Passing() {
		return networkHint(e.Local)
	}
	return messages.Text{}
}

// networkHint returns what to do about a service that cannot be reached. local means that it is on this machine.
func networkHint(local bool) messages.Text {
	if env, err := connection.LoadEnvironment(); local || err == nil && env.Local() {
		return messages.Sprintf("the service is on this computer: check that it runs, and that the address has the right port")
	}
	return messages.Sprintf("check the network connection, and the proxy if there is one; a VPN often hides Sber's hosts, so try without it")
}

// tlsHint returns what to do about a connection that is not trusted.
func tlsHint(e *gigachat.Error) messages.Text {
	switch e.TLS() {
	case secure.UnknownAuthority:
		return messages.Sprintf("if your network inspects TLS, name its root certificate with --ca-file or GIGACHAT_CA_BUNDLE_FILE")
	case secure.AnchorScope:
		return messages.Sprintf("the Russian Trusted Root CA is trusted for Sber's hosts only; check --base-url, or name the root with --ca-file")
	case secure.WrongHost:
		return messages.Sprintf("check the host in --base-url and --auth-url")
	case secure.Expired, secure.NotYetValid:
		return messages.Sprintf("check the clock of this computer")
	case secure.RefusedByServer:
		return messages.Sprintf("the server requires a client certificate: --client-cert and --client-key")
	case secure.TooOld:
		return messages.Sprintf("gigabatch needs TLS 1.2; a proxy in between may be too old, so ask for a way around it, or check --base-url")
	case secure.NotSpoken, secure.NotHTTPS:
		return messages.Sprintf("check the URL; it must start with https")
	}
	return messages.Sprintf("check --base-url and the network")
}

// Explain returns the meaning of an error of the service, with the service's own words in brackets. It is empty for other errors.
func Explain(err error) messages.Text {
	switch e := err.(type) {
	case *authkey.APIKeyError:
		return messages.Sprintf("this is not an API key: %s", messages.Foreign(e.Problem))
	case *authkey.KeyError:
		return messages.Sprintf("this is not an authorization key: %s", messages.Foreign(e.Problem))
	case *gigachat.Error:
		if meaning := meaningOf(e); !meaning.IsZero() {
			return messages.Sprintf("%s (%s)", meaning, messages.Foreign(e.Error()))
		}
	}
	return messages.Text{}
}

// meaningOf describes an error of the service in one sentence. It is empty if the kind is unknown.
func meaningOf(e *gigachat.Error) messages.Text {
	switch {
	case e.WrongKey():
		return messages.Sprintf("the authorization key is wrong or was revoked")
	case e.WrongScope():
		return messages.Sprintf("the authorization key belongs to another scope")
	}
	if e.WrongAPIKey() {
		return messages.Sprintf("the API key is wrong or was revoked")
	}
	switch e.Kind {
	case gigachat.KindRateLimited:
		return messages.Sprintf("the service refuses more requests for now")
	case gigachat.KindUnauthorized:
		return messages.Sprintf("the service does not accept the access token")
	case gigachat.KindTokenExpired:
		return messages.Sprintf("the access token has expired")
	case gigachat.KindPayment:
		return messages.Sprintf("the token package of this model is used up")
	case gigachat.KindForbidden:
		return messages.Sprintf("this account is not allowed to do this")
	case gigachat.KindNotFound:
		return messages.Sprintf("the service does not know this model or address")
	case gigachat.KindIntercepted:
		return messages.Sprintf("a proxy or the network answered instead of the service")
	case gigachat.KindRejected:
		return messages.Sprintf("the service rejected the request")
	case gigachat.KindServer:
		return messages.Sprintf("the service failed")
	case gigachat.KindNetwork:
		return messages.Sprintf("the service is unreachable")
	case gigachat.KindTimeout:
		return messages.Sprintf("the service did not answer in time")
	case gigachat.KindBadBody:
		return messages.Sprintf("the answer of the service is incomplete or unreadable")
	case gigachat.KindTLS:
		return messages.Sprintf("the connection is not trusted")
	case gigachat.KindCanceled:
		return messages.Sprintf("interrupted")
	}
	return messages.Text{}
}
