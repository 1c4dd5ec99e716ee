package main

import "github.com/urfave/cli/v2"

const exitCodes = `Exit codes:
   0    every row has a completion (or was skipped as empty)
   1    the run could not be done, or not to its end (credentials, quota, journal, service down for too long)
   2    wrong usage or bad input; nothing was sent and nothing was changed
   3    done; some rows failed or were blocked; the output is written
   4    kept for limits of yours (budget, time); nothing ends with it yet
   5    another run holds this job
   130  interrupted (143: terminated); the same command goes on
`

// Every help text ends with the exit codes.
var (
	appHelp     = cli.AppHelpTemplate + "\n" + exitCodes
	commandHelp = cli.CommandHelpTemplate + "\n" + exitCodes
)
