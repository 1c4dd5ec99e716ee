package settings

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/textfile"
	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// columnSettings reads the settings of a completion column.
func columnSettings(v settingValues, env connection.Environment, col *spec.Column) (err error) {
	col.CompletionColumn, col.ValuePrefix, col.Attach = v.text("completion-column"), v.text("value-prefix"), v.text("attach")
	col.RowParams, col.Choices, col.When = v.list("row-params"), v.list("choices"), v.list("when")
	col.SkipEmpty = v.list("skip-empty")
	if v.isSet("choices") && len(col.Choices) == 0 {
		return flags.Usage(messages.Sprintf("--%s is empty", "choices"), messages.Sprintf("give a text, or omit the flag"))
	}
	if col.Prompt, err = textOrFile(v, "prompt"); err != nil {
		return err
	}
	for _, read := range []func(settingValues, *spec.Column) error{schemaSetting, fewShotSetting, longSettings, followSettings} {
		if err := read(v, col); err != nil {
			return err
		}
	}
	if len(col.Schema) > 0 || len(col.Choices) > 0 {
		n, err := integer(v, "repairs", 0)
		if err != nil {
			return err
		}
		col.Repairs = spec.DefaultRepairs
		if n != nil {
			col.Repairs = *n
		}
	}
	return modelSettings(v, env, col)
}

// Model reads the settings of the model and its parameters from the flags.
func Model(c *cli.Context, col *spec.Column) error {
	env, err := connection.LoadEnvironment()
	if err != nil {
		return err
	}
	return modelSettings(flagValues{c: c}, env, col)
}

// modelSettings reads the model, the system prompt and the parameters.
func modelSettings(v settingValues, env connection.Environment, col *spec.Column) (err error) {
	col.ModelForced = v.isSet("model")
	col.Model = cmp.Or(v.text("model"), env.Get("GIGACHAT_MODEL"), gigachat.DefaultModel)
	if col.System, err = textOrFile(v, "system"); err != nil {
		return err
	}
	for name, to := range map[string]**float64{"temperature": &col.Temperature, "top-p": &col.TopP, "repetition-penalty": &col.RepetitionPenalty} {
		if *to, err = number(v, name); err != nil {
			return err
		}
	}
	if col.MaxTokens, err = integer(v, "max-tokens", 1); err != nil {
		return err
	}
	return checkNumbers(col)
}

// checkNumbers rejects values that the API would reject for every row.
func checkNumbers(col *spec.Column) error {
	switch {
	case col.Temperature != nil && *col.Temperature < 0:
		return flags.Usage(messages.Sprintf("--temperature must not be negative"), messages.Sprintf("use 0 for the most predictable answers"))
	case col.TopP != nil && (*col.TopP < 0 || *col.TopP > 1):
		return flags.Usage(messages.Sprintf("--top-p must be from 0 to 1"), messages.Sprintf("use 0 for the most predictable answers"))
	case col.RepetitionPenalty != nil && *col.RepetitionPenalty <= 0:
		return flags.Usage(messages.Sprintf("--repetition-penalty must be above 0"), messages.Sprintf("use 1 for no penalty"))
	case col.Temperature != nil && col.TopP != nil:
		return flags.Usage(messages.Sprintf("--%s and --%s cannot be used together", "temperature", "top-p"),
			messages.Sprintf("use one of them"))
	}
	return nil
}

func number(v settingValues, name string) (*float64, error) {
	text := v.text(name)
	if !v.isSet(name) || text == "" {
		return nil, nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, flags.Usage(messages.Sprintf("--%s: %q is not a number", name, text), messages.Sprintf("omit it to use the default"))
	}
	return &x, nil
}

