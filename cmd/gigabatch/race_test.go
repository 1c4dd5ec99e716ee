//go:build race

package main

// raced says that the race detector is at work, which makes everything several times slower.
const raced = true
