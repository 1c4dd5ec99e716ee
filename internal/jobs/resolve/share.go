package resolve

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Share decides which of the selected rows belong to a shard.
//
// A row is asked by one shard, with all its columns, because a column may use the answer of another. Rows that share a request fall into the
// same shard, directly or through other rows, as far as the requests are known from the input: those of columns that use no answer. So every
// such request is asked by one shard. A request that is made of an answer (of a column that uses another, a part of a long text, a repair)
// may happen to be the same in several shards, and each of them asks it.
//
// The shard of a row depends on its requests, the number of shards and, with several such columns, on the other selected rows. It does not
// depend on the journal.
type Share struct {
	Offered int // selected rows of all shards so far

	shard  spec.Shard
	roots  []*prompt.Renderer // the columns that use no answer
	groups *groups            // nil if a row has one request at most
	digest hash.Hash
	err    error
}

// Digest returns a hash of the requests of the selected rows of all shards that a traversal has seen, "" without shards. It is the same on every machine.
func (s *Share) Digest() string {
	if s == nil || s.digest == nil {
		return ""
	}
	return hex.EncodeToString(s.digest.Sum(nil)[:16])
}

// Grouped reports whether the shard of a row depends on other rows, too.
func (s *Share) Grouped() bool { return s != nil && s.groups != nil }

// Notes says if the shard has more than twice its part of the rows, because rows share requests. rows is how many it has.
func (s *Share) Notes(rows int) []messages.Text {
	if s == nil || rows < minUneven || rows*s.shard.Of <= 2*s.Offered {
		return nil
	}
	return []messages.Text{messages.Sprintf("this shard has %d of %d {row|rows}: rows that share the request of a column are asked by one shard", rows, s.Offered)}
}

// minUneven is the number of rows from which an uneven part is worth a note.
const minUneven = 20

// newShare returns the share of a traversal, nil if the settings have no shard. With several columns that use no answer, it reads the source.
func newShare(ctx context.Context, o *Options) (*Share, error) {
	shard, err := spec.ParseShard(o.Settings.Shard)
	if err != nil || o.Settings.Shard == "" {
		return nil, err
	}
	s := o.Share
	if s == nil {
		s = &Share{}
	}
	*s = Share{shard: shard, digest: sha256.New()}
	for _, column := range o.Columns.List {
		if len(column.Needs) == 0 {
			s.roots = append(s.roots, column)
		}
	}
	if len(s.roots) < 2 {
		return s, nil
	}
	sel, err := o.Settings.Selector(o.Source)
	if err != nil {
		return nil, err
	}
	s.groups = &groups{}
	for row, err := range o.Source.Rows() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		if !sel.Has(row) {
			continue
		}
		keys, err := s.keys(row)
		if err != nil {
			return nil, err
		}
		s.groups.join(keys)
	}
	return s, nil
}

// keys returns the keys of the requests of a row that are known from the input. A row with bad input has none: whoever resolves it finds
// the error. A row without a request that is known is identified by its texts.
func (s *Share) keys(row table.Row) (keys []task.Key, err error) {
	for _, column := range s.roots {
		req, err := column.Render(row)
		switch {
		case errors.As(err, new(*table.Error)):
			return nil, nil
		case err != nil:
			return nil, err
		case !req.Skip:
			keys = append(keys, task.KeyOf(req.Body))
		}
	}
	if keys == nil {
		var b bytes.Buffer
		for _, text := range row.Values {
			b.WriteString(text)
			b.WriteByte(0xFF) // is not in UTF-8
		}
		keys = append(keys, task.KeyOf(b.Bytes()))
	}
	return keys, nil
}

// has reports whether a selected row belongs to the shard. Rows with bad input belong to all.
func (s *Share) has(row table.Row) bool {
	s.Offered++
	keys, err := s.keys(row)
	if err != nil && s.err == nil {
		s.err = err
	}
	if keys == nil {
		return true
	}
	for _, k := range keys {
		s.digest.Write(k[:])
	}
	s.digest.Write([]byte{'\n'})
	at := numberOf(keys[0])
	if s.groups != nil {
		at = s.groups.of(at)
	}
	return int(at%uint64(s.shard.Of)) == s.shard.Number-1
}

func (s *Share) failed() error {
	if s == nil {
		return nil
	}
	return s.err
}

// numberOf returns half of a key as a number. Two keys with the same number only fall into the same shard.
func numberOf(k task.Key) uint64 { return binary.BigEndian.Uint64(k[8:]) }

// groups are the groups of requests that rows have in common, directly or through other rows. It takes about 30 bytes for each distinct
// request.
type groups struct {
	at     map[uint64]uint32 // by number of a request
	above  []uint32          // another request of the group, or itself
	number []uint64          // of the request; at the top of a group, the smallest of the group
}

// join makes one group of those of the keys.
func (g *groups) join(keys []task.Key) {
	if g.at == nil {
		g.at = map[uint64]uint32{}
	}
	first := uint32(0)
	for i, k := range keys {
		n := numberOf(k)
		at, ok := g.at[n]
		if !ok {
			at = uint32(len(g.above))
			g.at[n], g.above, g.number = at, append(g.above, at), append(g.number, n)
		}
		at = g.top(at)
		if i == 0 {
			first = at
			continue
		}
		least := min(g.number[first], g.number[at])
		g.above[at], g.number[first] = first, least
	}
}

func (g *groups) top(at uint32) uint32 {
	for g.above[at] != at {
		g.above[at] = g.above[g.above[at]]
		at = g.above[at]
	}
	return at
}

// of returns the number of the group of a request: the smallest of its members, so that it does not depend on the order of the rows.
func (g *groups) of(number uint64) uint64 {
	at, ok := g.at[number]
	if !ok { // the input has changed since
		return number
	}
	return g.number[g.top(at)]
}
