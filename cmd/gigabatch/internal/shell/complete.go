package shell

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/control"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// kind is what may stand at the cursor. The scripts know these words.
type kind string

const (
	words   kind = "words"   // one of the choices, then a space
	list    kind = "list"    // one of the choices, and perhaps more of the word
	files   kind = "files"   // the path of a file
	folders kind = "folders" // the path of a folder
)

// choice is a word that may stand at the cursor.
type choice struct{ word, about string }

// completer knows the commands and their flags.
type completer struct {
	app *cli.App
	messages.Printer
}

// inputs are the commands with a file as their argument.
var inputs = []string{"run", "embed", "estimate", "output", "status", "ctl", "report", "diff", "init"}

// complete returns what may stand at the cursor: before are the words between the name of the program and the cursor, word is the text to the
// left of the cursor.
func (c completer) complete(before []string, word string) (kind, []choice) {
	var command string
	var given []string // the flags that the command line has
	var arguments []string
	var open *flags.Flag // the flag whose value is at the cursor
	ended := false       // by --
	for _, w := range before {
		switch {
		case open != nil:
			open = nil
		case ended || w == "-" || !strings.HasPrefix(w, "-"):
			if command == "" {
				command = w
			} else {
				arguments = append(arguments, w)
			}
		case w == "--":
			ended = true
		default:
			name, _, hasValue := strings.Cut(w, "=")
			if f := flagOf(command, name); f != nil {
				given = append(given, f.Name)
				if !hasValue && f.Kind != flags.Switch && f.Kind != flags.Optional {
					open = f
				}
			}
		}
	}
	switch name, value, hasValue := strings.Cut(word, "="); {
	case open != nil:
		return valueOf(*open, "", word)
	case !ended && hasValue && strings.HasPrefix(name, "-"):
		if f := flagOf(command, name); f != nil {
			return valueOf(*f, name+"=", value)
		}
		return words, nil
	case !ended && strings.HasPrefix(word, "-"):
		return words, beginning(c.flags(command, given), word)
	case command == "":
		return words, beginning(c.commands(), word)
	}
	return c.argument(command, arguments, word)
}

// commands are the commands for users.
func (c completer) commands() (all []choice) {
	for _, cmd := range c.app.Commands {
		if !cmd.Hidden {
			all = append(all, choice{cmd.Name, brief(cmd.Usage)})
		}
	}
	return append(all, choice{"help", ""})
}

// flags are the flags of a command that may still be given.
func (c completer) flags(command string, given []string) (all []choice) {
	for _, f := range flags.Tables[command] {
		if f.Kind == flags.Repeated || !slices.Contains(given, f.Name) {
			all = append(all, choice{"--" + f.Name, brief(c.Text(messages.Help(f.Usage)))})
		}
	}
	all = append(all, choice{"--help", ""})
	if command == "" {
		all = append(all, choice{"--version", ""})
	}
	if !slices.Contains(given, language.Name) {
		all = append(all, choice{"--" + language.Name, brief(c.Text(messages.Help(language.Usage)))})
	}
	return all
}

// argument is what may be an argument of a command.
func (c completer) argument(command string, arguments []string, word string) (kind, []choice) {
	switch {
	case command == "help" && len(arguments) == 0:
		return words, beginning(c.commands(), word)
	case command == "completion" && len(arguments) == 0:
		return words, beginning(choices(Shells), word)
	case command == "ctl" && len(arguments) == 1:
		var names []string
		for _, name := range control.Commands {
			names = append(names, string(name))
		}
		return words, beginning(choices(names), word)
	case command == "ctl" && len(arguments) == 2 && arguments[1] == string(control.Concurrency):
		return words, beginning(choices([]string{"auto"}), word)
	case command == "ctl" && len(arguments) > 0, !slices.Contains(inputs, command):
		return words, nil
	}
	return files, nil
}

// language is the flag of all commands, as an entry of a table.
var language = flags.Flag{Name: flags.Language.Name, OneOf: []string{"en", "ru"}, Usage: flags.Language.Usage}

// flagOf returns the flag of a command that a word with its dashes names, nil if there is none.
func flagOf(command, word string) *flags.Flag {
	name := strings.TrimLeft(word, "-")
	if name == language.Name {
		return &language
	}
	for _, f := range flags.Tables[command] {
		if f.Name == name || f.Alias != "" && f.Alias == name {
			return &f
		}
	}
	return nil
}

// known are the values of flags that take other values as well, or several separated by commas.
var known = map[string]func() []string{
	"model": models, "blocked-model": models, "fallback-model": models, "format": formats,
	"columns":    func() []string { return spec.KnownOutputColumns },
	"row-params": func() []string { return spec.RowParams },
}

func models() (all []string) {
	for _, l := range cost.Known().Lines() {
		if !slices.Contains(all, l.Model) {
			all = append(all, l.Model)
		}
	}
	return all
}

func formats() []string {
	return []string{string(table.CSV), string(table.XLSX), string(table.JSONL), string(table.Documents)}
}

// valueOf returns what may be the value of a flag. prefix is what stands before it in the same word, such as "--format=".
func valueOf(f flags.Flag, prefix, value string) (kind, []choice) {
	meta := metaOf(f.Usage)
	values, others := f.OneOf, known[f.Name]
	switch {
	case len(values) > 0:
	case strings.Contains(meta, "|"):
		values = strings.Split(meta, "|")
	case others != nil:
		values = others()
	case meta == "DIR", meta == "FOLDER":
		return folders, nil
	case meta == "FILE", f.File, f.Kind == flags.Form:
		return files, nil
	}
	if f.Kind == flags.List {
		done := value[:strings.LastIndexByte(value, ',')+1]
		given := strings.Split(done, ",")
		values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return slices.Contains(given, v) })
		return list, beginning(prefixed(prefix+done, choices(values)), prefix+value)
	}
	return words, beginning(prefixed(prefix, choices(values)), prefix+value)
}

// metaOf returns the name of the value in the text of a flag, "" if it takes none.
func metaOf(usage string) string {
	_, rest, _ := strings.Cut(usage, "`")
	meta, _, _ := strings.Cut(rest, "`")
	return meta
}

func choices(values []string) (all []choice) {
	for _, v := range values {
		all = append(all, choice{word: v})
	}
	return all
}

func prefixed(prefix string, all []choice) []choice {
	for i := range all {
		all[i].word = prefix + all[i].word
	}
	return all
}

// beginning returns the choices that begin with a text, as it is or in another case.
func beginning(all []choice, text string) []choice {
	return slices.DeleteFunc(all, func(c choice) bool {
		return len(c.word) < len(text) || !strings.EqualFold(c.word[:len(text)], text)
	})
}

// maxBrief is the length of a text beside a choice, in characters.
const maxBrief = 70

// brief returns the beginning of a text of the help, in one line.
func brief(text string) string {
	text = strings.ReplaceAll(text, "`", "")
	for _, end := range []string{";", "\n", " ("} {
		text, _, _ = strings.Cut(text, end)
	}
	if utf8.RuneCountInString(text) > maxBrief {
		cut := string([]rune(text)[:maxBrief])
		text = cut[:max(strings.LastIndexByte(cut, ' '), len(cut)/2)] + "…"
		text = strings.ToValidUTF8(text, "")
	}
	return text
}
