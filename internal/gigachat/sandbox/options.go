package sandbox

import (
	"cmp"
	"time"
	"unicode/utf8"
)

// The scopes that the token endpoint accepts.
const (
	ScopePersonal  = "GIGACHAT_API_PERS"
	ScopeBusiness  = "GIGACHAT_API_B2B"
	ScopeCorporate = "GIGACHAT_API_CORP"
)

// TokenForm is the form in which the token endpoint writes a token.
type TokenForm string

// The known forms: expires_at in milliseconds (the schema), expires_at in seconds (the documentation's example), and tok with exp in
// seconds (installations with passwords).
const (
	TokenMillis  TokenForm = ""
	TokenSeconds TokenForm = "seconds"
	TokenTokExp  TokenForm = "tok"
)

// Options describe a sandbox. The zero value is an account without faults or latency. Its key is Key, its scope is whatever is requested,
// and its quota is that of the scope.
type Options struct {
	// Seed decides every random choice. The same seed, requests and options give the same faults and latencies, in whatever order and
	// however concurrently the requests arrive.
	Seed uint64

	Dialect       string        // "" is GigaChat's own, else OpenAI
	Key           string        // the authorization key, or the static key of the OpenAI dialect; default Key or APIKey
	Scope         string        // the scope of the key; "" accepts all three
	User          string        // of the password authorization; default User
	Password      string        // default Password
	AccessToken   string        // if set, a token that is valid from the start, for TokenLife
	Anonymous     bool          // an installation behind mTLS: requests need no bearer token
	TokenLife     time.Duration // default 30 minutes
	TokenForm     TokenForm
	ClockSkew     time.Duration // how far the server's clock is ahead of the true time
	Models        []string      // default Models(); others get 404
	NoFormat      []string      // models that refuse response_format (which do, and how, is a guess)
	NoFunctions   []string      // models that refuse functions
	ContextTokens int           // longer prompts get 413, or 422 if a document makes them longer; default 131072

	// TokensOf counts the tokens of a text of a prompt; by default, there is one for 3.5 characters.
	TokensOf func(text string) int

	// Packages are the prepaid packages: the tokens left by model. Completions do not use them up. An account without any, or of the
	// corporate scope, pays as it goes.
	Packages map[string]int64

	// TokenRequestsPerSecond is the limit of the token endpoint, which answers 429 beyond it. Default 10, negative for no limit.
	TokenRequestsPerSecond int

	// Streams is how many completions may be in flight at once; another one gets 429. 0 is the quota of the token's scope (1 for personal,
	// 10 for the others), negative is no limit.
	Streams int
	// StartsPerSecond and StartsPerMinute are how many completions may start within any second or minute; 0 is no limit.
	StartsPerSecond int
	StartsPerMinute int
	// RetryAfter is the value of the Retry-After header of these 429s, sent as given. By default no header is sent, as by the real service.
	RetryAfter string

	Latency     time.Duration // how long the model works on a completion
	Jitter      time.Duration // up to this much longer
	AnswerBytes int           // answers are padded to this many bytes, except structured ones

	Faults []Fault

	// OnChat, if set, is called for each completion that the quota admits, before anything else happens to it. The completion waits until
	// OnChat returns.
	OnChat func(prompt string)
}

func (o Options) withDefaults() Options {
	if o.Dialect == OpenAI {
		o.Key = cmp.Or(o.Key, APIKey)
	}
	o.Key = cmp.Or(o.Key, Key)
	o.User = cmp.Or(o.User, User)
	o.Password = cmp.Or(o.Password, Password)
	o.TokenLife = cmp.Or(o.TokenLife, 30*time.Minute)
	o.TokenRequestsPerSecond = cmp.Or(o.TokenRequestsPerSecond, 10)
	o.ContextTokens = cmp.Or(o.ContextTokens, 131072)
	if o.TokensOf == nil {
		o.TokensOf = func(text string) int { return tokensOf(utf8.RuneCountInString(text)) }
	}
	if o.Models == nil {
		o.Models = ModelsOf(o.Dialect)
	}
	return o
}

// anyScope returns the scope of tokens that were requested without a scope.
func (o Options) anyScope() string { return cmp.Or(o.Scope, ScopeCorporate) }
