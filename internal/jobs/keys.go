package jobs

import (
	"errors"

	"gigabatch/internal/io/table"
)

// keyer tells which job a row belongs to. It is made anew for each pass over the rows.
type keyer interface {
	// key returns the key of a row; skip says that its prompt is blank.
	key(row table.Row) (k Key, skip bool, err error)
}

// askKeyer renders the row's request and hashes it.
type askKeyer struct {
	asker *asker
	nth   *index // how often each plain key was seen, where every row gets an answer of its own
	asked asked
}

func (a *asker) keyer() *askKeyer {
	k := &askKeyer{asker: a}
	if a.settings.NoDedupe {
		k.nth = &index{}
	}
	return k
}

func (k *askKeyer) key(row table.Row) (Key, bool, error) {
	var err error
	if k.asked, err = k.asker.ask(row); err != nil || k.asked.skip {
		return Key{}, k.asked.skip, err
	}
	key := KeyOf(k.asked.body)
	if k.nth == nil {
		return key, false, nil
	}
	seen, _ := k.nth.get(key)
	k.nth.put(key, place{off: seen.off + 1})
	return key.Occurrence(uint32(seen.off)), false, nil
}

// passOver lets a row that is not selected count, where every row gets an answer of its own: which it is depends on all rows before it.
func passOver(k keyer, row table.Row) error {
	ask, ok := k.(*askKeyer)
	if !ok || ask.nth == nil {
		return nil
	}
	_, _, err := ask.key(row)
	var bad *table.Error
	if errors.As(err, &bad) {
		return nil
	}
	return err
}

// indexKeyer takes the keys from a row index, so that the values need not be rendered again.
type indexKeyer struct {
	index *rowIndex
	rows  []rowEntry // read ahead
	first int        // number of rows[0]
}

const rowsAhead = 1 << 12

func (k *indexKeyer) key(row table.Row) (Key, bool, error) {
	if row.Index >= k.first+len(k.rows) {
		rows, err := k.index.window(row.Index, rowsAhead)
		if err != nil {
			return Key{}, false, err
		}
		k.rows, k.first = rows, row.Index
	}
	if row.Index >= k.first+len(k.rows) {
		return Key{}, false, errInputChanged
	}
	key := k.rows[row.Index-k.first].key
	return key, key == Key{}, nil
}
