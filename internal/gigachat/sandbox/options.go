package sandbox

import (
	"cmp"
	"slices"
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

	// Dimensions is how many numbers the vectors of embeddings have. Default 8, so that files stay small; real ones have 1024 and more.
	Dimensions int

	// BatchDelay is the time from the creation of a batch to its completion. It is in progress from a third of it; its lines are made, and
	// billed, evenly after that. They take no place within the quota.
	BatchDelay  time.Duration
	BatchLate   time.Duration // how long polls and lists do not know a new batch
	BatchExpire time.Duration // a batch that is not completed by then ends with what there is; 0 means never
	BatchEnd    string        // the status of such a batch; default expired
	BatchLines  int           // most lines of a batch, more get 413 (a guess); default 500
	BatchModels []string      // models that batches do not have: their lines get 404
	BatchOrder  string        // of the results: "" is shuffled, else kept
	BatchShape  string        // of a list: "" is a bare array, else batches, data, or single (one batch is no list)
	BatchTimes  string        // "" is seconds, else milliseconds

	// BatchFiles names the files of a batch: "" is one file under output_file_id; error is another one for errors, under error_file_id;
	// result is result_file_id, an input_file_id, and results with custom_id and response.
	BatchFiles string

	BatchOdd []string // faults of the results, of BatchOdds

	Faults []Fault

	// OnChat, if set, is called for each completion that the quota admits, before anything else happens to it. The completion waits until
	// OnChat returns. It is not called for those of batches.
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
	o.Dimensions = cmp.Or(o.Dimensions, 8)
	o.BatchLines = cmp.Or(o.BatchLines, 500)
	o.BatchEnd = cmp.Or(o.BatchEnd, "expired")
	if o.TokensOf == nil {
		o.TokensOf = func(text string) int { return tokensOf(utf8.RuneCountInString(text)) }
	}
	if o.Models == nil {
		o.Models = ModelsOf(o.Dialect)
	}
	return o
}

// BatchOdds are the faults of the results of batches: a line is there twice; one line of two or more is not there, and was not made; a line
// has an id that nobody posted.
var BatchOdds = []string{"doubled", "missing", "unknown"}

// odd reports whether the results have a fault.
func (o Options) odd(fault string) bool { return slices.Contains(o.BatchOdd, fault) }

// anyScope returns the scope of tokens that were requested without a scope.
func (o Options) anyScope() string { return cmp.Or(o.Scope, ScopeCorporate) }
