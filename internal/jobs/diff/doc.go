// Package diff compares two runs row by row: by their outputs, or by what a journal says of each. Rows are the same if their input cells
// are, wherever they are.
package diff
