// Package textfile reads text files in any encoding that editors write.
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

// Read returns the text of a file, without a BOM, in any encoding that can be detected. An error is a [*spec.UsageError] with hint.
func Read(file string, hint messages.Text) (string, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", &spec.UsageError{Msg: messages.Sprintf("%s: cannot read the file: %v", file, console.Cause(err)), Hint: hint}
	}
	return Decode(file, raw)
}

// Decode returns the text that raw holds, without a BOM, in any encoding that can be detected. The name of the file is for messages.
func Decode(file string, raw []byte) (string, error) {
	e := charset.Detect(raw, false).Encoding
	if e.Wide() {
		b, err := io.ReadAll(charset.NewReader(bytes.NewReader(raw), e))
		if err != nil {
			return "", err
		}
		raw, e = b, charset.UTF8
	}
	if at := e.Bad(raw); at >= 0 {
		return "", &spec.UsageError{Msg: messages.Sprintf("%s: the byte at position %d is not valid %s", file, at+1, e.Name()),
			Hint: messages.Sprintf("save the file in UTF-8")}
	}
	return strings.TrimPrefix(string(e.Decode(nil, raw)), "\ufeff"), nil
}
