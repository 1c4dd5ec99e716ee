package jobs

import (
	"fmt"
	"strings"
)

func manyPrompts(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "p%d\n", i)
	}
	return b.String()
}
