package jsonl

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"gigabatch/internal/io/table"
)

// plainText says whether b is UTF-8 without NUL.
func plainText(b []byte) bool { return utf8.Valid(b) && bytes.IndexByte(b, 0) < 0 }

// badByte is the position of the first byte that is NUL or no UTF-8, len(b) if there is none.
func badByte(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if b[i] == 0 || r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(b)
}

func textError(name string, line int, b byte) error {
	if b == 0 {
		return &table.Error{Name: name, Line: line, Msg: "a NUL byte stands in the text", Hint: "save the file again as UTF-8 text"}
	}
	return &table.Error{Name: name, Line: line, Msg: fmt.Sprintf("the byte 0x%02X is not UTF-8", b), Hint: "save the file as UTF-8"}
}

// checkHead refuses what the first bytes of a text file show to be in another encoding.
func checkHead(name string, head []byte) error {
	utf16 := bytes.HasPrefix(head, []byte("\xFF\xFE")) || bytes.HasPrefix(head, []byte("\xFE\xFF"))
	if !utf16 && len(head) >= 4 {
		utf16 = head[0] == 0 && head[1] != 0 && head[2] == 0 || head[1] == 0 && head[0] != 0 && head[3] == 0
	}
	if utf16 {
		return &table.Error{Name: name, Line: 1, Msg: "the file is UTF-16", Hint: "save the file as UTF-8"}
	}
	return nil
}
