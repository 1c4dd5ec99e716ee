package flags

import (
	"slices"

	"gigabatch/internal/jobs/pool"
)

// Tables are the tables of the commands that have flags, by the names of the commands.
var Tables = map[string]Table{
	"run": Run, "embed": Embed, "estimate": Estimate, "output": Output, "merge": Merge, "status": Status, "ctl": Control, "report": Report, "diff": Diff, "ask": Ask,
	"login": Login, "token": Token, "models": Models, "prices": Prices, "balance": Balance, "doctor": Doctor, "serve": Serve, "sandbox": Sandbox, "worker": Worker, "version": Version,
}

// Output is the table of gigabatch output.
var Output = slices.Concat(dialectFlags(""), Table{
	allowOutside,
	{Name: "output", Alias: "o", Group: groupWhere,
		Usage: "write the output to `FILE` instead of that of the last run; - is standard output"},
	{Name: "run", Group: groupWhere, Usage: "write the answers of run `N`, as the report numbers them, instead of the last one"},
	{Name: "overwrite", Kind: Switch, Group: groupWhere, Usage: "replace a file that gigabatch did not write"},
	{Name: "journal", Group: groupWhere, Usage: "`FILE` with the answers (default: INPUT.gigabatch)"},
	{Name: "columns", Group: groupWhere, Usage: "`LIST` of columns to write instead of those of the last run"},
	{Name: "completion-column", Group: groupWhere, Usage: "`NAME` of the column for the completions"},
	{Name: "quiet", Alias: "q", Kind: Switch, Group: groupScreen, Usage: "show no summary"},
	{Name: "json", Kind: Switch, Group: groupScreen, Usage: "print the summary as JSON on standard output"},
})

// Merge is the table of gigabatch merge: the flags of output, and one more.
var Merge = slices.Concat(Output, Table{
	{Name: "partial", Kind: Switch, Group: groupRows,
		Usage: "merge the shards that are there, although others are missing or unfinished or the input has changed; rows without an answer are pending"},
})

// Status is the table of gigabatch status.
var Status = slices.Concat(Table{
	allowOutside,
	{Name: "journal", Group: groupWhere, Usage: "`FILE` with the answers (default: INPUT.gigabatch)"},
	{Name: "offline", Kind: Switch, Group: groupBatches, Usage: "do not ask the service for the answers of batches"},
	{Name: "repost", Kind: Switch, Group: groupBatches,
		Usage: "have batches posted again of which it cannot be found out whether the service has them; their rows may be paid for twice"},
	{Name: "json", Kind: Switch, Group: groupScreen, Usage: "print the status as JSON, with every failed row"},
}, Connection)

// Control is the table of gigabatch ctl.
var Control = Table{
	allowOutside,
	{Name: "journal", Group: groupWhere, Usage: "`FILE` with the answers (default: INPUT.gigabatch)"},
	{Name: "json", Kind: Switch, Group: groupScreen, Usage: "print the state of the run as JSON"},
}

// ReportFormats are the values of --format of gigabatch report.
var ReportFormats = []string{"text", "json", "markdown", "html", "junit", "codequality"}

// Report is the table of gigabatch report.
var Report = Table{
	allowOutside,
	{Name: "format", Group: groupScreen, Default: "text", OneOf: ReportFormats,
		Usage: "`FORMAT` of the report: text, json, markdown, html, junit or codequality (of GitLab); by default, the extension of -o decides"},
	{Name: "output", Alias: "o", Group: groupWhere, Usage: "write the report to `FILE`"},
	{Name: "overwrite", Kind: Switch, Group: groupWhere, Usage: "replace the file if it exists"},
	{Name: "journal", Group: groupWhere, Usage: "`FILE` with the answers (default: INPUT.gigabatch)"},
	priceFile,
}

