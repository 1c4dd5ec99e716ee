package flags

import (
	"slices"
	"strings"

	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/blast"
	"gigabatch/internal/jobs/estimate"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// The headings under which help lists flags. Help sorts them by name.
const (
	groupWhat       = "Prompt and model"
	groupForm       = "Form of the answer"
	groupLong       = "Long texts"
	groupAgain      = "Asking again"
	groupFollow     = "Following up"
	groupWhere      = "Output and journal"
	groupInput      = "Input"
	groupRows       = "Row selection"
	groupLimits     = "Limits and retries"
	groupCost       = "Cost"
	groupBatches    = "Batches"
	groupConnection = "Service and credentials"
	groupUnattended = "Unattended runs"
	groupWorkers    = "Several machines"
	groupPage       = "Page"
	groupScreen     = "Display"
)

// Scopes lists the scopes that a key may have.
var Scopes = []string{sandbox.ScopePersonal, sandbox.ScopeBusiness, sandbox.ScopeCorporate}

// Dialects lists the dialects of the API that a sandbox speaks.
var Dialects = []string{"gigachat", sandbox.OpenAI}

// Input formats that some flags are limited to.
var (
	workbooks = []table.Format{table.XLSX}
	csvFiles  = []table.Format{table.CSV}
	tables    = []table.Format{table.CSV, table.XLSX}
)

// Run is the table of gigabatch run. Its flags are also the keys of job files.
var Run = slices.Concat(outputFlags, dialectFlags("on"), inputFlags, rowFlags, promptFlags, formFlags, followFlags, attachFlags, Model, limitFlags, batchFlags,
	workerFlags, againFlags, costFlags, unattendedFlags, Connection, screenFlags)

var allowOutside = Flag{
	Name: "allow-outside", Kind: Switch, NoKey: true, Group: groupWhere, Usage: "let a job file name files outside its folder",
}

var outputFlags = Table{
	allowOutside,
	{Name: "output", Alias: "o", Group: groupWhere, File: true,
		Usage: "write the output to `FILE`; the extension sets the format, - is standard output (default: NAME.answers.EXT)"},
	{Name: "overwrite", Kind: Switch, Group: groupWhere,
		Usage: "replace a file that gigabatch did not write; with --in-place, replace your own texts in the completion column"},
	{Name: "out-dir", Group: groupWhere, Usage: "write the completion of each row to a file NAME.md in `DIR`", File: true},
	{Name: "out-name", Group: groupWhere,
		Usage: "`TEMPLATE` for the names of these files, for example \"{{id}}\" (default: name of the document, or row-N)"},
	{Name: "in-place", Kind: Switch, Group: groupWhere, Usage: "write the answers into the input file itself"},
	{Name: "journal", Group: groupWhere, Usage: "keep the answers in `FILE` (default: INPUT.gigabatch)", File: true},
	{Name: "completion-column", Group: groupWhere, Default: spec.DefaultCompletionColumn, Columns: ForOneColumn,
		Usage: "`NAME` of the column for the completions"},
	{Name: "value-prefix", Group: groupWhere, Columns: ForOneColumn,
		Usage: "`TEXT` to put before the names of the columns for the values of a schema"},
	{Name: "columns", Kind: List, Group: groupWhere, Default: strings.Join(spec.DefaultOutputColumns, ","), Key: "output_columns",
		Usage: "`LIST` of columns to write: " + strings.Join(spec.KnownOutputColumns, ", ")},
}

// dialectFlags are the flags for writing a CSV output. guard is the default of --formula-guard.
func dialectFlags(guard string) Table {
	return Table{
		{Name: "csv-dialect", Group: groupWhere, OneOf: table.CSVDialects,
			Usage: "`DIALECT` of a CSV output; a Russian Excel opens excel-ru (default: that of the input)"},
		{Name: "formula-guard", Group: groupWhere, Default: guard, OneOf: []string{"on", "off"},
			Usage: "`on|off`: in a CSV file, put an apostrophe before answers that a spreadsheet would run as a formula"},
	}
}

// inputFlags are the flags for reading the input.
var inputFlags = Table{
	{Name: "format", Group: groupInput,
		Usage: "`FORMAT` of the input: csv, xlsx, jsonl, or documents to read tables as documents (default: by extension)"},
	{Name: "sheet", Group: groupInput, Formats: workbooks,
		Usage: "`SHEET` of a workbook, by name or number (default: the first visible sheet)"},
	{Name: "all-sheets", Kind: Switch, Group: groupInput, Usage: "read all visible sheets of a workbook", Formats: workbooks},
	{Name: "raw-values", Kind: Switch, Group: groupInput, Formats: workbooks,
		Usage: "use the stored values of workbook cells instead of the displayed ones"},
	{Name: "header-row", Kind: Whole, Group: groupInput, Min: 1, Formats: tables,
		Usage: "the header is in row (or line) `N` (default: detected)"},
	{Name: "no-header", Kind: Switch, Group: groupInput, Formats: tables,
		Usage: "the table has no header; the columns are named A, B, C …"},
	{Name: "delimiter", Group: groupInput, Formats: csvFiles,
		Usage: "`CHARACTER` between the cells of a CSV file, or tab (default: detected)"},
	{Name: "encoding", Group: groupInput, Formats: csvFiles,
		Usage: "`NAME` of the encoding of a CSV file, for example windows-1251 (default: detected)"},
}

// rowFlags are the flags that select rows.
var rowFlags = Table{
	{Name: "rows", Group: groupRows, Usage: "only these `ROWS` of the sheet or lines of the file: 2-500, 7, 2-10,20-30 or 500-"},
	{Name: "where", Kind: Repeated, Group: groupRows,
		Usage: "only rows where `COLUMN=VALUE`; also !=, ~ (contains; *~TEXT in any column), in [\"A\",\"B\"], and <, >, <= and >= for numbers and dates; " +
			"if given several times, all must hold"},
	{Name: "skip-empty", Kind: Repeated, Group: groupRows, Columns: ForAllColumns,
		Usage: "only rows where `COLUMN` is not empty; can be given several times"},
	{Name: "visible-only", Kind: Switch, Group: groupRows, Usage: "skip the hidden rows of a workbook", Formats: workbooks},
	{Name: "keep-rows", Group: groupRows, Formats: tables,
		Usage: "also these `ROWS`, which are left out as no data: a repeated header, the totals of a table, the numbers of the columns"},
	{Name: "skip-suspect", Kind: Switch, Group: groupRows, Formats: tables,
		Usage: "skip rows that look like no data: totals, units, notes and another table below a gap"},
	{Name: "limit", Kind: Whole, Group: groupRows, Usage: "only the first `N` of the selected rows", Min: 1},
	{Name: "shard", NoKey: true, Group: groupRows,
		Usage: "only the `SHARD` 2/8 of the selected rows, with a journal of its own, INPUT.2-of-8.gigabatch; gigabatch merge writes the output"},
}

var promptFlags = Table{
	{Name: "prompt", Alias: "p", Group: groupWhat, Columns: ForOneColumn,
		Usage: "prompt `TEMPLATE`, for example \"Summarize: {{text}}\" (default: the column prompt, question, text or content, вопрос, запрос, промпт or текст)"},
	{Name: "prompt-file", Group: groupWhat, Usage: "read the prompt template from `FILE`", File: true, Columns: ForOneColumn},
	{Name: "few-shot", Group: groupWhat, File: true, Columns: ForAllColumns,
		Usage: "`FILE` with examples, one per line: {\"user\": \"…\", \"assistant\": \"…\"}"},
	{Name: "row-params", Kind: List, Group: groupWhat, Columns: ForAllColumns,
		Usage: "`LIST` of columns that set a parameter for their row: " + strings.Join(spec.RowParams, ", ")},
	{Name: "long", Group: groupLong, Default: "ask", Columns: ForAllColumns,
		Usage: "`ask|split`: send a text that is too long for the model as it is, or in parts and join the answers"},
	{Name: "context", Kind: Whole, Group: groupLong, Columns: ForAllColumns,
		Usage: "size of the model's context, `N` tokens (default: the known size)"},
	{Name: "join-prompt", Group: groupLong, Columns: ForAllColumns,
		Usage: "`TEMPLATE` of the prompt that joins the answers to the parts; it must contain {{parts}} and may contain {{task}}"},
	{Name: "join-prompt-file", Group: groupLong, Usage: "read that template from `FILE`", File: true, Columns: ForAllColumns},
}

// formFlags are the flags for the form of the answer.
var formFlags = Table{
	{Name: "choices", Kind: List, Filled: true, Group: groupForm, Columns: ForOneColumn,
		Usage: "the answer must be exactly one of `LIST`, for example \"complaint, question, praise\""},
	{Name: "schema", Kind: Form, Group: groupForm, File: true, Columns: ForOneColumn,
		Usage: "the answer must be an object that matches the JSON Schema in `FILE`; each property gets a column"},
	{Name: "repairs", Kind: Whole, Group: groupForm, Default: spec.DefaultRepairs, Columns: ForAllColumns,
		Usage: "ask up to `N` times for a better answer if one does not match"},
}

// followFlags are the flags for requests that follow others.
var followFlags = Table{
	{Name: "on-length", Group: groupFollow, Default: "keep", Columns: ForAllColumns,
		Usage: "`keep|raise`: keep an answer that was cut off at the token limit, or ask again with twice the limit until it fits the context"},
	{Name: "on-blocked", Group: groupFollow, Columns: ForAllColumns,
		Usage: "`keep|retry-model|fail`: keep a row blocked by moderation, ask another model, or count the row as failed, so that --retry-failed asks it"},
	{Name: "blocked-model", Group: groupFollow, Columns: ForAllColumns, Usage: "`MODEL` to ask about rows that moderation blocked"},
	{Name: "fallback-model", Group: groupFollow, Columns: ForAllColumns,
		Usage: "`MODEL` to ask once the package of the model is used up (402)"},
}

// attachFlags are the flags for attached files.
var attachFlags = Table{
	{Name: "attach", Group: groupWhat, Columns: ForAllColumns,
		Usage: "`COLUMN` with the paths of files to attach to the prompt, separated by ; or line breaks"},
	{Name: "attach-root", Group: groupWhat, File: true,
		Usage: "`DIR` that contains the attached files; no other file is opened (default: the folder of the input)"},
}

// Model has the flags for the model and its parameters.
var Model = Table{
	{Name: "model", Alias: "m", Group: groupWhat, Columns: ForAllColumns,
		Usage: "`MODEL` to use (default: GIGACHAT_MODEL, else GigaChat-2)"},
	{Name: "system", Group: groupWhat, Usage: "system prompt `TEXT`, the same for every row", Columns: ForAllColumns},
	{Name: "system-file", Group: groupWhat, Usage: "read the system prompt from `FILE`", File: true, Columns: ForAllColumns},
	{Name: "temperature", Kind: Number, Group: groupWhat, Columns: ForAllColumns,
		Usage: "randomness `T`; above 2 is very random; 0 is sent as top_p 0"},
	{Name: "top-p", Kind: Number, Group: groupWhat, Usage: "nucleus sampling `P`, from 0 to 1", Columns: ForAllColumns},
	{Name: "max-tokens", Kind: Whole, Group: groupWhat, Usage: "at most `N` tokens in a completion", Columns: ForAllColumns},
	{Name: "repetition-penalty", Kind: Number, Group: groupWhat, Columns: ForAllColumns,
		Usage: "penalty `R` for repetition, above 0; 1 means none"},
}

// limitFlags are the flags for the rate and the duration of a run.
var limitFlags = Table{
	{Name: "concurrency", Alias: "c", Group: groupLimits, Default: "auto",
		Usage: "at most `N` requests at once; auto finds the limit of the key"},
	{Name: "rpm", Kind: Whole, Group: groupLimits, Usage: "at most `N` requests a minute, evenly spaced", Min: 1},
	{Name: "tpm", Kind: Whole, Group: groupLimits, Usage: "at most `N` tokens a minute", Min: 1},
	{Name: "max-attempts", Kind: Whole, Group: groupLimits, Default: pool.DefaultMaxAttempts, Min: 1,
		Usage: "at most `N` attempts for a row; a 429 does not count"},
	{Name: "grace", Kind: Time, Group: groupLimits, Usage: "after Ctrl-C, wait at most `TIME` for answers in progress (default: 30s)"},
	{Name: "max-rounds", Kind: Whole, Group: groupLimits, Default: jobs.DefaultMaxRounds, Min: 1,
		Usage: "if the input changes during the run, ask about new and changed rows in at most `N` rounds"},
	NoShare,
	{Name: "max-outage", Kind: Time, Group: groupLimits, Usage: "stop after `TIME` without a successful request (default: 15m)"},
	{Name: "max-tokens-total", Kind: Whole, Group: groupLimits, Min: 1,
		Usage: "stop in order before the run spends more than `N` tokens, prompts and completions together (needs --max-tokens)"},
	{Name: "max-cost", Kind: Number, Group: groupLimits,
		Usage: "stop in order before the run spends more than `RUB` rubles, estimated by the table of prices (needs --max-tokens)"},
	{Name: "daily-budget", Kind: Number, Group: groupLimits,
		Usage: "stop in order before all runs in this folder spend more than `RUB` rubles on a day (needs --max-tokens)"},
	{Name: "max-time", Kind: Time, Group: groupLimits, Usage: "stop in order after `TIME`"},
	{Name: "keep-going", Kind: Switch, Group: groupLimits,
		Usage: "go on if the first 20 requests, or 50 in a row later, fail for good in the same way"},
}

// ValuesOf returns the permitted values of a flag of run.
func ValuesOf(name string) []string { return Run.named(name).OneOf }

// workerFlags are the flags for workers on other machines.
var workerFlags = Table{
	{Name: "workers", NoKey: true, Group: groupWorkers,
		Usage: "have the requests sent by the workers at the NATS server `URL` (gigabatch worker URL); the quota is that of one run"},
	{Name: "hub", NoKey: true, Group: groupWorkers,
		Usage: "the same with a server in this process that listens on `ADDRESS`, such as 127.0.0.1:4222; any other than loopback needs TLS and credentials"},
	{Name: "hub-monitor", NoKey: true, Group: groupWorkers,
		Usage: "serve the monitoring of that server, with the backlog for KEDA, at `ADDRESS`, such as 127.0.0.1:8222; the rule is that of --hub"},
}

// batchFlags are the flags for asynchronous batches.
var batchFlags = Table{
	{Name: "via", Group: groupBatches, Default: "live", OneOf: []string{"live", task.ViaBatch, task.ViaAuto, task.ViaHybrid},
		Usage: "`live|batch|auto|hybrid`: ask each row by a request, or all through asynchronous batches at half the price; auto asks live if the key has no " +
			"right to batches, hybrid asks live what is open shortly before --deadline"},
	{Name: "deadline", Group: groupBatches,
		Usage: "`TIME` by which the rows of --via hybrid are to be answered: 18:00 (the next time it is so late), or 2026-12-24 18:00"},
	{Name: "detach", Kind: Switch, Group: groupBatches,
		Usage: "end once all batches are posted; a later gigabatch run or gigabatch status collects the answers"},
	{Name: "batch-lines", Kind: Whole, Group: groupBatches, Default: task.DefaultBatchLines, Min: 1, Usage: "at most `N` requests in a batch"},
	{Name: "batch-stragglers", Group: groupBatches, Default: "batch", OneOf: []string{"batch", "live"},
		Usage: "`batch|live`: ask a row that a batch did not answer in the next batch, or live"},
	{Name: "repost", Kind: Switch, NoKey: true, Group: groupBatches,
		Usage: "post batches again of which it cannot be found out whether the service has them; their rows may be paid for twice"},
}

var againFlags = Table{
	{Name: "retry-failed", Kind: Switch, Group: groupAgain, Usage: "ask again about the rows that the service rejected"},
	{Name: "fresh", Kind: Switch, Group: groupAgain, Usage: "ask about every row again, and pay again"},
	{Name: "canary", Kind: Whole, Group: groupLimits, Min: 1,
		Usage: "ask `N` random rows first, once for each definition of the columns, and go on only if they went well"},
	{Name: "canary-max-failures", Group: groupLimits, Default: "10%",
		Usage: "how many rows of the canary may fail or be blocked, `PERCENT`"},
	{Name: "confirm-above", NoKey: true, Group: groupAgain, Default: blast.UsualAbove.String(),
		Usage: "if more than so many requests, or rubles, ask again what has an answer, confirm it first: `LIMIT`, such as 5000,2000rub"},
	{Name: "yes", Alias: "y", Kind: Switch, NoKey: true, Group: groupAgain, Usage: "do not ask for confirmation (see --confirm-above)"},
	{Name: "no-dedupe", Kind: Switch, Group: groupAgain, Usage: "send identical requests separately, so that each row gets its own answer"},
}

// priceFile names a file with prices. It is no key of a job file: what comes with a table must not make it look cheaper.
var priceFile = Flag{
	Name: "price-file", NoKey: true, Group: groupCost,
	Usage: "CSV `FILE` with your own prices, which come before the known ones (default: GIGABATCH_PRICE_FILE)",
}

// costFlags are the flags for what a run costs.
var costFlags = Table{
	{Name: "estimate", Kind: Switch, NoKey: true, Group: groupCost,
		Usage: "estimate what the run will cost, like gigabatch estimate; nothing is asked or written"},
	{Name: "sample", Kind: Whole, NoKey: true, Group: groupCost, Default: estimate.DefaultSample, Min: 1,
		Usage: "for an estimate, let the service count the tokens of `N` requests"},
	{Name: "offline", Kind: Switch, NoKey: true, Group: groupCost,
		Usage: "estimate from the length of the texts; nothing is sent"},
	priceFile,
}

// Connection has the flags for the service and the credentials. None of them takes a secret.
var Connection = Table{
	{Name: "key-file", Group: groupConnection, File: true,
		Usage: "`FILE` with the authorization key (default: GIGACHAT_CREDENTIALS, also from .env, else the keyring)"},
	{Name: "key-stdin", Kind: Switch, Group: groupConnection, Usage: "read the authorization key from standard input"},
	{Name: "key-command", NoKey: true, Group: groupConnection,
		Usage: "run `COMMAND`, such as that of a password manager, and read the key from its first line (default: GIGABATCH_KEY_COMMAND)"},
	{Name: "scope", Group: groupConnection, OneOf: Scopes,
		Usage: "`SCOPE` of the key: GIGACHAT_API_PERS, GIGACHAT_API_B2B or GIGACHAT_API_CORP (default: GIGACHAT_SCOPE, else GIGACHAT_API_PERS)"},
	{Name: "base-url", Group: groupConnection,
		Usage: "`URL` of the API (default: GIGACHAT_BASE_URL, else https://api.giga.chat/v1, or Cloud.ru with GIGACHAT_API_KEY)"},
	{Name: "auth-url", Group: groupConnection, Usage: "`URL` of the token endpoint (default: GIGACHAT_AUTH_URL, else that of Sber)"},
	{Name: "trust-host", Kind: Repeated, NoKey: true, Group: groupConnection,
		Usage: "`HOST` that may get the key, although only .env or a job file names it; can be repeated"},
	{Name: "ca-file", Group: groupConnection, File: true,
		Usage: "PEM or DER `FILE` with additional trusted root certificates (default: GIGACHAT_CA_BUNDLE_FILE)"},
	{Name: "client-cert", Group: groupConnection, File: true,
		Usage: "PEM `FILE` with a client certificate (default: GIGACHAT_CERT_FILE)"},
	{Name: "client-key", Group: groupConnection, File: true,
		Usage: "PEM `FILE` with the key of the client certificate (default: GIGACHAT_KEY_FILE)"},
	{Name: "timeout", Kind: Time, Group: groupConnection,
		Usage: "wait at most `TIME` for an answer (default: GIGACHAT_TIMEOUT, else 120s)"},
	{Name: "sandbox", Kind: Switch, Group: groupConnection, Usage: "use the embedded sandbox: no account, no network, no cost"},
}

// NoShare is the switch of what shares the quota of the key.
var NoShare = Flag{Name: "no-share", Kind: Switch, NoKey: true, Group: groupLimits,
	Usage: "share neither the quota nor the access token of the key with other gigabatch processes of this user"}

// LockedWays and KeyWays are the values of --if-locked and --no-key.
var (
	LockedWays = []string{"fail", "wait", "skip"}
	KeyWays    = []string{"fail", "skip"}
)

// unattendedFlags are the flags for runs that nobody watches.
var unattendedFlags = Table{
	{Name: "fail-if", Kind: Repeated, Group: groupUnattended,
		Usage: "exit code 3 only if `CONDITION` holds, such as \"failed>5%\" or \"cost>300\", instead of for any row that failed or was blocked; if given several times, one is enough"},
	{Name: "fail-fast", Kind: Switch, Group: groupUnattended,
		Usage: "stop as soon as it is certain that the exit code will be 3"},
	{Name: "if-locked", NoKey: true, Group: groupUnattended, Default: "fail", OneOf: LockedWays,
		Usage: "`fail|wait|skip`: what to do while another run is using this job; skip ends with exit code 0"},
	{Name: "no-key", NoKey: true, Group: groupUnattended, Default: "fail", OneOf: KeyWays,
		Usage: "`fail|skip`: what to do if rows are to be asked and there is no key, as in the build of a fork; skip ends with exit code 0"},
	{Name: "report", Kind: Repeated, NoKey: true, Group: groupUnattended,
		Usage: "write a report of all runs to `FILE` at the end: .html, .md, .txt, .json, .xml (JUnit), or *quality*.json (Code Quality of GitLab); can be given several times"},
	{Name: "metrics-file", NoKey: true, Group: groupUnattended,
		Usage: "write metrics to `FILE` at the end, for the textfile collector of Prometheus"},
	{Name: "events", NoKey: true, Group: groupUnattended,
		Usage: "write what happens during the run to `FILE` as JSON lines; - is standard output"},
	{Name: "log-format", NoKey: true, Group: groupUnattended, Default: "text", OneOf: []string{"text", "json"},
		Usage: "`text|json`: format of the messages on standard error"},
	{Name: "log-content", Kind: Switch, NoKey: true, Group: groupUnattended,
		Usage: "let prompts and completions into --events, JSON messages and CI logs"},
}

var screenFlags = Table{
	{Name: "preview", Kind: Optional, Group: groupScreen, Default: jobs.DefaultPreview,
		Usage: "ask about `[N]` rows (5 by default) from all over the input and show their prompts and answers; no output is written"},
	{Name: "dry-run", Kind: Switch, Group: groupScreen,
		Usage: "show the first requests and their number; nothing is sent or written"},
	{Name: "quiet", Alias: "q", Kind: Switch, Group: groupScreen, Usage: "show only errors and warnings, no progress and no summary"},
	{Name: "json", Kind: Switch, Group: groupScreen, Usage: "print how the run ended as one JSON object on standard output, whatever happens"},
}
