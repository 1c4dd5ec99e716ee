package index

import (
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"runtime"
	"testing"
	"unsafe"

	"gigabatch/internal/jobs/task"
)

func TestIndexIsAMap(t *testing.T) {
	t.Parallel()
	var x Index
	want := map[task.Key]Place{}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		k := task.KeyOf(binary.AppendUvarint(nil, r.Uint64N(9000)))
		p := Place{Off: r.Int64N(1 << 50), Len: r.Uint32(), State: task.State(r.IntN(4)), Again: r.IntN(2) == 0}
		x.Put(k, p)
		want[k] = p
	}
	for k, p := range want {
		if got, ok := x.Get(k); !ok || got != p {
			t.Fatalf("get(%s) = %+v, %t, want %+v", k, got, ok, p)
		}
	}
	if _, ok := x.Get(task.Key{1}); ok || int(x.n) != len(want) {
		t.Errorf("%d entries, want %d; a key that was never put is there: %t", x.n, len(want), ok)
	}
}

// What one of two indexes that share memory changes, the other does not see.
func TestSharedIndexes(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	var indexes [3]Index
	var want [3]map[task.Key]Place
	put := func(i int) {
		k := task.KeyOf(binary.AppendUvarint(nil, r.Uint64N(30000)))
		p := Place{Off: r.Int64N(1 << 50), Len: r.Uint32(), State: task.State(r.IntN(4))}
		indexes[i].Put(k, p)
		want[i][k] = p
	}
	want[0] = map[task.Key]Place{}
	for range 9000 {
		put(0)
	}
	for i := range 2 {
		indexes[i+1], want[i+1] = indexes[i].Share(), maps.Clone(want[i])
		for range 200 {
			put(0)
		}
	}
	for range 30000 { // the heads grow, too
		put(r.IntN(len(indexes)))
	}
	for i := range indexes {
		if int(indexes[i].n) != len(want[i]) {
			t.Errorf("index %d: %d entries, want %d", i, indexes[i].n, len(want[i]))
		}
		for k, p := range want[i] {
			if got, ok := indexes[i].Get(k); !ok || got != p {
				t.Fatalf("index %d: get(%s) = %+v, %t, want %+v", i, k, got, ok, p)
			}
		}
	}
}

func TestEmptyIndexHasNothing(t *testing.T) {
	t.Parallel()
	if _, ok := (&Index{}).Get(task.Key{}); ok {
		t.Error("an empty index has an entry")
	}
}

func TestFinishedRowTakesAtMost64Bytes(t *testing.T) {
	if size := unsafe.Sizeof(entry{}); size > 40 {
		t.Errorf("an entry takes %d bytes, want at most 40", size)
	}
	const n = 1<<18 + 1 // just after the heads have doubled
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	x := &Index{}
	for i := range uint64(n) {
		x.Put(task.KeyOf(binary.AppendUvarint(nil, i)), Place{Off: int64(i)})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if each := float64(after.HeapAlloc-before.HeapAlloc) / n; each > 64 {
		t.Errorf("%.1f bytes a row, want at most 64", each)
	}
	runtime.KeepAlive(x)
}
