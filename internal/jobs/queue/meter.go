package queue

import "time"

// meter counts answers over the last half minute. The zero value is ready for use.
type meter struct {
	began time.Time
	slots [15]int // of slot each; the newest is at slot number % len
	last  int     // the number of the newest slot
}

const slot = 2 * time.Second

// turn empties the slots between the newest one and now.
func (m *meter) turn(now time.Time) {
	if m.began.IsZero() {
		m.began = now
	}
	n := int(now.Sub(m.began) / slot)
	for i := max(m.last+1, n-len(m.slots)+1); i <= n; i++ {
		m.slots[i%len(m.slots)] = 0
	}
	m.last = max(m.last, n)
}

// add counts an answer.
func (m *meter) add(now time.Time) {
	m.turn(now)
	m.slots[m.last%len(m.slots)]++
}

// perMinute is how many there are a minute.
func (m *meter) perMinute(now time.Time) int {
	m.turn(now)
	sum := 0
	for _, n := range m.slots {
		sum += n
	}
	whole := max(0, m.last-len(m.slots)+1) // the number of the oldest slot
	over := now.Sub(m.began) - time.Duration(whole)*slot
	return int(float64(sum)*float64(time.Minute)/float64(max(over, slot)) + 0.5)
}
