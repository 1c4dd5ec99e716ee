// Package resolve turns the rows of an input into cells: each row is rendered, looked up in the journal and in the edits by hand, and then
// decided, or pending with the tasks that it needs. It is the one traversal of an input that plan, run, output, status and page share.
package resolve