// Diff is the table of gigabatch diff.
var Diff = Table{
	{Name: "columns", Group: groupInput, Usage: "`LIST` of columns with answers (default: those of the runs)"},
	{Name: "input", Group: groupInput, Usage: "`FILE` that is the input of the journals, if it is not where they name it"},
	{Name: "json", Kind: Switch, Group: groupScreen, Usage: "print the comparison as JSON, with up to 1,000 changed rows"},
	{Name: "output", Alias: "o", Group: groupWhere, Usage: "write all rows with both answers side by side to `FILE` (.csv, .xlsx or .jsonl)"},
	{Name: "overwrite", Kind: Switch, Group: groupWhere, Usage: "replace the file if it exists"},
}

// Ask is the table of gigabatch ask.
var Ask = slices.Concat(Model, Connection, Table{
	NoShare,
	{Name: "stream", Kind: Switch, Group: groupScreen, Usage: "print the completion as it arrives"},
	{Name: "quiet", Alias: "q", Kind: Switch, Group: groupScreen, Usage: "print only the completion"},
})

// Token is the table of gigabatch token.
var Token = slices.Concat(Connection, Table{
	{Name: "quiet", Alias: "q", Kind: Switch, Group: groupScreen, Usage: "print only the token"},
})

// Login is the table of gigabatch login.
var Login = slices.Concat(slices.DeleteFunc(slices.Clone(Connection), func(f Flag) bool { return f.Name == "sandbox" }), Table{
	{Name: "offline", Kind: Switch, Group: groupConnection, Usage: "keep the key without asking the service whether it knows it"},
})

// Models is the table of gigabatch models.
var Models = slices.Concat(Connection, Table{
	{Name: "json", Kind: Switch, Group: groupScreen, Usage: "print the list as JSON"},
})

// Estimate is the table of gigabatch estimate: the flags of run, without the other ways of trying one, and without those that say what a run
// leaves unless a job file may set them.
var Estimate = slices.DeleteFunc(slices.Clone(Run), func(f Flag) bool {
	return f.Name == "estimate" || f.Name == "preview" || f.Name == "dry-run" || f.Group == groupWorkers || f.Group == groupUnattended && f.NoKey
})

// Prices is the table of gigabatch prices.
var Prices = Table{priceFile, {Name: "json", Kind: Switch, Group: groupScreen, Usage: "print the list as JSON"}}

// Balance is the table of gigabatch balance.
var Balance = slices.Concat(Connection, Table{
	{Name: "json", Kind: Switch, Group: groupScreen, Usage: "print the list as JSON"},
})

// Doctor is the table of gigabatch doctor.
var Doctor = slices.Concat(Table{*Model.named("model")}, Connection)

// Serve is the table of gigabatch serve.
var Serve = slices.Concat(Table{
	{Name: "dir", Group: groupPage, Usage: "`FOLDER` with the tables; files dropped on the page are saved there", Default: "."},
	{Name: "listen", Group: groupPage, Usage: "`ADDRESS` to listen on (default: 127.0.0.1:8765, or the next free port)"},
	{Name: "open", Kind: Switch, Group: groupPage, Usage: "open the page in the browser"},
	{Name: "password-file", Group: groupPage, Usage: "`FILE` with the password of the page (default: GIGABATCH_PASSWORD)"},
	{Name: "tls-cert", Group: groupPage, Usage: "PEM `FILE` with the certificate of the page, which is then served over HTTPS"},
	{Name: "tls-key", Group: groupPage, Usage: "PEM `FILE` with the private key of the certificate, without a passphrase"},
	{Name: "host", Kind: Repeated, Group: groupPage, Usage: "`NAME` that a reverse proxy or DNS gives the page; may be given several times"},
	priceFile, NoShare,
}, Connection)

