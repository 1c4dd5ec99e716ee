package main

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/messages"
)

func sandboxCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:        "sandbox",
		Usage:       "serve an emulator of the API on a loopback port, for trials and tests",
		Description: faultHelp(s.err.Printer),
		Flags:       flags.Sandbox.CLI(s.err.Printer),
		Action:      func(c *cli.Context) error { return serveSandbox(c, s) },
	}
}

func serveSandbox(c *cli.Context, s stdio) error {
	if err := flags.NoArguments(c); err != nil {
		return err
	}
	for _, f := range flags.Sandbox {
		if value := c.String(f.Name); len(f.OneOf) > 0 && value != "" {
			if err := flags.OneOf(f.Name, []string{value}, f.OneOf); err != nil {
				return err
			}
		}
	}
	if err := flags.OneOf("batch-odd", listOf(c, "batch-odd"), sandbox.BatchOdds); err != nil {
		return err
	}
	faults, err := sandbox.ParseFaults(c.String("fault"))
	if err != nil {
		return flags.Usage(messages.Sprintf("invalid --fault: %v", err), messages.Sprintf("see gigabatch sandbox --help"))
	}
	dialect, models := c.String("dialect"), listOf(c, "models")
	if len(models) == 0 {
		models = sandbox.ModelsOf(dialect)
	}
	for _, flag := range []string{"no-format", "no-functions", "batch-models"} {
		if err := flags.OneOf(flag, listOf(c, flag), models); err != nil {
			return err
		}
	}
	packages, err := sandboxPackages(c.String("packages"))
	if err != nil {
		return err
	}
	l, err := sandbox.Listen(c.String("listen"))
	if err != nil {
		return flags.Usage(messages.Sprintf("%v", err), messages.Sprintf("--listen takes a loopback address, such as 127.0.0.1:8089"))
	}
	box := sandbox.New(sandbox.Options{
		Dialect: dialect, Models: models,
		Seed: c.Uint64("seed"), Scope: c.String("scope"), Streams: c.Int("streams"),
		StartsPerSecond: c.Int("starts-per-second"), StartsPerMinute: c.Int("starts-per-minute"),
		RetryAfter: c.String("retry-after"), Latency: flags.Duration(c, "latency"), Jitter: flags.Duration(c, "jitter"),
		TokenLife: flags.Duration(c, "token-life"), AnswerBytes: c.Int("answer-bytes"), Faults: faults, Packages: packages,
		NoFormat: listOf(c, "no-format"), NoFunctions: listOf(c, "no-functions"), Dimensions: c.Int("dimensions"),
		BatchDelay: flags.Duration(c, "batch-delay"), BatchLate: flags.Duration(c, "batch-late"), BatchExpire: flags.Duration(c, "batch-expire"),
		BatchEnd: c.String("batch-end"), BatchLines: c.Int("batch-lines"), BatchModels: listOf(c, "batch-models"),
		BatchOrder: c.String("batch-order"), BatchShape: c.String("batch-shape"), BatchTimes: c.String("batch-times"),
		BatchFiles: c.String("batch-files"), BatchOdd: listOf(c, "batch-odd"),
	})
	defer box.Close()
	printVariables(s, l.Addr(), dialect, c.String("scope"))
	s.err.Say("the sandbox is listening on %s until Ctrl-C", l.Addr())
	ctx, _, stop := untilSignal(c.Context)
	defer stop()
	return box.Serve(ctx, l)
}

// listOf returns the parts of the value of a flag.
func listOf(c *cli.Context, flag string) []string {
	return strings.FieldsFunc(c.String(flag), func(r rune) bool { return r == ',' || r == ' ' })
}

// sandboxPackages reads the value of --packages. It is nil if there are none.
func sandboxPackages(text string) (packages map[string]int64, err error) {
	for part := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		model, value, _ := strings.Cut(part, "=")
		tokens, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		if err != nil || tokens < 0 {
			return nil, flags.Usage(messages.Sprintf("--packages: %q names no number of tokens", part),
				messages.Sprintf("for example --packages GigaChat-2=1000000"))
		}
		if packages == nil {
			packages = map[string]int64{}
		}
		packages[strings.TrimSpace(model)] = tokens
	}
	return packages, nil
}

// printVariables prints the variables that lead a client to the sandbox, in the form of a .env file.
func printVariables(s stdio, addr net.Addr, dialect, scope string) {
	if dialect == sandbox.OpenAI {
		fmt.Fprintf(s.out, "GIGACHAT_BASE_URL=http://%s/v1\nGIGACHAT_API_KEY=%s\n", addr, sandbox.APIKey)
		return
	}
	fmt.Fprintf(s.out, "GIGACHAT_BASE_URL=http://%s/v1\nGIGACHAT_AUTH_URL=http://%s/api/v2/oauth\nGIGACHAT_CREDENTIALS=%s\n",
		addr, addr, sandbox.Key)
	if scope != "" {
		fmt.Fprintf(s.out, "GIGACHAT_SCOPE=%s\n", scope)
	}
}

// faultHelp describes the sandbox and the value of --fault.
func faultHelp(p messages.Printer) string {
	var kinds []string
	for _, k := range sandbox.FaultKinds(sandbox.AtChat) {
		kinds = append(kinds, string(k))
	}
	syntax := strings.Replace(sandbox.FaultSyntax, "FaultKinds", "those below", 1)
	return p.Sprintf("The command prints the variables that connect gigabatch or another client to the sandbox.\n\n"+
		"FAULTS are %s\n\nThe kinds for completions: %s.\n\nRead more: docs/reference.md", messages.Help(syntax), strings.Join(kinds, ", "))
}
