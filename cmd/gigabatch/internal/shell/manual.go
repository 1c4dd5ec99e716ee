package shell

import (
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/release"
	"gigabatch/internal/messages"
)

// Manual is the command that prints the manual page. codes returns the exit codes of a command, one to a line.
func Manual(p messages.Printer, out io.Writer, codes func(command string) []string) *cli.Command {
	return &cli.Command{
		Name:        "man",
		Usage:       "print the manual page",
		Description: "To read it:  gigabatch man > gigabatch.1 && man ./gigabatch.1\n\nRead more: docs/install.md",
		Action: func(c *cli.Context) error {
			if err := flags.NoArguments(c); err != nil {
				return err
			}
			_, err := io.WriteString(out, manual(p, c.App, release.This(), codes))
			return err
		},
	}
}

// manual returns the page in the macros of man(7).
func manual(p messages.Printer, app *cli.App, build release.Build, codes func(command string) []string) string {
	day, _, _ := strings.Cut(build.Date, "T")
	w := &page{Printer: p}
	w.macro("TH", "GIGABATCH", "1", day, "gigabatch "+build.Version, p.Sprintf("User Commands"))
	w.macro("SH", p.Sprintf("NAME"))
	w.text("gigabatch - " + app.Usage)
	w.macro("SH", p.Sprintf("SYNOPSIS"))
	w.line(`\fBgigabatch\fR \fI` + roff(p.Sprintf("COMMAND")) + `\fR [` + roff(p.Sprintf("FLAGS")) + `] [` + roff(p.Sprintf("ARGUMENTS")) + `]`)
	w.macro("SH", p.Sprintf("DESCRIPTION"))
	w.text(app.Description)
	w.macro("SH", p.Sprintf("COMMANDS"))
	for _, c := range app.Commands {
		if !c.Hidden {
			w.command(c)
		}
	}
	w.macro("SH", p.Sprintf("FLAGS OF ALL COMMANDS"))
	w.flag(language)
	w.flag(flags.Flag{Name: "help", Alias: "h", Kind: flags.Switch, Usage: p.Sprintf("show this help")})
	w.macro("SH", p.Sprintf("EXIT STATUS"))
	for _, line := range codes("run") {
		code, meaning, _ := strings.Cut(line, " ")
		w.item(`\fB`+roff(code)+`\fR`, strings.TrimSpace(meaning))
	}
	w.macro("SH", p.Sprintf("ENVIRONMENT"))
	w.text(p.Sprintf("A file .env in the working folder may set these, too. docs/reference.md has all of them."))
	for _, v := range []struct {
		name string
		what messages.Text
	}{
		{"GIGACHAT_CREDENTIALS", messages.Sprintf("the authorization key of the project")},
		{"GIGACHAT_SCOPE", messages.Sprintf("the scope of the key")},
		{"GIGACHAT_MODEL", messages.Sprintf("the model, if --model is not given")},
		{"GIGABATCH_PASSWORD", messages.Sprintf("the password of the page, for gigabatch serve")},
		{"GIGABATCH_PRICE_FILE", messages.Sprintf("a table with your own prices")},
		{"GIGABATCH_LANG", messages.Sprintf("the language of messages and help: en or ru")},
	} {
		w.item(`\fB`+roff(v.name)+`\fR`, p.Text(v.what))
	}
	w.macro("SH", p.Sprintf("FILES"))
	w.item(`\fI`+roff(p.Sprintf("INPUT.gigabatch"))+`\fR`, p.Sprintf("the journal with the answers; without it, everything is asked and paid for again"))
	w.item(`\fI`+roff(p.Sprintf("INPUT.gigabatch.lock"))+`\fR`, p.Sprintf("the lock of the journal, which is never deleted"))
	return w.b.String()
}

// page is a manual page that is being written.
type page struct {
	messages.Printer
	b strings.Builder
}

func (w *page) line(text string) { w.b.WriteString(text + "\n") }

// macro writes a macro with arguments.
func (w *page) macro(name string, arguments ...string) {
	text := "." + name
	for _, a := range arguments {
		text += ` "` + roff(a) + `"`
	}
	w.line(text)
}

// text writes paragraphs. Lines that begin with spaces are kept as they are.
func (w *page) text(text string) {
	for i, paragraph := range strings.Split(strings.Trim(text, "\n"), "\n\n") {
		if i > 0 {
			w.line(".PP")
		}
		kept := false // between .nf and .fi
		for j, l := range strings.Split(paragraph, "\n") {
			switch indented := strings.HasPrefix(l, "  "); {
			case indented && !kept:
				w.line(".nf")
			case !indented && kept:
				w.line(".fi")
			case !indented && j > 0:
				w.line(".br")
			}
			kept = strings.HasPrefix(l, "  ")
			w.line(roff(l))
		}
		if kept {
			w.line(".fi")
		}
	}
}

// item writes a paragraph with a tag, which is roff.
func (w *page) item(tag, text string) {
	w.line(".TP")
	w.line(tag)
	w.line(roff(strings.ReplaceAll(text, "\n", " ")))
}

// command writes a command with its flags, those of a group together.
func (w *page) command(c *cli.Command) {
	w.macro("SS", strings.TrimSpace("gigabatch "+c.Name+" "+c.ArgsUsage))
	w.text(c.Usage)
	if c.Description != "" {
		w.line(".PP")
		w.text(c.Description)
	}
	var groups []string
	byGroup := map[string][]flags.Flag{}
	for _, f := range flags.Tables[c.Name] {
		if byGroup[f.Group] == nil {
			groups = append(groups, f.Group)
		}
		byGroup[f.Group] = append(byGroup[f.Group], f)
	}
	slices.Sort(groups)
	for _, g := range groups {
		if g != "" {
			w.line(".PP")
			w.line(`\fI` + roff(w.Text(messages.Help(g))) + `\fR`)
		}
		for _, f := range byGroup[g] {
			w.flag(f)
		}
	}
}

// flag writes a flag with its value, its text and its default.
func (w *page) flag(f flags.Flag) {
	usage := w.Text(messages.Help(f.Usage))
	tag := `\fB` + roff("--"+f.Name) + `\fR`
	if f.Alias != "" {
		tag = `\fB` + roff("-"+f.Alias) + `\fR, ` + tag
	}
	if meta := metaOf(usage); meta != "" {
		tag += ` \fI` + roff(meta) + `\fR`
	}
	text := strings.ReplaceAll(usage, "`", "")
	if d := f.DefaultText(); d != "" {
		text += w.Sprintf(" (default: ") + d + ")"
	}
	w.item(tag, text)
}

// escapes are the characters that mean something in roff, or that it would print as others.
var escapes = strings.NewReplacer(`\`, `\e`, `-`, `\-`, `"`, `\(dq`, `^`, `\(ha`, `~`, `\(ti`, "`", `\(ga`, `'`, `\(aq`)

// roff returns a line of text as roff.
func roff(text string) string {
	text = escapes.Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return text
}
