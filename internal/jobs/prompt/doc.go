// Package prompt turns rows into requests. It chooses and renders the prompt of each completion column, attaches files, asks for the form
// of the completion, and cuts a long text into parts.
//
// It does not know the journal. A function supplied by the caller returns the completions of other columns that a prompt uses.
package prompt
