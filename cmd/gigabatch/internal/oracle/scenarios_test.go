package oracle

import "gigabatch/internal/gigachat/sandbox"

const manyKinds = "422=~lock, blacklist=~merge, 500=~rename, length=~sync"

var scenarios = []scenario{
	{name: "complete", long: true, files: questions, before: []string{"run q.csv"}},
	{name: "nothing before", files: questions, chains: [][]string{
		{"run q.csv", "status q.csv --json", "run q.csv --json"}, {"run q.csv --dry-run", "status q.csv", "output q.csv",
			"run q.csv --preview", "run q.csv -q"},
		{"interrupt 3 run q.csv", "status q.csv", "run q.csv"}, {"kill 3 run q.csv", "status q.csv", "output q.csv", "run q.csv --json"},
		{"run --sandbox q.csv", "run q.csv", "run --sandbox q.csv", "status q.csv"},
	}},
	{name: "cut at 20 %", long: true, files: questions, before: []string{"run q.csv", "cut q.csv.gigabatch 20%", "remove q.answers.csv"}},
	{name: "cut at 55 %", files: questions, before: []string{"run q.csv", "cut q.csv.gigabatch 55%", "remove q.answers.csv"}},
	{name: "cut at 80 %", files: questions, before: []string{"run q.csv", "cut q.csv.gigabatch 80%", "remove q.answers.csv"}},
	{name: "cut before the last byte", long: true, files: questions, before: []string{"run q.csv", "cut q.csv.gigabatch -1"}},
	{name: "cut, the output there", files: questions, before: []string{"run q.csv", "cut q.csv.gigabatch 70%"}},
	{name: "interrupted", files: questions, before: []string{"interrupt 3 run q.csv"}},
	{name: "killed", files: questions, before: []string{"kill 3 run q.csv"}},
	{name: "killed twice", long: true, files: questions, before: []string{"kill 1 run q.csv", "kill 2 run q.csv"}},
	{name: "killed, 4 at once", long: true, files: questions, before: []string{"kill 2 run q.csv -c 4"}},

	{name: "journal with a changed answer", files: questions, before: []string{"run q.csv", "replace q.csv.gigabatch 'lock?' 'lack?'"}},
	{name: "journal without an answer", files: questions, before: []string{"run q.csv", "drop q.csv.gigabatch 'lock?'"}},
	{name: "journal without manifests", long: true, files: questions, before: []string{"run q.csv", `drop q.csv.gigabatch '"manifest"'`}},
	{
		name: "journal with foreign lines", files: questions,
		before: []string{"run q.csv", "append q.csv.gigabatch 'not a record'", `append q.csv.gigabatch '{"a": 1}'`},
	},
	{name: "journal that is something else", files: questions, before: []string{"copy drinks.csv q.csv.gigabatch", "run q.csv"}},
	{name: "journal without an end", long: true, files: questions, before: []string{"run q.csv", `drop q.csv.gigabatch '"end"'`}},

	{name: "columns", files: questions + job, before: []string{"run job.yaml"}, at: "q.csv"},
	{name: "columns, interrupted", files: questions + job, before: []string{"interrupt 9 run job.yaml"}, at: "q.csv"},
	{name: "columns, killed", files: questions + job, before: []string{"kill 14 run job.yaml"}, at: "q.csv"},
	{
		name: "columns, cut", files: questions + job, before: []string{"run job.yaml", "cut q.csv.gigabatch 60%", "remove out.csv"},
		at: "q.csv",
	},
	{name: "columns, failures", files: questions + job, before: []string{"faults 422=~lock", "run job.yaml", "faults"}, at: "q.csv"},
	{name: "columns, repairs", files: questions + job, before: []string{"faults invalid-json=~lock&x1", "run job.yaml"}, at: "q.csv"},
	{
		name: "columns, blocked and unfit", long: true, files: questions + job,
		before: []string{"faults 'blacklist=~mood What is a lock' invalid-json=~merge", "run job.yaml"}, at: "q.csv",
	},
	{name: "columns, changed", files: questions + job, before: []string{"run job.yaml", "replace job.yaml short brief"}, at: "q.csv",
		chains: [][]string{
			{"run job.yaml --dry-run --json", "run job.yaml", "status q.csv --json", "output q.csv"},
			{"run job.yaml --preview", "run job.yaml --limit 2"}},
	},
	{
		name: "columns apart, each row its own", long: true, files: questions + job, before: []string{"run apart.yaml --no-dedupe"},
		at: "q.csv",
	},
	{
		name: "columns in place", long: true, files: questions + job,
		before: []string{"drop job.yaml output:", "append job.yaml 'in_place: true'", "interrupt 8 run job.yaml"}, at: "q.csv",
	},
	{
		name: "columns, edited by hand", files: questions + job,
		before: []string{"run job.yaml", "edit q.csv.gigabatch 'reply' 0 'By hand.'"}, at: "q.csv",
	},

	{
		name: "documents", long: true, files: files, before: []string{"run 'docs/**/*' -p 'Sum it up.' -o sums.csv --out-dir answers"},
		at: "sums.csv",
	},
	{
		name: "documents, interrupted", files: files,
		before: []string{"interrupt 2 run 'docs/**/*' -p 'Sum it up.' -o sums.csv --out-dir answers"}, at: "sums.csv",
	},
	{
		name: "documents, killed", long: true, files: files, before: []string{"kill 2 run docs -p 'Sum up {{path}}.' -o sums.csv"},
		at: "sums.csv",
	},
	{name: "documents, only a folder", files: files, before: []string{"run docs -p 'Sum it up.' --out-dir answers"}, at: "docs"},
	{name: "documents, one more and one changed", files: files, at: "sums.csv",
		before: []string{
			"run docs -p 'Sum it up.' -o sums.csv --out-dir answers", "write docs/new.md 'more text'", "append docs/a.md changed",
			"remove docs/sub/b.txt", "run docs -p 'Sum it up.' -o sums.csv --out-dir answers",
		}},
	{name: "documents, an answer changed by the user", long: true, files: files, before: []string{
		"run docs -p 'Sum it up.' -o sums.csv --out-dir answers", "append answers/a.md mine",
	}, at: "sums.csv",
		chains: [][]string{
			{"run docs -p 'Sum it up.' -o sums.csv --out-dir answers", "output sums.csv"},
			{"run docs -p 'Sum it up.' -o sums.csv --out-dir answers --overwrite"}},
	},

	{name: "in place", files: questions, before: []string{"run q.csv --in-place"}},
	{name: "in place, interrupted", long: true, files: questions, before: []string{"interrupt 3 run q.csv --in-place"}},
	{name: "in place, killed", files: questions, before: []string{"kill 3 run q.csv --in-place"}},
	{
		name: "in place, texts of the user's", files: questions,
		before: []string{"run q.csv --in-place", "replace q.csv '“What is a lock?”' mine"},
		chains: [][]string{
			{"run q.csv --in-place --json", "output q.csv", "run q.csv --in-place --overwrite", "status q.csv"},
			{"run q.csv --in-place --overwrite --json", "run q.csv --in-place", "output q.csv"}},
	},
	{
		name: "in place, a row more", long: true, files: questions,
		before: []string{"run q.csv --in-place", "append q.csv '9,What is new?,,,'", "run q.csv --in-place"},
	},
	{name: "in place, without the journal", files: questions, before: []string{"run q.csv --in-place", "remove q.csv.gigabatch"},
		chains: [][]string{{"run q.csv --in-place", "run q.csv", "status q.csv"}}},
	{name: "in place, a workbook", before: []string{"take testdata/questions.xlsx q.xlsx", "interrupt 4 run q.xlsx --in-place"}},
	{
		name: "in place, sheets", long: true,
		before: []string{
			"take testdata/workbooks/sheets.xlsx s.xlsx", "probe s.xlsx --in-place --limit 1", "run s.xlsx --in-place --all-sheets",
		},
	},

	{name: "fresh, interrupted", files: questions, before: []string{"run q.csv", "interrupt 3 run q.csv --fresh"}},
	{name: "fresh, killed", files: questions, before: []string{"run q.csv", "kill 3 run q.csv --fresh"}},
	{
		name: "fresh, interrupted, without --fresh", long: true, files: questions,
		before: []string{"run q.csv", "interrupt 3 run q.csv --fresh", "run q.csv --limit 1"},
	},
	{name: "fresh, interrupted, other limits", files: questions, before: []string{"run q.csv", "interrupt 3 run q.csv --fresh"},
		chains: [][]string{
			{"run q.csv --fresh --rpm 6000 --max-attempts 3 --grace 9s", "status q.csv"},
			{"run q.csv --fresh --temperature 0.4", "run q.csv"}},
	},
	{
		name: "fresh, columns, interrupted", long: true, files: questions + job,
		before: []string{"run job.yaml", "interrupt 9 run job.yaml --fresh"}, at: "q.csv",
	},

	{name: "failed and blocked", files: questions, before: []string{"faults " + manyKinds, "run q.csv --max-attempts 1"}},
	{name: "failed and blocked, mended", files: questions, before: []string{"faults " + manyKinds, "run q.csv --max-attempts 1", "faults"}},
	{
		name: "failed and blocked, interrupted", long: true, files: questions,
		before: []string{"faults " + manyKinds, "interrupt 2 run q.csv --max-attempts 1"},
	},
	{
		name: "empty answers", files: questions,
		before: []string{"faults empty-content=~lock,empty-choices=~merge,not-json=~sync", "run q.csv --max-attempts 1"},
	},
	{
		name: "an answer lost", files: questions,
		before: []string{"faults reset-after=~lock&x1,truncated=~merge&x1", "run q.csv --max-attempts 1", "run q.csv --max-attempts 1"},
	},
	{
		name: "an answer lost, asked again", files: questions,
		chains: [][]string{{"faults reset-after=~lock&x1", "run q.csv", "status q.csv"}},
	},
	{name: "no money", long: true, files: questions, before: []string{"faults 402=#4-", "run q.csv"}},
	{
		name: "the account", files: questions,
		chains: [][]string{
			{"faults 401", "run q.csv"}, {"faults 403", "run q.csv"}, {"faults 404", "run q.csv"}, {"faults oauth-code6", "run q.csv"},
			{"faults models-403", "run q.csv"}, {"faults 413=~lock", "run q.csv", "run q.csv --retry-failed"},
		},
	},
	{
		name: "all fail", files: questions,
		chains: [][]string{{"faults 422", "run q.csv", "status q.csv", "faults", "run q.csv", "run q.csv --retry-failed"}},
	},

	{name: "a file a row", files: questions, before: []string{"run q.csv --out-dir answers --out-name 'q{{id}}'"}},
	{name: "a file a row, no table", long: true, files: questions, before: []string{"interrupt 3 run q.csv --out-dir answers -o q.jsonl"}},
	{name: "attachments", files: files, before: []string{"run a.csv -p '{{id}}?' --attach file -m GigaChat-2-Pro"}},
	{name: "attachments, killed", files: files, before: []string{"kill 2 run a.csv -p '{{id}}?' --attach file -m GigaChat-2-Pro"}},
	{
		name: "attachments, not deleted", long: true, files: files,
		before: []string{"faults files-500=#3-9", "run a.csv -p '{{id}}?' --attach file -m GigaChat-2-Pro --max-attempts 1", "faults"},
	},

	{name: "choices", long: true, files: questions, before: []string{"run drinks.csv -p 'Is it good? {{text}}' --choices 'yes, no'"}},
	{
		name: "choices, repairs", files: questions,
		before: []string{"faults invalid-json=~coffee&x1", "interrupt 3 run drinks.csv -p 'Is it good? {{text}}' --choices 'yes, no'"},
	},
	{name: "schema", long: true, files: questions, before: []string{"run drinks.csv -p 'What is it? {{text}}' --schema kind.json"}},
	{
		name: "schema, repairs", files: questions,
		before: []string{"faults invalid-json=x1", "run drinks.csv -p 'What is it? {{text}}' --schema kind.json --repairs 1"},
	},
	{
		name: "schema, more repairs", files: questions,
		before: []string{"faults invalid-json", "run drinks.csv -p 'What is it? {{text}}' --schema kind.json --repairs 1", "faults"},
		chains: [][]string{
			{"run drinks.csv -p 'What is it? {{text}}' --schema kind.json --repairs 3", "status drinks.csv"},
			{"run drinks.csv -p 'What is it? {{text}}' --schema kind.json --repairs 0 --json", "status drinks.csv --json"}},
	},
	{
		name: "schema, killed in repairs", files: questions,
		before: []string{"faults invalid-json", "kill 5 run drinks.csv -p 'What is it? {{text}}' --schema kind.json"},
	},
	{
		name: "schema, cut off", long: true, files: questions,
		before: []string{"run drinks.csv -p 'What is it? {{text}}' --schema kind.json --max-tokens 5"},
	},
	{name: "schema, function", files: questions, service: sandbox.Options{NoFormat: []string{"GigaChat-2"}},
		before: []string{"faults invalid-json=~coffee&x1", "run drinks.csv -p 'What is it? {{text}}' --schema kind.json"}},
	{
		name: "schema, words", files: questions,
		service: sandbox.Options{NoFormat: []string{"GigaChat-2"}, NoFunctions: []string{"GigaChat-2"}},
		before:  []string{"interrupt 3 run drinks.csv -p 'What is it? {{text}}' --schema kind.json"}},
	{
		name: "schema, prefix, columns", long: true, files: questions,
		before: []string{
			"run drinks.csv -p 'What is it? {{text}}' --schema kind.json --value-prefix ai_ --columns completion,values,attempts,error",
		},
	},
	{
		name: "schema, edited by hand", files: questions,
		before: []string{
			"run drinks.csv -p 'What is it? {{text}}'", "edit drinks.csv.gigabatch tea 1 yes",
			"run drinks.csv -p 'What is it? {{text}}' --choices 'yes, no'",
		},
	},

	{name: "long", long: true, files: longText(), before: []string{"run long.csv -p 'Sum up: {{text}}' --long split --context 1200"}},
	{
		name: "long, interrupted", files: longText(),
		before:  []string{"interrupt 2 run long.csv -p 'Sum up: {{text}}' --long split --context 1000"},
		service: sandbox.Options{AnswerBytes: 1100},
	},
	{
		name: "long, killed before the join", files: longText(),
		before: []string{"kill 5 run long.csv -p 'Sum up: {{text}}' --long split --context 1200"},
	},
	{
		name: "long, a part fails", files: longText(),
		before: []string{"faults 422=~50", "run long.csv -p 'Sum up: {{text}}' --long split --context 1200"},
	},
	{name: "long, asked as it is", long: true, files: longText(), before: []string{"run long.csv -p 'Sum up: {{text}}' --context 1200"}},

	{name: "all sheets", long: true, before: []string{"take testdata/workbooks/sheets.xlsx s.xlsx", "run s.xlsx --all-sheets"}},
	{name: "one sheet after another", before: []string{"take testdata/workbooks/sheets.xlsx s.xlsx", "probe s.xlsx --sheet 1"},
		chains: [][]string{
			{
				"probe s.xlsx --sheet 2", "probe s.xlsx --sheet 2 -o two.xlsx", "probe s.xlsx --sheet 2 --overwrite", "status s.xlsx",
				"probe s.xlsx --all-sheets -o all.csv"},
		},
	},
	{name: "a workbook from a table", long: true, files: questions, before: []string{"run q.csv -o q.xlsx"}},
	{
		name: "a workbook of long answers", files: questions, service: sandbox.Options{AnswerBytes: 34000},
		before: []string{"run q.csv -o q.xlsx"},
	},
	{name: "selected rows", files: questions, before: []string{"run q.csv --rows 2-4,7 --where id!=3"}},
	{name: "a limit", long: true, files: questions, before: []string{"run q.csv --limit 2"}},
	{name: "another selection", files: questions, before: []string{"run q.csv --limit 2"},
		chains: [][]string{
			{"run q.csv --where id=5", "status q.csv", "output q.csv"},
			{"run q.csv --rows 3-6 --in-place"},
			{"run q.csv", "run q.csv --limit 3", "status q.csv --json"}},
	},
	{name: "each row its own", files: questions, before: []string{"interrupt 4 run q.csv --no-dedupe"}},
	{name: "each row its own, no longer", long: true, files: questions, before: []string{"run q.csv --no-dedupe", "run q.csv"}},
	{
		name: "each row its own, repairs", long: true, files: questions,
		before: []string{"faults invalid-json=~tea&x1", "run drinks.csv -p 'Is it good? {{text}}' --choices 'yes, no' --no-dedupe"},
	},
	{
		name: "few-shot", files: questions,
		before: []string{"kill 3 run q.csv --few-shot examples.jsonl --system 'Be brief.' --temperature 0.5"},
	},
	{
		name: "row parameters", files: questions,
		before: []string{"run drinks.csv -p 'On {{text}}' --row-params model,temperature,max_tokens"},
	},
	{name: "requests", files: requests, before: []string{"run messages.jsonl"}},
	{name: "requests of a batch", long: true, files: requests, before: []string{"run batch.jsonl --columns completion,model"}},
	{
		name: "requests of OpenAI", long: true, files: requests, before: []string{"interrupt 1 run openai.jsonl"},
		chains: [][]string{{"run openai.jsonl --dry-run", "run openai.jsonl", "status openai.jsonl", "output openai.jsonl"}},
	},
	{name: "JSONL in place", long: true, files: requests, before: []string{"run texts.jsonl --in-place"}},

	{
		name: "edited by hand", files: questions,
		before: []string{
			"run q.csv", "edit q.csv.gigabatch 'a journal' 1 'By hand.'", "edit q.csv.gigabatch 'a lock' 0 '=second, and \"quoted\"'",
		},
	},
	{
		name: "edited by hand, in place", long: true, files: questions,
		before: []string{"run q.csv --in-place", "edit q.csv.gigabatch 'a journal' 0 'By hand.'"},
	},
	{
		name: "preview", files: questions, before: []string{"run q.csv --preview=3"},
		chains: [][]string{{"status q.csv", "run q.csv --preview=3", "run q.csv"}, {"output q.csv", "run q.csv --preview=5 --json"}},
	},
	{name: "to standard output", long: true, files: questions, before: []string{"run q.csv -o -"}},
	{name: "from standard input", files: questions, before: []string{"feed q.csv run - --format csv --journal j.gigabatch"},
		chains: [][]string{
			{
				"feed q.csv run - --format csv --journal j.gigabatch",
				"feed q.csv run - --format csv --journal j.gigabatch -o out.jsonl", "status q.csv --journal j.gigabatch",
				"output q.csv --journal j.gigabatch"},
		},
	},
	{name: "excel-ru", long: true, files: questions, before: []string{"run q.csv --csv-dialect excel-ru --formula-guard off"}},
	{
		name: "all columns", long: true, files: questions,
		before: []string{
			"run q.csv --columns completion,finish_reason,error,model,prompt_tokens,completion_tokens,total_tokens,cached_tokens,attempts",
		},
	},
	{name: "times", long: true, files: questions, before: []string{"run q.csv --columns completion,completed_at"}},
	{name: "another name", long: true, files: questions, before: []string{"run q.csv --completion-column ответ"},
		chains: [][]string{
			{"run q.csv --completion-column answer", "output q.csv --completion-column third --columns completion", "status q.csv"}},
	},
	{name: "another prompt", files: questions, before: []string{"run q.csv"},
		chains: [][]string{
			{"run q.csv -p 'Briefly: {{prompt}}'", "status q.csv", "output q.csv"},
			{"run q.csv -m GigaChat-2-Max --limit 2", "output q.csv -o max.csv"}},
	},
	{name: "the output changed by the user", files: questions, before: []string{"run q.csv", "append q.answers.csv mine"},
		chains: [][]string{
			{"run q.csv", "output q.csv", "run q.csv --overwrite", "run q.csv"},
			{"output q.csv --overwrite", "run q.csv"},
			{"run q.csv --overwrite -o other.csv"}},
	},
	{
		name: "rows sorted and inserted", files: questions,
		before: []string{
			"run q.csv", "drop q.csv 'What is a lock?'", "append q.csv '9,What is new?'", "append q.csv '2,What is a lock?'",
			"run q.csv --json",
		},
	},
	{
		name: "a column more", long: true, files: questions, before: []string{"run q.csv", "replace q.csv id,prompt id,prompt,more"},
		chains: [][]string{{"run q.csv", "status q.csv"}, {"output q.csv"}},
	},
	{name: "another folder", files: questions + files, before: []string{"in docs run ../q.csv -o sub/out.csv --journal j.gigabatch"},
		chains: [][]string{
			{
				"in docs status ../q.csv --journal j.gigabatch", "output q.csv --journal docs/j.gigabatch",
				"in docs/sub run ../../q.csv -o out.csv --journal ../j.gigabatch"},
		},
	},
	{
		name: "a sandbox before", files: questions, before: []string{"run q.csv --sandbox"},
		chains: [][]string{
			{"status q.csv", "output q.csv", "run q.csv", "output q.csv", "status q.csv --json"}, {"interrupt 2 run q.csv",
				"run q.csv --sandbox", "run q.csv"},
		},
	},
	{name: "windows-1251", files: questions, before: []string{"take ../shared/data/csv/ru/workerSkills.csv w.csv"}, long: true,
		chains: [][]string{{"probe w.csv --encoding windows-1251", "probe w.csv --encoding windows-1251 --in-place", "output w.csv"}}},
	{
		name: "refused and asked again", long: true, files: questions,
		chains: [][]string{{"faults 429=~lock&x2,500=~merge&x1", "run q.csv", "status q.csv"}},
	},

	{
		name: "terminated", files: questions, before: []string{"terminate 2 run q.csv"},
		chains: [][]string{{"terminate 2 run q.csv --json", "status q.csv", "output q.csv"}},
	},
	{
		name: "interrupted twice", files: questions, before: []string{"cancel 2 run q.csv"},
		chains: [][]string{{"cancel 2 run q.csv", "status q.csv --json", "output q.csv", "run q.csv"}},
	},
	{name: "a preview interrupted", files: questions, before: []string{"interrupt 1 run q.csv --preview=4"}},
	{name: "two at a time", files: questions, chains: [][]string{
		{"meanwhile 3 'status q.csv --json' run q.csv", "status q.csv"}, {"meanwhile 2 'run q.csv' run q.csv"},
		{"meanwhile 2 'output q.csv' run q.csv"}, {"meanwhile 1 'run q.csv --dry-run' run q.csv"},
		{"run q.csv", "meanwhile 2 'status q.csv --json' run q.csv --fresh", "meanwhile 2 'run q.csv --preview' run q.csv --fresh"},
	}},
	{name: "an input that changes", files: questions + job, chains: [][]string{
		{"meanwhile 3 'append q.csv ''9,What is new?''' run q.csv", "status q.csv", "run q.csv --json"},
		{"meanwhile 3 'drop q.csv ''a sync?''' run q.csv", "status q.csv --json", "run q.csv"},
		{"meanwhile 3 'replace q.csv ''a sync?'' ''a mutex?''' run q.csv --in-place", "status q.csv --json", "run q.csv --in-place"},
		{"meanwhile 3 'replace q.csv id,prompt id,other' run q.csv", "run q.csv"},
		{"meanwhile 3 'remove q.csv' run q.csv", "status q.csv"},
		{"meanwhile 9 'append q.csv ''9,What is new?''' run job.yaml", "status q.csv", "run job.yaml --json"},
		{"meanwhile 3 'write q.answers.csv mine' run q.csv", "run q.csv", "run q.csv --overwrite"},
	}},
	{name: "an edit during a run", files: questions, before: []string{"run q.csv --limit 1"},
		chains: [][]string{{"meanwhile 2 'edit q.csv.gigabatch ''a journal'' 0 ''By hand.''' run q.csv", "status q.csv", "output q.csv"}}},
	{name: "output in every way", long: true, files: questions, before: []string{"interrupt 4 run q.csv"}, chains: [][]string{
		{"output q.csv -o -", "output q.csv --columns completion,attempts,model -o c.csv",
			"output q.csv --csv-dialect excel-ru -o r.csv", "output q.csv -o x.xlsx --json", "output q.csv --completion-column a -q",
			"output q.csv -o q.csv", "output q.csv -o c.csv", "output q.csv -o c.csv --overwrite", "output q.csv --formula-guard off",
			"run q.csv", "output q.csv"},
	}},
	{name: "many rows", long: true, files: table(3000), before: []string{"kill 1400 run q.csv"}},
	{
		name: "many rows, cut", long: true, files: table(3000),
		before: []string{"run q.csv -o out.jsonl", "cut q.csv.gigabatch 66%", "remove out.jsonl"},
	},
	{
		name: "many rows, by hand", long: true, files: table(1000),
		before: []string{"run q.csv", "drop q.csv.gigabatch 'number 77'", "replace q.csv.gigabatch 'number 5' 'nomber 5'"},
	},
	{
		name: "documents and tables", files: files,
		before: []string{"run docs/a.md docs/c.pdf a.csv -p 'What? {{path}}' --format documents -o both.csv"}, at: "both.csv",
	},

	{name: "mistakes", files: questions + requests + job, chains: [][]string{{
		"run nothing.csv", "run", "run q.csv drinks.csv", "run drinks.csv -p '{{txt}}'", "run q.csv -p 'no column'",
		"run q.csv --rows x", "run q.csv --where nothing=1", "run q.csv --choices yes",
		"run q.csv --schema examples.jsonl", "run q.csv --few-shot kind.json", "run q.csv --in-place -o x.csv", "run q.csv -o q.csv",
		"run q.csv --columns nothing", "run q.csv --row-params nothing",
		"run q.csv --limit 0", "run q.csv -c 0", "run q.csv --json -o -", "run - --format csv", "run q.csv --sheet 2",
		"run texts.jsonl --delimiter ;", "run q.csv --nothing", "run q.csv -m GigaChat-9",
		"run q.csv --long split --context 5", "run q.csv --join-prompt 'a {{b}}'", "run q.csv --attach nothing",
		"run q.csv --out-dir q.csv", "run q.csv --completion-column id", "run q.csv --csv-dialect x",
		"run job.yaml --choices 'a, b'", "run job.yaml --no-dedupe", "status q.csv", "output q.csv", "status", "status nothing.csv",
		"output -", "run q.csv --temperature 9 --top-p 1",
	}}},
	{name: "job files with mistakes", files: questions + job, chains: [][]string{
		{"replace job.yaml '{{reply}}' '{{short}}'", "run job.yaml"}, {"replace job.yaml output: ouptut:", "run job.yaml"},
		{"replace job.yaml '{{prompt}}' '{{promt}}'", "run job.yaml"},
		{"append job.yaml '  - name: mood'", "run job.yaml"}, {"append job.yaml 'rpm: fast'", "run job.yaml"},
		{"append job.yaml '	tab: 1'", "run job.yaml"}, {"append job.yaml 'model: &a x'", "run job.yaml"},
		{"replace job.yaml 'input: q.csv' 'input: [q.csv, drinks.csv]'", "run job.yaml"}, {"append job.yaml 'where: [id!=2, id!=5]'",
			"run job.yaml", "status q.csv"},
		{"append job.yaml 'rpm: 6000\nmax_attempts: 2\ngrace: 5s\nlimit: 3'", "run job.yaml", "run job.yaml --limit 4"},
		{"append job.yaml 'preview: true'", "run job.yaml"}, {"append job.yaml 'output: again.csv'", "run job.yaml"},
	}},
	{name: "helps", files: questions, chains: [][]string{{
		"--help", "run --help", "status --help", "output --help", "serve --help", "ask --help", "init --help", "models --help",
		"doctor --help", "sandbox --help", "nothing", "--version",
		"init", "init made.yaml", "init --schema", "models", "ask Hello", "ask Hello --json",
	}}},
}
