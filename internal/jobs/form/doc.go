// Package form says what form a completion must have, what a request says to get it, and what a completion of that form holds.
//
// A Form is a JSON Schema of an object, or a list of choices. It knows nothing of rows, tasks or the API beyond the fields of a request.
package form
