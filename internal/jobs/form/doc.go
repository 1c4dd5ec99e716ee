// Package form defines the form of a completion, the parts of a request that ask for it, and the values of a completion of that form.
//
// A Form is a JSON Schema of an object or a list of choices. The package knows nothing about rows, tasks or the API except the fields of a
// request.
package form
