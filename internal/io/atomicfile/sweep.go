package atomicfile

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"gigabatch/internal/io/filelock"
)

// ownTemp matches the names of temporary files.
var ownTemp = regexp.MustCompile(`^\..+\.gigabatch\.\d{10}\.tmp$`)

// tempName returns a hidden name that shows which file it belongs to.
func tempName(dst string) string {
	return fmt.Sprintf(".%s.gigabatch.%010d.tmp", Fit(filepath.Base(dst), MaxName-len("..gigabatch.0123456789.tmp")), rand.Uint32())
}

// swept remembers when the folders were swept, because a run may create many files in one.
var swept struct {
	sync.Mutex // guards at
	at         map[string]time.Time
}

const sweepEvery = time.Minute

// sweepNow removes the temporary files that killed processes left in a folder, unless this process did so a moment ago.
func sweepNow(dir string) {
	swept.Lock()
	defer swept.Unlock()
	if last, ok := swept.at[dir]; ok && time.Since(last) < sweepEvery {
		return
	}
	if swept.at == nil || len(swept.at) > 10_000 {
		swept.at = map[string]time.Time{}
	}
	swept.at[dir] = time.Now()
	entries, _ := os.ReadDir(dir) // a folder that cannot be read keeps its files, which does no harm
	for _, e := range entries {
		if e.Type().IsRegular() && ownTemp.MatchString(e.Name()) {
			_ = filelock.Remove(filepath.Join(dir, e.Name()))
		}
	}
}
