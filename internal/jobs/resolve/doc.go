// Package resolve turns the rows of an input into cells. It renders each row, looks it up in the journal and in the edits, and either
// decides each cell or leaves it pending with its tasks. Plan, run, output, status and page share this traversal of an input.
package resolve
