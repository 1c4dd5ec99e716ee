// Package flags declares the flags of all commands in tables. The flags of the command line, the keys of job files, and the JSON Schema of
// job files are made from these tables.
package flags

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// Flag is a flag of a command.
type Flag struct {
	Name    string // on the command line
	Alias   string // one letter; may be empty
	Kind    Kind
	Group   string // the heading in help
	Usage   string // the text in help, with the name of the value in back quotes
	Default any    // a string for Text and List, an int for Whole, shown in help; an int for Optional, used if no number follows

	// The flag in a job file.
	Key     string   // the key; empty if it is the name with _ instead of -
	OneOf   []string // if not empty, the permitted values
	File    bool     // the value is a path, relative to the job file
	Columns Columns
	NoKey   bool // only the command line may set it
	Filled  bool // the key must have a value

	Min     int            // if not 0, the smallest permitted number
	Formats []table.Format // if not empty, the input formats it applies to
}

// Kind is the kind of value a flag takes.
type Kind int

const (
	Text     Kind = iota
	Switch        // nothing
	Whole         // a whole number
	Unsigned      // an unsigned 64-bit whole number
	Number        // a number
	Time          // a duration such as 90s
	List          // comma-separated texts; in a job file also a list
	Repeated      // one text each time the flag is given; in a job file also a list
	Form          // the path of a file; in a job file also a mapping
	Optional      // a whole number, or nothing
)

// Columns says what a flag means in a job file with columns.
type Columns int

const (
	NotOfColumns  Columns = iota
	ForAllColumns         // the default of columns that do not set it
	ForOneColumn          // not permitted together with columns
)

// Table lists the flags of a command, in the order of its help.
type Table []Flag

// named returns the flag of that name, or nil.
func (t Table) named(name string) *Flag {
	if i := slices.IndexFunc(t, func(f Flag) bool { return f.Name == name }); i >= 0 {
		return &t[i]
	}
	return nil
}

// DefaultText returns the default of the flag as help shows it, "" if it shows none.
func (f Flag) DefaultText() string {
	if f.Default == nil || f.Kind == Optional {
		return ""
	}
	return fmt.Sprint(f.Default)
}

// CLI makes the flags for one command line, with their help in the language of p.
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

// A flag that was not given has no value, so help must not show 0 or false as its default.
func init() {
	text := cli.FlagStringer
	cli.FlagStringer = func(f cli.Flag) string {
		return strings.TrimSuffix(strings.TrimSuffix(text(f), " (default: 0)"), " (default: false)")
	}
}
