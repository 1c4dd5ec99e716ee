// Package prompt turns rows into requests: it chooses and renders the prompt of each completion column, attaches files, asks for the form
// that a completion must have, and cuts a text that is too long into parts.
//
// It knows no journal. A function that it is given returns the completions of other columns that a prompt uses.
package prompt
