package main

import (
	"errors"
	"fmt"
	"strings"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/nearest"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/spec/jobfile"
)

const hintKey = "put the authorization key of your project (developers.sber.ru/studio) into .env as GIGACHAT_CREDENTIALS=…; " +
	"without an account, try --sandbox"

// hint says what the user can do about an error, "" if nothing is known.
func hint(err error) string {
	var wrong *spec.UsageError
	var input *table.Error
	var key *gigachat.KeyError
	var model *connection.ModelError
	var pending *pendingError
	var job *jobfile.Error
	switch {
	case errors.As(err, &job):
		return job.Hint
	case errors.As(err, &wrong):
		return wrong.Hint
	case errors.As(err, &input):
		return input.Hint
	case errors.As(err, &key):
		return key.Cure
	case errors.As(err, &model):
		h := "the models are " + strings.Join(model.Have, ", ")
		if near := nearest.Name(model.Model, model.Have); near != "" {
			h = fmt.Sprintf("did you mean %s? %s", near, h)
		}
		return h + "; choose one with --model"
	case errors.As(err, &pending):
		return "the same command goes on"
	case errors.Is(err, connection.ErrNoCredentials):
		return hintKey
	}
	if h := journalHint(err); h != "" {
		return h
	}
	return serviceHint(gigachat.AsError(err))
}

// journalHint tells what to do about a journal that cannot be used.
func journalHint(err error) string {
	var locked *journal.LockedError
	var lock *journal.LockError
	var stranger *journal.ForeignError
	var format *journal.FormatError
	var broken *journal.WriteError
	switch {
	case errors.As(err, &locked):
		return "wait for it, or stop it with Ctrl-C there; the same command then goes on"
	case errors.As(err, &lock):
		return "put the journal on a local disk with --journal FILE"
	case errors.As(err, &stranger):
		return "name another file with --journal; this one was not touched"
	case errors.As(err, &format):
		return "use the newer gigabatch that wrote it, or another --journal"
	case errors.As(err, &broken):
		return "make room or mend the disk; every answer recorded so far is safe, and the same command goes on"
	}
	return ""
}

// serviceHint tells what to do about what the service answered.
func serviceHint(e *gigachat.Error) string {
	switch {
	case e == nil:
		return ""
	case e.WrongKey():
		return "the authorization key is wrong or was revoked; get a new one in your project at developers.sber.ru/studio"
	case e.WrongScope():
		return "the key does not belong to this scope; set --scope to GIGACHAT_API_PERS, GIGACHAT_API_B2B or GIGACHAT_API_CORP"
	}
	switch e.Kind {
	case gigachat.KindTokenExpired:
		return "the access token expired and cannot be refreshed; give a new one, or the authorization key instead"
	case gigachat.KindUnauthorized:
		return "the service does not accept the token; check the key and its scope with gigabatch doctor"
	case gigachat.KindPayment:
		return "the package of tokens for this model is used up; buy more or choose another --model"
	case gigachat.KindForbidden:
		return "this account may not do that; check the tariff of the project"
	case gigachat.KindNotFound:
		return "see gigabatch models for the models of this key, and check --base-url"
	case gigachat.KindTLS:
		return tlsHint(e)
	case gigachat.KindRateLimited:
		return "every stream of this key is taken; another program may be using it"
	case gigachat.KindServer, gigachat.KindBadBody:
		return "the trouble is on the service's side; try again later"
	}
	if e.Passing() {
		return "check the connection, and the proxy if there is one"
	}
	return ""
}

// tlsHint tells what to do about a connection that cannot be trusted.
func tlsHint(e *gigachat.Error) string {
	switch e.TLS() {
	case gigachat.TLSUnknownAuthority:
		return "if your network inspects TLS, give its root certificate with --ca-file"
	case gigachat.TLSAnchorScope:
		return "the Russian Trusted Root CA is trusted for Sber's hosts only; check --base-url, or give the root with --ca-file"
	case gigachat.TLSWrongHost:
		return "check the host in --base-url and --auth-url"
	case gigachat.TLSExpired, gigachat.TLSNotYetValid:
		return "check the clock of this computer"
	case gigachat.TLSRefusedByServer:
		return "the server wants a client certificate: --client-cert and --client-key"
	case gigachat.TLSNotSpoken, gigachat.TLSNotHTTPS:
		return "check the URL; it starts with https"
	}
	return "the connection cannot be trusted; check --base-url and the network"
}
