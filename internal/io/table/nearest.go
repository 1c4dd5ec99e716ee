package table

import "gigabatch/internal/io/nearest"

// Nearest is nearest.Name.
func Nearest(mistyped string, names []string) string { return nearest.Name(mistyped, names) }
