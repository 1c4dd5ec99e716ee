// Package example makes values that are valid by a JSON Schema, and values that are nearly so.
package example
