package oracle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"strings"
)

// noKey is the key of records that belong to no request.
const noKey = "00000000000000000000000000000000"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sealed appends the checksum to a record.
func sealed(record string) string {
	return fmt.Sprintf("%s,\"crc\":\"%08x\"}\n", record, crc32.Checksum([]byte(record), castagnoli))
}

// A record is a line of a journal.
type record struct {
	line   string
	fields map[string]any // nil if the line is damaged
}

// state returns the state of a record, "" for a damaged line.
func (r record) state() string {
	s, _ := r.fields["state"].(string)
	return s
}

// isResult reports whether a record is the result of a request.
func (r record) isResult() bool {
	return r.fields != nil && r.fields["key"] != noKey && r.state() != "lost"
}

// records parses the lines of a journal.
func records(data []byte) []record {
	var all []record
	for line := range bytes.Lines(data) {
		r := record{line: string(line)}
		whole := strings.TrimSuffix(r.line, "\n")
		if body, _, found := strings.Cut(whole, `,"crc":"`); found && sealed(body) == whole+"\n" {
			json.Unmarshal(line, &r.fields)
		}
		all = append(all, r)
	}
	return all
}

// kept returns the keys of the requests with an answer in a journal.
func kept(data []byte) map[string]bool {
	keys := map[string]bool{}
	for _, r := range records(data) {
		if r.isResult() && r.state() == "completed" {
			keys[r.fields["key"].(string)] = true
		}
	}
	return keys
}
