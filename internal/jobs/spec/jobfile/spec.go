// Package jobfile reads job files: YAML files that hold what flags of a command hold, and a list of columns to be completed.
//
// It does not know which keys there are, or what they mean: a Spec says it. YAML has its 1.2 meaning (yes, no, on and off are texts,
// 010 is ten, dates are texts), a key without a value counts as absent, and every error has its line and column. Anchors, aliases and merge
// keys are resolved, up to a limit; tags, directives and a second document are refused.
package jobfile

import "strings"

// Kind is what a key takes.
type Kind int

const (
	Text     Kind = iota // one text; a number or true stands for its letters
	Integer              // a whole number
	Number               // a number
	Bool                 // true or false
	Duration             // a text or a number that the caller reads as a time
	List                 // a list of texts, or one text that the caller splits
	Inputs               // a text or a list of texts
	Object               // a mapping, or a text that names a file
	Optional             // true, false or a whole number
)

// columnsKey is the key of the list of columns, which every job file may have.
const columnsKey = "columns"

// Key is one key of a job file.
type Key struct {
	Name     string // with _ between its words; job files may write - instead
	Kind     Kind
	Doc      string   // one line for people
	Enum     []string // if not empty, the only values
	Path     bool     // texts name a file, relative to the folder of the job file
	Required bool
}

// Spec says which keys a job file has: Keys at the top, where "columns" comes on top of them, and ColumnKeys in each column.
type Spec struct {
	Keys, ColumnKeys []Key
	Nearest          func(mistyped string, names []string) string // the name that was probably meant, else ""; may be nil
}

// canonical is a name as the Spec writes it.
func canonical(name string) string { return strings.ReplaceAll(name, "-", "_") }

// find returns the key of that name in either spelling, nil if there is none.
func find(keys []Key, name string) *Key {
	name = canonical(name)
	for i := range keys {
		if keys[i].Name == name {
			return &keys[i]
		}
	}
	return nil
}

func names(keys []Key) []string {
	all := make([]string, len(keys))
	for i, k := range keys {
		all[i] = k.Name
	}
	return all
}
