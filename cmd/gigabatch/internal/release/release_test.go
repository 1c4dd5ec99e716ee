package release

import (
	"archive/tar"
	"bytes"
	"io"
	"os/exec"
	"path"
	"runtime/debug"
	"strings"
	"testing"
)

func TestDescribe(t *testing.T) {
	t.Parallel()
	const hash, date = "e62a9ab45f01e62a9ab45f01e62a9ab45f010000", "2026-11-29T19:54:00Z"
	info := func(version string, settings ...string) *debug.BuildInfo {
		i := &debug.BuildInfo{Main: debug.Module{Path: "gigabatch", Version: version}}
		for _, s := range settings {
			key, value, _ := strings.Cut(s, "=")
			i.Settings = append(i.Settings, debug.BuildSetting{Key: key, Value: value})
		}
		return i
	}
	vcs := []string{"vcs=git", "vcs.revision=" + hash, "vcs.time=" + date}
	const pseudo = "v0.0.0-20261129195400-e62a9ab45f01"
	for _, tt := range []struct {
		name, tag, archived string
		info                *debug.BuildInfo
		want                Build
		text                string
	}{
		{"a release", "v1.2.3", "$Format:%H %cI$\n", info(pseudo, vcs...), Build{Version: "v1.2.3", Commit: hash, Date: date},
			"gigabatch v1.2.3 (commit e62a9ab45f01 of 2026-11-29) "},
		{"a checkout", "", "$Format:%H %cI$\n", info(pseudo, vcs...), Build{Version: pseudo, Commit: hash, Date: date},
			"gigabatch " + pseudo + " (commit e62a9ab45f01 of 2026-11-29) "},
		{"a changed checkout", "", "", info(pseudo+"+dirty", append(vcs, "vcs.modified=true")...),
			Build{Version: pseudo + "+dirty", Commit: hash, Date: date, Modified: true},
			"gigabatch " + pseudo + "+dirty (commit e62a9ab45f01 of 2026-11-29, modified) "},
		{"go install", "", "", info("v1.2.3"), Build{Version: "v1.2.3"}, "gigabatch v1.2.3 "},
		{"a source archive", "", hash + " 2026-11-29T22:54:00+03:00\n", info("(devel)"), Build{Version: "devel-e62a9ab45f01", Commit: hash, Date: date},
			"gigabatch devel-e62a9ab45f01 (commit e62a9ab45f01 of 2026-11-29) "},
		{"an archive in a repository of others", "", strings.Repeat("0", 40) + " " + date, info(pseudo, vcs...),
			Build{Version: pseudo, Commit: hash, Date: date}, "gigabatch " + pseudo + " (commit e62a9ab45f01 of 2026-11-29) "},
		{"nothing is known", "", "$Format:%H %cI$\n", info("(devel)"), Build{Version: "devel"}, "gigabatch devel "},
		{"no build info", "", "", nil, Build{Version: "devel"}, "gigabatch devel "},
	} {
		got := describe(tt.tag, tt.archived, tt.info)
		tt.want.Go, tt.want.OS, tt.want.Arch = got.Go, got.OS, got.Arch
		if got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
		if text := got.String(); !strings.HasPrefix(text, tt.text) || !strings.HasSuffix(text, got.OS+"/"+got.Arch+" "+got.Go) {
			t.Errorf("%s: got %q, want it to begin with %q", tt.name, text, tt.text)
		}
	}
}

// git archive fills in the file from which a source archive knows its commit.
func TestSourceArchive(t *testing.T) {
	t.Parallel()
	head, err := exec.Command("git", "rev-parse", "HEAD").Output()
	if err != nil {
		t.Skip("not in a repository: ", err)
	}
	top, err := exec.Command("git", "rev-parse", "--show-toplevel").Output()
	if err != nil {
		t.Fatal(err)
	}
	archive, err := exec.Command("git", "-C", strings.TrimSpace(string(top)), "archive", "HEAD", "cmd/gigabatch/internal/release").Output()
	if err != nil {
		t.Fatal(err)
	}
	files := tar.NewReader(bytes.NewReader(archive))
	for h := new(tar.Header); path.Base(h.Name) != "commit.txt"; {
		if h, err = files.Next(); err != nil {
			t.Fatal(err)
		}
	}
	text, err := io.ReadAll(files)
	if err != nil {
		t.Fatal(err)
	}
	hash := strings.TrimSpace(string(head))
	if b := describe("", string(text), nil); b.Commit != hash || b.Date == "" || b.Version != "devel-"+hash[:shortHash] {
		t.Errorf("the archive has %q: got %+v, want the commit %s", text, b, hash)
	}
}

// A test program is built without the commit, so its file identifies it.
func TestIdentified(t *testing.T) {
	t.Parallel()
	if b := Identified(); b.Commit == "" && b.Version == devel && (len(b.SHA256) != 64 || !strings.Contains(b.String(), b.SHA256)) {
		t.Errorf("got %+v, %q; want the checksum of the program", b, b)
	}
}
