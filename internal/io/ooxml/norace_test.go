//go:build !race

package ooxml

const raced = false
