package publish

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/jobs/task"
)

// A container that was started again has the host and the process number of the one before, which is listed until its lease ends. Processes
// that share the key are no workers.
func TestWriteWorkers(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "run.prom")
	then := time.Unix(1000, 0)
	workers := []task.Sharer{
		{Host: "pod-0", PID: 1, What: "worker", Version: "1", InFlight: 1, Rate: 10, Seen: then, Silent: true},
		{Host: "pod-0", PID: 1, What: "worker", Version: "2", InFlight: 2, Rate: 3, Seen: then.Add(9 * time.Second)},
		{Host: "pod-1", PID: 1, What: "worker", Version: "2", InFlight: 4, Rate: 5, Seen: then},
		{PID: 77, What: "run other.csv", InFlight: 3},
	}
	if err := WriteWorkers(name, "q.csv", false, workers); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`gigabatch_worker_in_flight{host="pod-0",input="q.csv",sandbox="false",worker="pod-0/1"} 3`,
		`gigabatch_worker_answers_per_minute{host="pod-0",input="q.csv",sandbox="false",worker="pod-0/1"} 13`,
		`gigabatch_worker_last_seen_timestamp_seconds{host="pod-0",input="q.csv",sandbox="false",worker="pod-0/1"} 1009`,
		`gigabatch_worker_info{host="pod-0",input="q.csv",sandbox="false",version="2",worker="pod-0/1"} 1`,
		`gigabatch_worker_in_flight{host="pod-1",input="q.csv",sandbox="false",worker="pod-1/1"} 4`,
	} {
		if !strings.Contains(string(text), line+"\n") {
			t.Errorf("no line %s in\n%s", line, text)
		}
	}
	if strings.Contains(string(text), `"-/77"`) {
		t.Errorf("a process that is no worker is one:\n%s", text)
	}
}
