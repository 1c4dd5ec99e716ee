// Package jobfile reads job files: YAML files with the flags of a command and a list of columns to be completed.
//
// A Spec defines the keys; the package does not know their meaning. YAML has its 1.2 semantics (yes, no, on and off are texts, 010 is ten,
// dates are texts), a key without a value counts as absent, and each error has a line and a column. Anchors, aliases and merge keys are
// resolved up to a limit. Tags, directives and a second document are rejected.
package jobfile

import "strings"

// Kind is the type of a key's value.
type Kind int

const (
	Text     Kind = iota // one text; numbers and booleans are taken as written
	Integer              // a whole number
	Number               // a number
	Bool                 // true or false
	Duration             // a text or a number that the caller parses as a duration
	List                 // a list of texts, or one text that the caller splits
	Inputs               // a text or a list of texts
	Object               // a mapping, or a text that names a file
	Optional             // true, false or a whole number
)

// columnsKey is the key of the list of columns. Every job file may have it.
const columnsKey = "columns"

// Key is one key of a job file.
type Key struct {
	Name     string // with _ between words; job files may use - instead
	Kind     Kind
	Doc      string   // one line of help
	Enum     []string // if not empty, the allowed values
	Path     bool     // the texts are file paths, relative to the folder of the job file
	Required bool
	Filled   bool // nothing is no value: elsewhere, it is as if the key were absent
}

// Spec defines the keys of a job file: Keys and "columns" at the top level, and ColumnKeys in each column.
type Spec struct {
	Keys, ColumnKeys []Key
	Nearest          func(mistyped string, names []string) string // returns the name that was probably meant, or ""; may be nil
}

// canonical returns a name in the spelling of the Spec.
func canonical(name string) string { return strings.ReplaceAll(name, "-", "_") }

// find returns the key with the given name in either spelling, or nil.
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
