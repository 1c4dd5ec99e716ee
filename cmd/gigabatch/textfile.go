package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"gigabatch/internal/io/charset"
)

// textOrFile returns the text of --name, or what the file of --name-file holds, without the line break at its end.
func textOrFile(v askValues, name string) (string, error) {
	file := v.text(name + "-file")
	if v.isSet(name) || file == "" {
		text := v.text(name)
		if v.isSet(name) && strings.TrimSpace(text) == "" {
			return "", usage(fmt.Sprintf("--%s is empty", name), "leave it out, or give it a text")
		}
		return text, nil
	}
	text, err := readText(file, fmt.Sprintf("--%s-file takes the name of a text file", name))
	if err != nil {
		return "", err
	}
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	if strings.TrimSpace(text) == "" {
		return "", usage(fmt.Sprintf("%s: the file is empty", file), fmt.Sprintf("--%s-file takes a file with the text", name))
	}
	return text, nil
}

// readText is the text of a file in any encoding that can be told from it.
func readText(file, hint string) (string, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", usage(fmt.Sprintf("%s: cannot be read: %s", file, cause(err)), hint)
	}
	return plainText(file, raw)
}

// plainText is the text of a file in any encoding that can be told from it.
func plainText(file string, raw []byte) (string, error) {
	e := charset.Detect(raw, false).Encoding
	if e.Wide() {
		b, err := io.ReadAll(charset.NewReader(bytes.NewReader(raw), e))
		if err != nil {
			return "", err
		}
		raw, e = b, charset.UTF8
	}
	if at := e.Bad(raw); at >= 0 {
		return "", usage(fmt.Sprintf("%s: the byte at position %d is not %s", file, at+1, e.Name()), "save the file as UTF-8")
	}
	return strings.TrimPrefix(string(e.Decode(nil, raw)), "\ufeff"), nil
}
