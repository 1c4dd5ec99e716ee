// Package example makes values that are valid by a JSON Schema, and values that are almost valid.
package example
