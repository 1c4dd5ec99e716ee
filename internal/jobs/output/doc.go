// Package output writes resolved rows back beside the rows of the input, and knows whose file, column and cell is whose.
//
// A column is refilled only if the journal says that we made it, a file is replaced only if it is the one that we committed last, and a text of
// the user's is kept. The output appears at once and whole, or not at all.
package output
