package hub

import (
	"testing"
	_ "unsafe" // for go:linkname
)

// processUsage is what the server asks for its figures.
//
//go:linkname processUsage github.com/nats-io/nats-server/v2/server/pse.ProcUsage
func processUsage(cpu *float64, rss, vss *int64) error

// TestIdle checks that the server's package reads nothing of /proc in a program that links it.
func TestIdle(t *testing.T) {
	t.Parallel()
	var cpu float64
	var rss, vss int64
	if err := processUsage(&cpu, &rss, &vss); err == nil {
		t.Errorf("the server's package reads /proc (%d bytes resident), so it does so each second", rss)
	}
}
