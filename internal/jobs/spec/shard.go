package spec

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/messages"
)

// Shard is one of several shares of the rows of an input, each of which is asked by a run of its own with its own journal. The zero Shard is
// the whole input.
type Shard struct {
	Number int // from 1
	Of     int
}

// maxShards limits into how many shards an input may be divided.
const maxShards = 10_000

// ParseShard parses a shard such as "2/8", or "1+1/8": a scheduler that counts from 0 may have nothing that adds. The error is a *UsageError.
func ParseShard(text string) (s Shard, err error) {
	if text == "" {
		return s, nil
	}
	number, of, _ := strings.Cut(text, "/")
	s.Of, err = strconv.Atoi(of)
	for term := range strings.SplitSeq(number, "+") {
		n, wrong := strconv.Atoi(term)
		s.Number, err = s.Number+n, cmp.Or(err, wrong)
	}
	if err != nil || s.Number < 1 || s.Number > s.Of || s.Of > maxShards {
		return Shard{}, &UsageError{
			Msg:  messages.Sprintf("--shard %s: must be the number of the shard, from 1, and how many there are, at most %d", text, maxShards),
			Hint: messages.Sprintf("for example 2/8, or $(JOB_COMPLETION_INDEX)+1/8 in a job of Kubernetes, whose pods are numbered from 0"),
		}
	}
	return s, nil
}

// String returns the shard as ParseShard reads it, "" for the whole input.
func (s Shard) String() string {
	if s.Of == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.Number, s.Of)
}

// JournalFor returns the default path of the journal of a run: INPUT.gigabatch or, for a shard as ParseShard parses it,
// INPUT.2-of-8.gigabatch.
func JournalFor(input, shard string) string {
	whole := JournalPath(input)
	s, err := ParseShard(shard)
	if err != nil || s.Of == 0 {
		return whole
	}
	const longest = ".rescued-99.gigabatch.edits.lock"
	mark := fmt.Sprintf(".%d-of-%d", s.Number, s.Of)
	dir, base := filepath.Split(strings.TrimSuffix(whole, journalExt))
	return dir + atomicfile.Fit(base, atomicfile.MaxName-len(mark)-len(longest)) + mark + journalExt
}

const journalExt = ".gigabatch"

// ShardOf returns the shard whose default journal for an input has this file name.
func ShardOf(input, name string) (s Shard, ok bool) {
	rest := strings.TrimSuffix(name, journalExt)
	mark := rest[strings.LastIndexByte(rest, '.')+1:]
	if n, err := fmt.Sscanf(mark, "%d-of-%d", &s.Number, &s.Of); n != 2 || err != nil {
		return Shard{}, false
	}
	return s, filepath.Base(JournalFor(input, s.String())) == name
}
