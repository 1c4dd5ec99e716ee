package main

import (
	"io"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
)

func say(w io.Writer, format string, args ...any) { console.Say(w, format, args...) }

func oneLine(s string) string { return console.OneLine(s) }

func cause(err error) string { return console.Cause(err) }

func count[N int | int64](n N, noun string) string { return console.Count(n, noun) }

func plural[N int | int64](n N, one, many string) string { return console.Plural(n, one, many) }

func digits(n int64) string { return console.Digits(n) }

func usage(msg, hint string) error { return flags.Usage(msg, hint) }
