package meter

import (
	"testing"
	"time"
)

func TestMeterKeepsADay(t *testing.T) {
	t.Parallel()
	m := Meter{override: 2}
	start := time.Now()
	m.Enter(1, start)
	m.Leave(start.Add(1000 * time.Hour))
	if got, want := len(m.seconds), maxSeconds; got > want+1 {
		t.Errorf("got %d seconds kept, want at most %d", got, want)
	}
	if got, want := m.busy, 1000*time.Hour; got != want {
		t.Errorf("got busy %v, want %v", got, want)
	}
}
