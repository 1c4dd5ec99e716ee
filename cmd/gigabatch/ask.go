package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/outcome"
	"gigabatch/cmd/gigabatch/internal/settings"
	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

func askCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:        "ask",
		Usage:       "send one prompt and print the completion",
		ArgsUsage:   `"TEXT"`,
		Description: "If TEXT is -, the prompt is read from standard input.\n\nRead more: docs/reference.md",
		Flags:       flags.Ask.CLI(s.err.Printer),
		Action:      func(c *cli.Context) error { return ask(c, s) },
	}
}

func ask(c *cli.Context, s stdio) error {
	text, err := question(c, s)
	if err != nil {
		return err
	}
	req, err := askRequest(c, text)
	if err != nil {
		return err
	}
	conn, err := sharedConnection(c.Context, c, s, 1, "ask")
	if err != nil {
		return err
	}
	defer conn.Close()
	sayNotes(s, conn, c.Bool("quiet"))
	ctx, signals, stop := untilSignal(c.Context)
	defer stop()
	resp, err := askOnce(ctx, conn, s, req, c.Bool("stream"), sayWaiting(s, c.Bool("quiet")))
	if err != nil {
		return stopped(conn.Explain(ctx, err, req.Model), signals)
	}
	return sayResponse(s, resp, c.Bool("quiet"))
}

// question returns the prompt: the argument, or standard input if the argument is -.
func question(c *cli.Context, s stdio) (string, error) {
	text, err := flags.OneArgument(c, messages.Sprintf("text"))
	if err != nil || text != "-" {
		return text, err
	}
	if c.Bool("key-stdin") {
		return "", flags.Usage(messages.Sprintf("the text and the key cannot both come from standard input"), messages.Sprintf("put the key into .env, or give it with --key-file"))
	}
	b, err := io.ReadAll(s.in)
	return strings.TrimRight(string(b), "\r\n"), err
}

// askRequest makes the request as a run makes it for a row.
func askRequest(c *cli.Context, text string) (*gigachat.ChatRequest, error) {
	if strings.TrimSpace(text) == "" {
		return nil, flags.Usage(messages.Sprintf("ask: the text is empty"), messages.Sprintf(`for example: gigabatch ask "What is a journal?"`))
	}
	set := &spec.Settings{}
	if err := settings.Model(c, &set.Column); err != nil {
		return nil, err
	}
	return prompt.ChatRequest(set, text), nil
}

// askOnce sends the request and prints the completion; if stream is set, it prints the text as it arrives. It calls came when the first
// text or an error arrives, perhaps more than once.
func askOnce(
	ctx context.Context, conn *connection.Conn, s stdio, req *gigachat.ChatRequest, stream bool, came func(),
) (*gigachat.ChatResponse, error) {
	defer came()
	if !stream {
		resp, err := conn.Chat(ctx, req)
		if err == nil {
			fmt.Fprintln(s.out, resp.Completion)
		}
		return resp, err
	}
	begun := false
	resp, err := conn.ChatStream(ctx, req, func(text string) error {
		came()
		begun = begun || text != ""
		_, err := io.WriteString(s.out, text)
		return err
	})
	if begun || err == nil {
		fmt.Fprintln(s.out)
	}
	return resp, err
}

// sayResponse reports what the completion does not show: a problem, or the model and the tokens. A problem with the answer is an exitError.
func sayResponse(s stdio, resp *gigachat.ChatResponse, quiet bool) error {
	switch {
	case resp.FinishReason == "blacklist":
		s.err.Say("blocked by moderation (finish_reason: blacklist)")
		return outcome.Exit(outcome.SomeRows)
	case resp.Unknown:
		s.err.Say("unexpected answer: %s", resp.Raw)
		return outcome.Exit(outcome.SomeRows)
	case resp.FinishReason == "error":
		s.err.Say("the model failed (finish_reason: error)")
		return outcome.Exit(outcome.SomeRows)
	case resp.Completion == "":
		s.err.Say("the model returned an empty completion")
		return outcome.Exit(outcome.SomeRows)
	case resp.FinishReason == "length":
		s.err.Say("the completion was cut off at the token limit; see --max-tokens")
	}
	if !quiet {
		s.err.Say("%s: %d prompt {token|tokens}, %d completion {token|tokens}", resp.Model, resp.Usage.PromptTokens, resp.Usage.CompletionTokens)
	}
	return nil
}
