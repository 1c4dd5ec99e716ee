//go:build race

package pool

// raced reports whether the race detector is on, which makes everything several times slower.
const raced = true
