package jobs

import "gigabatch/internal/jobs/task"

// rowKeys are the keys of the rows of an input as its plan found them, in order; zero for a row without a prompt. A second pass over the
// same input takes them from here, so that results are read ahead of the rows. They take 16 bytes a row.
type rowKeys struct {
	blocks [][]task.Key
	n      int
}

const keysPerBlock = 1 << 12

func (k *rowKeys) add(key task.Key) {
	if k.n%keysPerBlock == 0 {
		k.blocks = append(k.blocks, make([]task.Key, 0, keysPerBlock))
	}
	last := &k.blocks[len(k.blocks)-1]
	*last = append(*last, key)
	k.n++
}
