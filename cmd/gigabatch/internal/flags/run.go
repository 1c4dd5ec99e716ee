package flags

import (
	"slices"
	"strings"

	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/spec"
)

// The groups under which help lists flags. It sorts them by their names.
const (
	groupWhat       = "Asking"
	groupForm       = "Asking for a form"
	groupLong       = "Asking about long texts"
	groupAgain      = "Asking again"
	groupWhere      = "Files"
	groupInput      = "Reading INPUT"
	groupRows       = "Rows to ask"
	groupLimits     = "Limits and retries"
	groupConnection = "Service and credentials"
	groupPage       = "The page"
	groupScreen     = "What is shown"
)

// Scopes are those that a key may have.
var Scopes = []string{sandbox.ScopePersonal, sandbox.ScopeBusiness, sandbox.ScopeCorporate}

// The inputs that some flags are for.
var (
	workbooks = []table.Format{table.XLSX}
	csvFiles  = []table.Format{table.CSV}
	tables    = []table.Format{table.CSV, table.XLSX}
)

// Run is the table of gigabatch run, whose flags are the keys of job files.
var Run = slices.Concat(outputFlags, dialectFlags("on"), inputFlags, rowFlags, promptFlags, formFlags, attachFlags, Model, limitFlags,
	againFlags, Connection, screenFlags)

var outputFlags = Table{
	{Name: "output", Alias: "o", Group: groupWhere, File: true,
		Usage: "`FILE` to write; its extension chooses the format, - is standard output (default: NAME.answers.EXT)"},
	{Name: "overwrite", Kind: Switch, Group: groupWhere,
		Usage: "replace an output that gigabatch did not write, or with --in-place texts of yours in the completion column"},
	{Name: "out-dir", Group: groupWhere, Usage: "`DIR` that gets a file NAME.md for each row that is completed", File: true},
	{Name: "out-name", Group: groupWhere, Usage: "`TEMPLATE` of these names, such as '{{id}}' (default: the document's, or row-N)"},
	{Name: "in-place", Kind: Switch, Group: groupWhere, Usage: "write the answers into INPUT itself"},
	{Name: "journal", Group: groupWhere, Usage: "`FILE` that keeps the answers (default: INPUT.gigabatch)", File: true},
	{Name: "completion-column", Group: groupWhere, Default: spec.DefaultCompletionColumn, Columns: ForOneColumn,
		Usage: "`NAME` of the column for the completions"},
	{Name: "value-prefix", Group: groupWhere, Columns: ForOneColumn,
		Usage: "`TEXT` before the names of the columns for the values of a schema"},
	{Name: "columns", Kind: List, Group: groupWhere, Default: strings.Join(spec.DefaultOutputColumns, ","), Key: "output_columns",
		Usage: "`LIST` of columns to write, of " + strings.Join(spec.KnownOutputColumns, ", ")},
}

// dialectFlags say how a CSV output is written. guard is what holds where nothing is said.
func dialectFlags(guard string) Table {
	return Table{
		{Name: "csv-dialect", Group: groupWhere, OneOf: table.CSVDialects,
			Usage: "`DIALECT` of a CSV output: excel-ru is what Excel in Russian opens (default: as INPUT)"},
		{Name: "formula-guard", Group: groupWhere, Default: guard, OneOf: []string{"on", "off"},
			Usage: "`on|off`: answers that a spreadsheet would run as a formula get an apostrophe in a CSV"},
	}
}

// inputFlags say how INPUT is read.
var inputFlags = Table{
	{Name: "format", Group: groupInput,
		Usage: "`FORMAT` of INPUT: csv, xlsx, jsonl, or documents to take tables as documents (default: by extension)"},
	{Name: "sheet", Group: groupInput, Formats: workbooks,
		Usage: "`SHEET` of a workbook, by name or number (default: the first visible one)"},
	{Name: "all-sheets", Kind: Switch, Group: groupInput, Usage: "every visible sheet of a workbook", Formats: workbooks},
	{Name: "raw-values", Kind: Switch, Group: groupInput, Formats: workbooks,
		Usage: "cells of a workbook as they are stored, not as they are shown"},
	{Name: "header-row", Kind: Whole, Group: groupInput, Min: 1, Formats: tables,
		Usage: "the header is in row (or line) `N` (default: found)"},
	{Name: "no-header", Kind: Switch, Group: groupInput, Usage: "there is no header; the columns are called A, B, C …", Formats: tables},
	{Name: "delimiter", Group: groupInput, Usage: "`CHARACTER` between the cells of a CSV, or tab (default: found)", Formats: csvFiles},
	{Name: "encoding", Group: groupInput, Formats: csvFiles,
		Usage: "`NAME` of the encoding of a CSV, such as windows-1251 (default: found)"},
}

