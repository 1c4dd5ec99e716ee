// Package output writes completions beside the rows of the input, and protects files, columns and cells that belong to the user.
//
// A column is refilled only if the journal shows that a run wrote it. A file is replaced only if its content is what this journal last
// committed. A text that the user wrote is kept. "Ours", in this package, means written by a run of the journal. The output appears whole
// in one step, or not at all.
package output
