package flags

import "slices"

// Output is the table of gigabatch output.
var Output = slices.Concat(dialectFlags(""), Table{
	{Name: "output", Alias: "o", Group: groupWhere, Usage: "`FILE` to write instead of the last run's, - is standard output"},
	{Name: "overwrite", Kind: Switch, Group: groupWhere, Usage: "replace an output that gigabatch did not write"},
	{Name: "journal", Group: groupWhere, Usage: "`FILE` that keeps the answers (default: INPUT.gigabatch)"},
	{Name: "columns", Group: groupWhere, Usage: "`LIST` of columns to write instead of the last run's"},
	{Name: "completion-column", Group: groupWhere, Usage: "`NAME` of the column for the completions"},
	{Name: "quiet", Alias: "q", Kind: Switch, Group: groupScreen, Usage: "no summary"},
	{Name: "json", Kind: Switch, Group: groupScreen, Usage: "the summary as JSON on standard output"},
})

// Status is the table of gigabatch status.
var Status = Table{
	{Name: "journal", Group: groupWhere, Usage: "`FILE` that keeps the answers (default: INPUT.gigabatch)"},
	{Name: "json", Kind: Switch, Group: groupScreen, Usage: "as JSON, with every row that failed"},
}

// Ask is the table of gigabatch ask.
var Ask = slices.Concat(Model, Connection, Table{
	{Name: "stream", Kind: Switch, Group: groupScreen, Usage: "print the completion as it comes"},
	{Name: "quiet", Alias: "q", Kind: Switch, Group: groupScreen, Usage: "the completion alone"},
})

// Token is the table of gigabatch token.
var Token = slices.Concat(Connection, Table{
	{Name: "quiet", Alias: "q", Kind: Switch, Group: groupScreen, Usage: "the token alone"},
})

// Models is the table of gigabatch models.
var Models = slices.Concat(Connection, Table{
	{Name: "json", Kind: Switch, Group: groupScreen, Usage: "as JSON"},
})

// Doctor is the table of gigabatch doctor.
var Doctor = slices.Concat(Table{*Model.named("model")}, Connection)

// Serve is the table of gigabatch serve.
var Serve = slices.Concat(Table{
	{Name: "dir", Group: groupWhere, Usage: "`FOLDER` with the tables; what is dropped on the page goes there", Default: "."},
	{Name: "listen", Group: groupPage, Usage: "`ADDRESS` to serve on (default: 127.0.0.1:8765, or the next free port)"},
	{Name: "open", Kind: Switch, Group: groupPage, Usage: "open the page in the browser"},
	{Name: "password-file", Group: groupPage, Usage: "`FILE` with the password of the page (default: GIGABATCH_PASSWORD)"},
}, Connection)

// Sandbox is the table of gigabatch sandbox.
var Sandbox = Table{
	{Name: "listen", Usage: "loopback `ADDRESS`; port 0 is any free one", Default: "127.0.0.1:0"},
	{Name: "fault", Usage: "`FAULTS` to make, such as 500=0.2,429:1=0.05"},
	{Name: "scope", Usage: "`SCOPE` of the key (default: any)"},
	{Name: "streams", Kind: Whole, Usage: "at most `N` completions at once, -1 is no limit (default: 1 for GIGACHAT_API_PERS, else 10)"},
	{Name: "starts-per-minute", Kind: Whole, Usage: "at most `N` completions begun in a minute"},
	{Name: "retry-after", Usage: "`VALUE` of the Retry-After header of a 429 (default: no such header)"},
	{Name: "latency", Kind: Time, Usage: "`TIME` that a completion takes"},
	{Name: "jitter", Kind: Time, Usage: "now and then up to `TIME` longer"},
	{Name: "token-life", Kind: Time, Usage: "`TIME` that a token lives (default: 30m)"},
	{Name: "answer-bytes", Kind: Whole, Usage: "fill completions up to `N` bytes"},
	{Name: "no-format", Usage: "`MODELS` that refuse response_format, with commas between them"},
	{Name: "no-functions", Usage: "`MODELS` that refuse functions, with commas between them"},
	{Name: "seed", Kind: Unsigned, Usage: "`N` decides what is random"},
}