// Sandbox is the table of gigabatch sandbox.
var Sandbox = Table{
	{Name: "listen", Usage: "loopback `ADDRESS` to listen on; port 0 is any free port", Default: "127.0.0.1:0"},
	{Name: "dialect", OneOf: Dialects,
		Usage: "`DIALECT` of the API: gigachat, or openai as at Cloud.ru (default: gigachat)"},
	{Name: "models", Usage: "`MODELS` that exist, separated by commas (default: those of the service)"},
	{Name: "fault", Usage: "`FAULTS` to inject, for example 500=0.2,429:1=0.05"},
	{Name: "scope", OneOf: Scopes, Usage: "`SCOPE` of the key (default: any)"},
	{Name: "streams", Kind: Whole, Usage: "at most `N` completions at once, -1 for no limit (default: 1 for GIGACHAT_API_PERS, else 10)"},
	{Name: "starts-per-second", Kind: Whole, Usage: "at most `N` completions started in a second"},
	{Name: "starts-per-minute", Kind: Whole, Usage: "at most `N` completions started in a minute"},
	{Name: "retry-after", Usage: "`VALUE` of the Retry-After header of a 429 (default: no header)"},
	{Name: "latency", Kind: Time, Usage: "`TIME` that a completion takes"},
	{Name: "jitter", Kind: Time, Usage: "random additional time, up to `TIME`"},
	{Name: "token-life", Kind: Time, Usage: "lifetime of a token, `TIME` (default: 30m)"},
	{Name: "answer-bytes", Kind: Whole, Usage: "pad completions to `N` bytes"},
	{Name: "packages",
		Usage: "prepaid `PACKAGES`, for example GigaChat-2=1000000,GigaChat-2-Max=5000 (default: the account pays as it goes); completions do not use them up"},
	{Name: "no-format", Usage: "`MODELS` that reject response_format, separated by commas"},
	{Name: "no-functions", Usage: "`MODELS` that reject functions, separated by commas"},
	{Name: "dimensions", Kind: Whole, Usage: "vectors of `N` numbers (default: 8)"},
	{Name: "batch-delay", Kind: Time, Usage: "`TIME` from the creation of a batch to its completion (default: none)"},
	{Name: "batch-late", Kind: Time, Usage: "`TIME` in which polls and lists do not know a new batch (default: none)"},
	{Name: "batch-expire", Kind: Time, Usage: "`TIME` after which a batch ends with the answers that it has (default: never)"},
	{Name: "batch-end", Usage: "`STATUS` of such a batch (default: expired)"},
	{Name: "batch-lines", Kind: Whole, Usage: "at most `N` requests in a batch (default: 500)"},
	{Name: "batch-models", Usage: "`MODELS` that batches reject, separated by commas"},
	{Name: "batch-order", OneOf: []string{"shuffled", "kept"}, Usage: "`ORDER` of the results: shuffled or kept (default: shuffled)"},
	{Name: "batch-shape", OneOf: []string{"array", "batches", "data", "single"},
		Usage: "`SHAPE` of a list of batches: array, batches, data or single (default: array)"},
	{Name: "batch-times", OneOf: []string{"seconds", "milliseconds"},
		Usage: "`UNIT` of the times of a batch: seconds or milliseconds (default: seconds)"},
	{Name: "batch-files", OneOf: []string{"output", "error", "result"},
		Usage: "`FORM` of the results: output, error (errors in another file) or result (other names, and the input is kept) (default: output)"},
	{Name: "batch-odd", Usage: "`FAULTS` of the results, separated by commas: doubled, missing, unknown"},
	{Name: "seed", Kind: Unsigned, Usage: "seed `N` of everything random"},
}

// Worker is the table of gigabatch worker.
var Worker = slices.Concat(Table{
	{Name: "own-key", Kind: Switch, Group: groupWorkers,
		Usage: "use the key of this machine, with a quota of its own, instead of an access token of the run"},
	{Name: "concurrency", Alias: "c", Kind: Whole, Group: groupWorkers, Default: pool.DefaultConcurrency, Min: 1,
		Usage: "at most `N` requests in flight of this worker; the run decides how many of them there are"},
}, slices.DeleteFunc(slices.Clone(Connection), func(f Flag) bool { return f.Name == "sandbox" }))

// Version is the table of gigabatch version.
var Version = Table{{Name: "json", Kind: Switch, Group: groupScreen, Usage: "print the build as JSON"}}
