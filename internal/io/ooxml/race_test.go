//go:build race

package ooxml

// raced reports whether the race detector is on, which makes everything several times slower.
const raced = true
