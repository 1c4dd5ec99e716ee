// Package authkey recognises what a user pasted as an authorization key or an API key, and finds keys in texts.
package authkey

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// KeyError says why a text cannot be an authorization key. It contains nothing of the text.
type KeyError struct {
	Problem string // what was given instead, such as "a UUID alone"
	Cure    string // what to do about it, one sentence
}

func (e *KeyError) Error() string { return "authorization key: " + e.Problem }

// APIKeyError says why a text cannot be an API key. It contains nothing of the text.
type APIKeyError struct{ *KeyError }

func (e *APIKeyError) Error() string { return "API key: " + e.Problem }
func (e *APIKeyError) Unwrap() error { return e.KeyError }

const (
	cureCopy  = "copy the whole authorization key from the project's API settings at developers.sber.ru; it is about 100 characters long"
	curePairs = "copy the authorization key, which contains both, or set SBER_ID to the Client ID and SBER_SECRET to the Client Secret"
	cureAPI   = "copy the whole API key from the console of Cloud.ru"
	cureToken = "set GIGACHAT_ACCESS_TOKEN to the access token, or copy the authorization key from the project's API settings"
)

// Parse cleans up what a user pasted as an authorization key: the base64 of "Client ID:Client Secret", which Studio shows once
// (developers.sber.ru, api/reference/rest/post-token). The notes say what was fixed, one phrase each, such as "the word Basic or Bearer
// before the key was removed". If the text cannot be a key, the error is a [*KeyError].
func Parse(s string) (key string, notes []string, err error) {
	k := keyText{text: s}
	k.unwrap()
	if err := k.recognise(); err != nil {
		return "", nil, err
	}
	k.joinLines()
	key, err = k.decode()
	if err != nil {
		return "", nil, err
	}
	return key, k.notes, nil
}

// ParseAPI cleans up what a user pasted as a static key of a service such as Cloud.ru, as [Parse] does. An authorization key of Sber
// is refused: it is for Sber's hosts only. The error is an [*APIKeyError].
func ParseAPI(s string) (key string, notes []string, err error) {
	k := keyText{text: s}
	k.unwrap()
	id, _, _ := strings.Cut(Decode(k.text), ":")
	switch {
	case k.text == "":
		return "", nil, &APIKeyError{&KeyError{"it is empty", cureAPI}}
	case uuid.MatchString(id):
		return "", nil, &APIKeyError{&KeyError{"an authorization key of Sber", "set GIGACHAT_CREDENTIALS to it, without GIGACHAT_API_KEY"}}
	case strings.ContainsFunc(k.text, func(r rune) bool { return isBlank(r) || r > unicode.MaxASCII }):
		return "", nil, &APIKeyError{&KeyError{"it contains white space, or letters that are not Latin", cureAPI}}
	}
	return k.text, k.notes, nil
}

// Join returns the authorization key of a Client ID and a Client Secret. The error is a [*KeyError].
func Join(id, secret string) (string, error) {
	i, s := keyText{text: id}, keyText{text: secret}
	i.unwrap()
	s.unwrap()
	switch {
	case i.text == "":
		return "", &KeyError{"the Client ID is empty", curePairs}
	case s.text == "":
		return "", &KeyError{"the Client Secret is empty", curePairs}
	case strings.Contains(i.text, ":"):
		return "", &KeyError{"the Client ID contains a colon, as if the secret followed it", curePairs}
	case strings.HasPrefix(Decode(s.text), i.text+":"):
		return "", &KeyError{"the Client Secret is the authorization key itself", "set SBER_AUTH or GIGACHAT_CREDENTIALS to it, without SBER_ID"}
	case i.text == s.text:
		return "", &KeyError{"the Client ID and the Client Secret are the same", curePairs}
	case strings.ContainsFunc(i.text+s.text, unicode.IsSpace):
		return "", &KeyError{"the Client ID or the Client Secret contains white space", curePairs}
	}
	return base64.StdEncoding.EncodeToString([]byte(i.text + ":" + s.text)), nil
}

// keyText is a key while it is being cleaned up.
type keyText struct {
	text  string
	notes []string
}

func (k *keyText) note(s string) {
	if !slices.Contains(k.notes, s) {
		k.notes = append(k.notes, s)
	}
}

// unwrap removes what surrounds the key, in any order and any number of times. Removing the final line end of a file makes no note.
func (k *keyText) unwrap() {
	k.text = strings.TrimRight(k.text, "\r\n")
	for before := ""; before != k.text; {
		before = k.text
		k.replace(trimBlank(k.text), "white space around the key was removed")
		k.replace(strings.Trim(k.text, "\"'`«»“”„‘’<>,;"), "quotes around the key were removed")
		k.replace(variable.ReplaceAllString(k.text, "$1"), "the variable name before the key was removed")
		k.replace(header.ReplaceAllString(k.text, ""), "the word Authorization before the key was removed")
		k.replace(scheme.ReplaceAllString(k.text, ""), "the word Basic or Bearer before the key was removed")
	}
}

func (k *keyText) replace(text, note string) {
	if text != k.text {
		k.text = text
		k.note(note)
	}
}

