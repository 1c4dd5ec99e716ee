// Package house has no code but tests, which keep the layout of the module: what a package may import, and how large packages and types
// may become.
package house
