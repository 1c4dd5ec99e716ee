// Package open finds the format of an input and opens it.
package open

import "gigabatch/internal/io/table"

// Open is table.Open.
func Open(name string, o table.Options) (table.Source, error) { return table.Open(name, o) }

// Identify is the identity of the input of that name as it is now.
func Identify(name string, o table.Options) (table.Identity, error) { return o.Identify(name) }

// IsDocuments is table.IsDocuments.
func IsDocuments(args []string, f table.Format) bool { return table.IsDocuments(args, f) }
