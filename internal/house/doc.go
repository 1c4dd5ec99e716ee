// Package house contains only tests. They keep the layout of the module: what a package may import, and how large packages and types may
// become.
package house
