// Package textfile reads texts that were saved by any editor.
package textfile

import (
	"bytes"
	"io"
	"os"
	"strings"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/internal/io/charset"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// Read is the text of a file in any encoding that can be told from it.
func Read(file string, hint messages.Text) (string, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", &spec.UsageError{Msg: messages.Sprintf("%s: cannot be read: %v", file, console.Cause(err)), Hint: hint}
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
		return "", &spec.UsageError{Msg: messages.Sprintf("%s: the byte at position %d is not %s", file, at+1, e.Name()),
			Hint: messages.Sprintf("save the file as UTF-8")}
	}
	return strings.TrimPrefix(string(e.Decode(nil, raw)), "\ufeff"), nil
}
