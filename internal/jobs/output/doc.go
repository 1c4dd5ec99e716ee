// Package output writes resolved rows beside the rows of the input, and knows which files, columns and cells are the user's.
//
// A column is refilled only if the journal says that we made it, a file is replaced only if it is the one that we committed last, and a
// text of the user's is kept. The output appears at once and whole, or not at all.
package output
