package main

import (
	"fmt"
	"strconv"
)

// optional is a flag that may stand alone, and then means def, or have a number: --preview, --preview 8, --preview=8.
type optional struct{ n, def int }

// IsBoolFlag tells the flag package that no value need follow.
func (o *optional) IsBoolFlag() bool { return true }

func (o *optional) Set(text string) error {
	switch text {
	case "true":
		o.n = o.def
		return nil
	case "false":
		o.n = 0
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return fmt.Errorf("%q is not a number from 1", text)
	}
	o.n = n
	return nil
}

func (o *optional) String() string { return "" }
