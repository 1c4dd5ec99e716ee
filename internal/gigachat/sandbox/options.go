package sandbox

import (
	"cmp"
	"time"
)

// The scopes that the token endpoint knows.
const (
	ScopePersonal  = "GIGACHAT_API_PERS"
	ScopeBusiness  = "GIGACHAT_API_B2B"
	ScopeCorporate = "GIGACHAT_API_CORP"
)

// TokenForm is how the token endpoint writes a token down.
type TokenForm string

// The forms seen: expires_at in milliseconds (the schema), in seconds (the documentation's example), and tok with exp
// in seconds (installations with passwords).
const (
	TokenMillis  TokenForm = ""
	TokenSeconds TokenForm = "seconds"
	TokenTokExp  TokenForm = "tok"
)

// Options describe a sandbox. The zero value is an account without faults or latency whose key is Key, whose scope is
// whatever is requested, and whose quota is that of the scope.
type Options struct {
	// Seed decides every random choice. The same seed, requests and options give the same faults and latencies, in
	// whatever order and however many at once the requests arrive.
	Seed uint64

	Key           string        // the authorization key; default Key
	Scope         string        // the scope of the key; "" allows each of the three
	User          string        // of the password authorization; default User
	Password      string        // default Password
	AccessToken   string        // if set, a token that is live from the start, for TokenLife
	Anonymous     bool          // an installation behind mTLS: requests need no bearer
	TokenLife     time.Duration // default 30 minutes
	TokenForm     TokenForm
	ClockSkew     time.Duration // how far the server's clock is ahead of the true time
	Models        []string      // default Models(); others are 404
	NoFormat      []string      // models that refuse response_format (a guess: nothing public says which do, or how)
	NoFunctions   []string      // models that refuse functions
	ContextTokens int           // longer prompts are 413, or 422 if it is by a document; default 131072

	// TokenRequestsPerSecond is the limit of the token endpoint, beyond which it answers 429. Default 10, negative none.
	TokenRequestsPerSecond int

	// Streams is how many completions may be under way at once; the next one is answered 429. 0 is the quota of the
	// token's scope (1 for personal, 10 for the others), negative is no limit.
	Streams int
	// StartsPerSecond and StartsPerMinute are how many completions may begin within any second or minute; 0 is no limit.
	StartsPerSecond int
	StartsPerMinute int
	// RetryAfter is the value of the Retry-After header of those 429s, as it stands. Default "", no such header, which
	// is what the real service does.
	RetryAfter string

	Latency     time.Duration // how long the model works on a completion
	Jitter      time.Duration // up to so much longer
	AnswerBytes int           // answers are filled up to so many bytes, except for structured ones

	Faults []Fault

	// OnChat, if set, is called for each completion that the quota admits, before anything else happens to it. The
	// completion waits until it returns.
	OnChat func(prompt string)
}

func (o Options) withDefaults() Options {
	o.Key = cmp.Or(o.Key, Key)
	o.User = cmp.Or(o.User, User)
	o.Password = cmp.Or(o.Password, Password)
	o.TokenLife = cmp.Or(o.TokenLife, 30*time.Minute)
	o.TokenRequestsPerSecond = cmp.Or(o.TokenRequestsPerSecond, 10)
	o.ContextTokens = cmp.Or(o.ContextTokens, 131072)
	if o.Models == nil {
		o.Models = Models()
	}
	return o
}

// anyScope is the scope of tokens that were not requested by scope.
func (o Options) anyScope() string { return cmp.Or(o.Scope, ScopeCorporate) }