// rowFlags say which rows are asked.
var rowFlags = Table{
	{Name: "rows", Group: groupRows, Usage: "`ROWS` of the sheet, or lines of the file: 2-500, 7, 2-10,20-30 or 500-"},
	{Name: "where", Kind: Repeated, Group: groupRows,
		Usage: "only rows where `COLUMN=VALUE` (or COLUMN!=VALUE) holds; may be given several times, then all must hold"},
	{Name: "visible-only", Kind: Switch, Group: groupRows, Usage: "without the hidden rows of a workbook", Formats: workbooks},
	{Name: "limit", Kind: Whole, Group: groupRows, Usage: "first `N` of these rows only", Min: 1},
}

var promptFlags = Table{
	{Name: "prompt", Alias: "p", Group: groupWhat, Columns: ForOneColumn,
		Usage: "prompt `TEMPLATE`, such as 'Summarize: {{text}}' (default: the column prompt, question, text or content)"},
	{Name: "prompt-file", Group: groupWhat, Usage: "`FILE` with the prompt template", File: true, Columns: ForOneColumn},
	{Name: "few-shot", Group: groupWhat, File: true, Columns: ForAllColumns,
		Usage: "`FILE` with examples, a line each: {\"user\": \"…\", \"assistant\": \"…\"}"},
	{Name: "row-params", Kind: List, Group: groupWhat, Columns: ForAllColumns,
		Usage: "`LIST` of columns that set a parameter of their row, of " + strings.Join(spec.RowParams, ", ")},
	{Name: "long", Group: groupLong, Default: "ask", Columns: ForAllColumns,
		Usage: "`ask|split`: a text that is too long for the model is asked as it is, or in parts whose answers are joined"},
	{Name: "context", Kind: Whole, Group: groupLong, Columns: ForAllColumns,
		Usage: "the model takes `N` tokens (default: what is known of it)"},
	{Name: "join-prompt", Group: groupLong, Columns: ForAllColumns,
		Usage: "`TEMPLATE` that joins the answers to the parts; it names {{parts}}, and perhaps {{task}}"},
	{Name: "join-prompt-file", Group: groupLong, Usage: "`FILE` with that template", File: true, Columns: ForAllColumns},
}

// formFlags say what form the answer must have.
var formFlags = Table{
	{Name: "choices", Kind: List, Group: groupForm, Columns: ForOneColumn,
		Usage: "the answer is exactly one of `LIST`, such as 'complaint, question, praise'"},
	{Name: "schema", Kind: Form, Group: groupForm, File: true, Columns: ForOneColumn,
		Usage: "the answer is an object by the JSON Schema in `FILE`; each of its properties gets a column"},
	{Name: "repairs", Kind: Whole, Group: groupForm, Default: spec.DefaultRepairs, Columns: ForAllColumns,
		Usage: "ask at most `N` times for a better answer where one does not fit"},
}

// attachFlags say which files go with a prompt.
var attachFlags = Table{
	{Name: "attach", Group: groupWhat, Columns: ForAllColumns,
		Usage: "`COLUMN` with the paths of files that go with the prompt; several are divided by ; or line breaks"},
	{Name: "attach-root", Group: groupWhat, File: true,
		Usage: "`DIR` below which these files lie; no other is ever opened (default: the folder of INPUT)"},
}

// Model decides what one completion is like.
var Model = Table{
	{Name: "model", Alias: "m", Group: groupWhat, Columns: ForAllColumns,
		Usage: "`MODEL` to ask (default: GIGACHAT_MODEL, else GigaChat-2)"},
	{Name: "system", Group: groupWhat, Usage: "system prompt `TEXT`, the same for every row", Columns: ForAllColumns},
	{Name: "system-file", Group: groupWhat, Usage: "`FILE` with the system prompt", File: true, Columns: ForAllColumns},
	{Name: "temperature", Kind: Number, Group: groupWhat, Columns: ForAllColumns,
		Usage: "randomness `T`; above 2 is very random, 0 is sent as top_p 0"},
	{Name: "top-p", Kind: Number, Group: groupWhat, Usage: "nucleus sampling `P`, 0 to 1", Columns: ForAllColumns},
	{Name: "max-tokens", Kind: Whole, Group: groupWhat, Usage: "at most `N` tokens for a completion", Columns: ForAllColumns},
	{Name: "repetition-penalty", Kind: Number, Group: groupWhat, Usage: "`R` above 0; 1 is neutral", Columns: ForAllColumns},
}

