package main

import (
	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
)

func embedCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:      "embed",
		Usage:     "make the vector of a text of every row, for search, clusters and classifiers",
		ArgsUsage: "INPUT …",
		Description: "INPUT is that of run. The output is NAME.vectors.jsonl, with each vector as a JSON array; -o vectors.csv has it as a text.\n" +
			"Several texts are sent in one request (--pack). The vectors are kept in a journal, INPUT.gigabatch: the same command run again\n" +
			"asks only about rows without a vector.\n\n" +
			"Read more: docs/embeddings.md",
		Flags:  flags.Embed.CLI(s.err.Printer),
		Action: concluded(s, run),
	}
}
