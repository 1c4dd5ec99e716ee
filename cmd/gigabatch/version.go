package main

import (
	"fmt"
	"runtime"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
)

func versionCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:        "version",
		Usage:       "print the version",
		Description: "Read more: docs/reference.md",
		Action: func(c *cli.Context) error {
			if err := flags.NoArguments(c); err != nil {
				return err
			}
			_, err := fmt.Fprintf(s.out, "gigabatch %s %s/%s %s\n", version, runtime.GOOS, runtime.GOARCH, runtime.Version())
			return err
		},
	}
}
