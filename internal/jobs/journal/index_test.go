package journal

import (
	"encoding/binary"
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