var (
	variable = regexp.MustCompile(`(?s)^(?:export\s+|set\s+)?[A-Z][A-Z0-9_]*_[A-Z0-9_]+\s*=\s*([^=].*)$`)
	header   = regexp.MustCompile(`(?i)^authorization\s*[:=]\s*`)
	scheme   = regexp.MustCompile(`(?i)^(?:basic|bearer)(?:\s*:\s*|\s+|$)`)
	uuid     = regexp.MustCompile(`(?i)^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	jwt      = regexp.MustCompile(`^eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_.-]+$`)
)

// isBlank reports whether r is white space or invisible, such as a zero-width character or a byte order mark.
func isBlank(r rune) bool { return unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Cc) }

func trimBlank(s string) string { return strings.TrimFunc(s, isBlank) }

// recognise refuses a text that is clearly something else.
func (k *keyText) recognise() error {
	words := strings.FieldsFunc(k.text, isBlank)
	switch {
	case k.text == "":
		return &KeyError{"it is empty", cureCopy}
	case uuid.MatchString(k.text):
		return &KeyError{"a UUID alone, which is a Client ID or a Client Secret", curePairs}
	case len(words) > 1 && !slices.ContainsFunc(words, func(w string) bool { return !uuid.MatchString(w) }):
		return &KeyError{"several UUIDs, such as a Client ID and a Client Secret", curePairs}
	case jwt.MatchString(k.text):
		return &KeyError{"an access token, which is valid for only 30 minutes", cureToken}
	}
	return nil
}

// joinLines removes what terminals, mail programs and forms insert into a key.
func (k *keyText) joinLines() {
	joined := strings.Map(func(r rune) rune {
		if isBlank(r) {
			return -1
		}
		return r
	}, k.text)
	k.replace(joined, "a line break or a space inside the key was removed")
	k.replace(strings.NewReplacer(`\n`, "", `\r`, "").Replace(k.text), "a line break inside the key was removed")
	plain := strings.NewReplacer("%3D", "=", "%3d", "=", "%2B", "+", "%2b", "+", "%2F", "/", "%2f", "/").Replace(k.text)
	k.replace(plain, "percent signs in the key were decoded")
}

// decode checks what the key encodes and returns it in the one form that OAuth is known to accept: standard alphabet, padded, nothing else
// encoded with it.
func (k *keyText) decode() (string, error) {
	if id, secret, ok := strings.Cut(k.text, ":"); ok && uuid.MatchString(id) {
		k.note("the Client ID and the Client Secret were encoded in base64")
		return Join(id, secret)
	}
	inner := Decode(k.text)
	if inner == "" {
		return "", &KeyError{"not base64", cureCopy}
	}
	if twice := Decode(scheme.ReplaceAllString(trimBlank(inner), "")); twice != "" && strings.Contains(twice, ":") {
		k.note("the key was encoded twice in base64; once is enough")
		inner = twice
	}
	pair := trimBlank(inner)
	id, secret, colon := strings.Cut(pair, ":")
	switch {
	case !utf8.ValidString(inner) || strings.ContainsFunc(pair, unicode.IsControl):
		return "", &KeyError{"base64 of something that is not text; part of the key may be missing", cureCopy}
	case uuid.MatchString(id) && !colon:
		return "", &KeyError{"base64 of a Client ID or a Client Secret alone", curePairs}
	case !colon:
		return "", &KeyError{"base64 of a text without a colon, so not of a Client ID and a Client Secret", cureCopy}
	case id == "":
		return "", &KeyError{"base64 of a pair whose Client ID is empty", curePairs}
	case secret == "":
		return "", &KeyError{"base64 of a pair whose Client Secret is empty", curePairs}
	}
	if pair != inner {
		k.note("a line break that was encoded with the id and the secret was removed")
	}
	key := base64.StdEncoding.EncodeToString([]byte(pair))
	if key != k.text && len(k.notes) == 0 {
		k.note("the key was converted to standard base64")
	}
	return key, nil
}

// Decode decodes base64 in either alphabet, padded or not. It returns "" for anything else.
func Decode(s string) string {
	s = strings.TrimRight(trimBlank(s), "=")
	s = strings.NewReplacer("-", "+", "_", "/").Replace(s)
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return ""
	}
	return string(b)
}

var (
	pairText = regexp.MustCompile(`(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}:[!-~]{8,}`)
	apiKey   = regexp.MustCompile(`[A-Za-z0-9][A-Za-z0-9+=_-]{15,}\.[0-9a-f]{24,}`)
	mayBeKey = regexp.MustCompile(`eyJ[\w-]+\.[\w.-]+|[A-Za-z0-9][A-Za-z0-9+/_-]{22,}[A-Za-z0-9]={0,2}`)
)

// WithoutKeys returns a text in which "…" replaces each access token, each authorization key, each Client ID with its Client Secret, and each
// API key in the form of Cloud.ru.
func WithoutKeys(text string) string {
	return mayBeKey.ReplaceAllStringFunc(apiKey.ReplaceAllString(pairText.ReplaceAllString(text, "…"), "…"), func(found string) string {
		for rest, more := found, true; more; _, rest, more = strings.Cut(rest, "/") { // a key in the place of a file name
			if _, _, err := Parse(rest); err == nil || jwt.MatchString(rest) {
				return strings.TrimSuffix(found, rest) + "…"
			}
		}
		return found
	})
}
