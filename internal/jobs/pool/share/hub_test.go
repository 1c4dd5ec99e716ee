package share

import "testing"

// Pools together may have as many requests in flight as each may have, but with a key that has one stream not more than one, unless the user
// wants more.
func TestBoundsOfPoolsTogether(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		most int
		each []int
		want int
	}{
		"as the users want": {64, []int{5, 5}, 10}, "found automatically": {64, []int{64, 64}, 64},
		"a personal key": {1, []int{1, 1}, 1}, "a personal key with more": {1, []int{5, 5}, 10}, "no limit": {0, []int{2048, 2}, 2050},
	} {
		h := &Hub{Most: tt.most}
		var all []Member
		for _, n := range tt.each {
			all = append(all, h.Join(n, n, func() {}))
		}
		if h.quota.Max != tt.want {
			t.Errorf("%s: %d in flight, want %d", name, h.quota.Max, tt.want)
		}
		all[1].Leave()
		if got, want := h.quota.Max, tt.each[0]; got != want {
			t.Errorf("%s: %d in flight after one has left, want %d", name, got, want)
		}
	}
}
