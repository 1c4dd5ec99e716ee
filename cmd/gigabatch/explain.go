package main

import (
	"gigabatch/internal/gigachat"
	"gigabatch/internal/messages"
)

// explain returns the meaning of an error of the service, with the service's own words in brackets. It is empty for other errors.
func explain(err error) messages.Text {
	switch e := err.(type) {
	case *gigachat.APIKeyError:
		return messages.Sprintf("this is not an API key: %s", messages.Foreign(e.Problem))
	case *gigachat.KeyError:
		return messages.Sprintf("this is not an authorization key: %s", messages.Foreign(e.Problem))
	case *gigachat.Error:
		if meaning := meaningOf(e); !meaning.IsZero() {
			return messages.Sprintf("%s (%s)", meaning, e.Error())
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
