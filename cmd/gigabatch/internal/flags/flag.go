// Package flags declares the flags of all commands in tables. From them come the flags of the command line, the keys of job files, and
// the schema of job files for editors.
package flags

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// Flag is a flag of a command.
type Flag struct {
	Name    string // on the command line
	Alias   string // a letter; may be empty
	Kind    Kind
	Group   string // the heading in help
	Usage   string // the text in help, with the name of the value in back quotes
	Default any    // a string for Text and List, an int for Whole, both shown in help; an int for Optional, meant where no number follows

	// What it is in a job file.
	Key     string   // the key; empty if that is the name with _ for -
	OneOf   []string // if not empty, the only values
	File    bool     // the value names a file or a folder, relative to the job file
	Columns Columns

	Min     int            // if not 0, the smallest number that it takes
	Formats []table.Format // if not empty, those of the inputs that it is for
}

// Kind is what a flag takes.
type Kind int

const (
	Text     Kind = iota
	Switch        // nothing
	Whole         // a whole number
	Unsigned      // a whole number of 64 bits, without a sign
	Number        // a number
	Time          // a time such as 90s
	List          // texts with commas between them; in a job file also a list
	Repeated      // a text each time it is given; in a job file also a list
	Form          // the name of a file; in a job file also a mapping
	Optional      // a whole number or nothing
)

// Columns says what a flag means to a job file with columns.
type Columns int

const (
	NotOfColumns  Columns = iota
	ForAllColumns         // it holds for the columns that do not say otherwise
	ForOneColumn          // it is refused beside columns
)

// Table is the flags of a command, in the order of its help.
type Table []Flag

// named returns the flag of that name, nil if there is none.
func (t Table) named(name string) *Flag {
	if i := slices.IndexFunc(t, func(f Flag) bool { return f.Name == name }); i >= 0 {
		return &t[i]
	}
	return nil
}

// CLI makes the flags of one command line, with their help in a language.
func (t Table) CLI(p messages.Printer) []cli.Flag {
	var all []cli.Flag
	for _, f := range t {
		f.Usage, f.Group = p.Text(messages.Help(f.Usage)), p.Text(messages.Help(f.Group))
		all = append(all, f.cli())
	}
	return all
}

func (f Flag) cli() cli.Flag {
	var aliases []string
	if f.Alias != "" {
		aliases = []string{f.Alias}
	}
	text, _ := f.Default.(string)
	n, _ := f.Default.(int)
	generic := func(v cli.Generic) cli.Flag {
		return &cli.GenericFlag{Name: f.Name, Aliases: aliases, Category: f.Group, Usage: f.Usage, Value: v}
	}
	switch f.Kind {
	case Switch:
		return &cli.BoolFlag{Name: f.Name, Aliases: aliases, Category: f.Group, Usage: f.Usage}
	case Whole:
		return &cli.IntFlag{Name: f.Name, Aliases: aliases, Category: f.Group, Usage: f.Usage, Value: n}
	case Unsigned:
		return &cli.Uint64Flag{Name: f.Name, Aliases: aliases, Category: f.Group, Usage: f.Usage}
	case Number:
		return &cli.Float64Flag{Name: f.Name, Aliases: aliases, Category: f.Group, Usage: f.Usage}
	case Time:
		return generic(new(seconds))
	case Repeated:
		return generic(new(texts))
	case Optional:
		return generic(&optional{def: n})
	}
	return &cli.StringFlag{Name: f.Name, Aliases: aliases, Category: f.Group, Usage: f.Usage, Value: text}
}

// A flag that was not given has no value: help must not call 0 or false its default.
func init() {
	text := cli.FlagStringer
	cli.FlagStringer = func(f cli.Flag) string {
		return strings.TrimSuffix(strings.TrimSuffix(text(f), " (default: 0)"), " (default: false)")
	}
}