func integer(v settingValues, name string, minimum int) (*int, error) {
	text := v.text(name)
	if !v.isSet(name) || text == "" {
		return nil, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < minimum {
		return nil, flags.Usage(messages.Sprintf("--%s must be at least %d", name, minimum), messages.Sprintf("omit it to use the default"))
	}
	return &n, nil
}

// textOf returns the value of a flag as a text.
func textOf(v any) string {
	switch v := v.(type) {
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case string:
		return v
	}
	return fmt.Sprint(v)
}

// schemaSetting reads the schema of the answers.
func schemaSetting(v settingValues, col *spec.Column) error {
	raw := v.object("schema")
	if file := v.text("schema"); raw == nil && file != "" {
		text, err := textfile.Read(file, messages.Sprintf("--schema takes the path of a file with a JSON Schema"))
		if err != nil {
			return err
		}
		raw = json.RawMessage(text)
		if !json.Valid(raw) {
			return flags.Usage(messages.Sprintf("%s: %s", file, jsonProblem(raw)),
				messages.Sprintf(`a JSON Schema starts with {"type": "object", "properties": {…}}`))
		}
	}
	if raw == nil {
		return nil
	}
	var small bytes.Buffer
	if err := json.Compact(&small, raw); err != nil {
		return err
	}
	col.Schema = small.Bytes()
	return nil
}

// jsonProblem says where JSON is invalid.
func jsonProblem(raw []byte) messages.Text {
	var v any
	err := json.Unmarshal(raw, &v)
	bad, ok := err.(*json.SyntaxError)
	if !ok {
		return messages.Sprintf("the file is not valid JSON")
	}
	return messages.Sprintf("the file is not valid JSON: line %d: %v", 1+bytes.Count(raw[:min(int(bad.Offset), len(raw))], []byte("\n")), err)
}

// fewShotSetting reads the examples for the model.
func fewShotSetting(v settingValues, col *spec.Column) error {
	file := v.text("few-shot")
	if file == "" {
		return nil
	}
	hint := messages.Sprintf(`each line is one example: {"user": "a prompt", "assistant": "the desired answer"}`)
	text, err := textfile.Read(file, hint)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, len(text)+1)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		e, ok := example(lines.Bytes())
		if !ok {
			return flags.Usage(messages.Sprintf("%s:%d: the line is not an example", file, n), hint)
		}
		col.FewShot = append(col.FewShot, e)
	}
	if len(col.FewShot) == 0 {
		return flags.Usage(messages.Sprintf("%s: no examples found", file), hint)
	}
	return nil
}

// example decodes an example, which must have exactly the two keys.
func example(line []byte) (e spec.Example, ok bool) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	err := d.Decode(&e)
	return e, err == nil && !d.More() && strings.TrimSpace(e.User) != "" && strings.TrimSpace(e.Assistant) != ""
}

// longChoices are the values of --long.
var longChoices = []string{"ask", "split"}

// longSettings reads how texts are handled that are too long for the model.
func longSettings(v settingValues, col *spec.Column) error {
	long := v.text("long")
	if long != "" && !slices.Contains(longChoices, long) {
		return flags.Usage(messages.Sprintf("--long %s: neither ask nor split", long),
			messages.Sprintf("use ask, or split to send a long text in parts and join the answers"))
	}
	col.Split = long == "split"
	least := 1000
	if col.Embed {
		least = 1
	}
	n, err := integer(v, "context", least)
	if err != nil {
		return err
	}
	if n != nil {
		col.Context = *n
	}
	col.JoinPrompt, err = textOrFile(v, "join-prompt")
	return err
}

// followSettings reads which requests are followed by others.
func followSettings(v settingValues, col *spec.Column) error {
	choice := func(name string, choices ...string) (string, error) {
		text := v.text(name)
		if text != "" && !slices.Contains(choices, text) {
			return "", flags.Usage(messages.Sprintf("--%s %s: unknown", name, text), messages.Sprintf("use one of: %s", strings.Join(choices, ", ")))
		}
		return text, nil
	}
	length, err := choice("on-length", "keep", "raise")
	if err != nil {
		return err
	}
	blocked, err := choice("on-blocked", "keep", "retry-model", "fail")
	if err != nil {
		return err
	}
	col.RaiseLength, col.BlockedFails = length == "raise", blocked == "fail"
	col.BlockedModel, col.FallbackModel = v.text("blocked-model"), v.text("fallback-model")
	switch {
	case blocked == "retry-model" && col.BlockedModel == "":
		return flags.Usage(messages.Sprintf("--on-blocked retry-model needs a model"), messages.Sprintf("name it with --blocked-model"))
	case blocked == "keep" || blocked == "fail":
		col.BlockedModel = ""
	}
	return nil
}

// textOrFile returns the text of --name, or the content of the file of --name-file without its final line break.
func textOrFile(v settingValues, name string) (string, error) {
	file := v.text(name + "-file")
	if v.isSet(name) || file == "" {
		text := v.text(name)
		if v.isSet(name) && strings.TrimSpace(text) == "" {
			return "", flags.Usage(messages.Sprintf("--%s is empty", name), messages.Sprintf("give a text, or omit the flag"))
		}
		return text, nil
	}
	text, err := textfile.Read(file, messages.Sprintf("--%s-file takes the path of a text file", name))
	if err != nil {
		return "", err
	}
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	if strings.TrimSpace(text) == "" {
		return "", flags.Usage(messages.Sprintf("%s: the file is empty", file),
			messages.Sprintf("--%s-file takes a file that contains the text", name))
	}
	return text, nil
}