// limitFlags say how fast and how long.
var limitFlags = Table{
	{Name: "concurrency", Alias: "c", Group: groupLimits, Default: "auto",
		Usage: "at most `N` requests at once; auto finds the limit of the key"},
	{Name: "rpm", Kind: Whole, Group: groupLimits, Usage: "at most `N` requests a minute, evenly spread", Min: 1},
	{Name: "tpm", Kind: Whole, Group: groupLimits, Usage: "at most `N` tokens a minute", Min: 1},
	{Name: "max-attempts", Kind: Whole, Group: groupLimits, Default: pool.DefaultMaxAttempts, Min: 1,
		Usage: "at most `N` attempts for a row; a 429 is none"},
	{Name: "grace", Kind: Time, Group: groupLimits, Usage: "after Ctrl-C, wait at most `TIME` for answers under way (default: 30s)"},
	{Name: "max-outage", Kind: Time, Group: groupLimits, Usage: "give up after `TIME` without a success (default: 15m)"},
}

var againFlags = Table{
	{Name: "retry-failed", Kind: Switch, Group: groupAgain, Usage: "ask again the rows that the service refused"},
	{Name: "fresh", Kind: Switch, Group: groupAgain, Usage: "ask every row anew, and pay for it again"},
	{Name: "no-dedupe", Kind: Switch, Group: groupAgain, Usage: "rows that ask the same thing get an answer each"},
}

// Connection says where the service is and how to prove who asks. None of its flags takes a secret.
var Connection = Table{
	{Name: "key-file", Group: groupConnection, File: true,
		Usage: "`FILE` with the authorization key (default: GIGACHAT_CREDENTIALS, also from .env)"},
	{Name: "key-stdin", Kind: Switch, Group: groupConnection, Usage: "read the authorization key from standard input"},
	{Name: "scope", Group: groupConnection, OneOf: Scopes,
		Usage: "`SCOPE` of the key: GIGACHAT_API_PERS, _B2B or _CORP (default: GIGACHAT_SCOPE, else GIGACHAT_API_PERS)"},
	{Name: "base-url", Group: groupConnection, Usage: "`URL` of the API (default: GIGACHAT_BASE_URL, else https://api.giga.chat/v1)"},
	{Name: "auth-url", Group: groupConnection, Usage: "`URL` of the token endpoint (default: GIGACHAT_AUTH_URL, else Sber's)"},
	{Name: "ca-file", Group: groupConnection, File: true,
		Usage: "PEM `FILE` with further trusted roots (default: GIGACHAT_CA_BUNDLE_FILE)"},
	{Name: "client-cert", Group: groupConnection, File: true,
		Usage: "PEM `FILE` with a client certificate (default: GIGACHAT_CERT_FILE)"},
	{Name: "client-key", Group: groupConnection, Usage: "PEM `FILE` with its key (default: GIGACHAT_KEY_FILE)", File: true},
	{Name: "timeout", Kind: Time, Group: groupConnection,
		Usage: "wait at most `TIME` for an answer (default: GIGACHAT_TIMEOUT, else 120s)"},
	{Name: "sandbox", Kind: Switch, Group: groupConnection, Usage: "the embedded sandbox answers: no account, no network, no cost"},
}

var screenFlags = Table{
	{Name: "preview", Kind: Optional, Group: groupScreen, Default: jobs.DefaultPreview,
		Usage: "ask `[N]` rows from all over the input (5 where no number follows) and show their prompts and answers; no " +
			"output is written"},
	{Name: "dry-run", Kind: Switch, Group: groupScreen,
		Usage: "show the first requests and how many there are; nothing is sent or written"},
	{Name: "quiet", Alias: "q", Kind: Switch, Group: groupScreen, Usage: "no progress and no summary; errors only"},
	{Name: "json", Kind: Switch, Group: groupScreen, Usage: "the summary as JSON on standard output"},
}
