// Package release says which build of the program this is.
//
// The answer comes from the build info that the Go toolchain writes into every program: the tag or the pseudo-version of the commit, its hash
// and its time. A source archive has no repository, so git writes the commit into commit.txt when it makes one (see .gitattributes).
package release

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// tag is the tag of a release, which its build sets: -ldflags "-X gigabatch/cmd/gigabatch/internal/release.tag=v1.2.3".
var tag string

// archived is the hash and the time of the commit of a source archive; in a checkout, git has not filled it in.
//
//go:embed commit.txt
var archived string

// Build describes a build. What is unknown is empty.
type Build struct {
	Version  string `json:"version"`            // the tag, else the version that Go gives the commit, else devel
	Commit   string `json:"commit,omitempty"`   // the hash
	Date     string `json:"date,omitempty"`     // of the commit, in UTC, as in RFC 3339
	Modified bool   `json:"modified,omitempty"` // the checkout differed from the commit
	SHA256   string `json:"sha256,omitempty"`   // of the program itself, if its commit is unknown
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
}

// devel is the version of a build whose tag and commit are unknown.
const devel = "devel"

// This returns the description of this program.
func This() Build {
	info, _ := debug.ReadBuildInfo()
	return describe(tag, archived, info)
}

// Version returns the version of this program in one word.
func Version() string { return This().Version }

func describe(tag, archived string, info *debug.BuildInfo) Build {
	b := Build{Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	module := ""
	if info != nil {
		if module = info.Main.Version; module == "(devel)" {
			module = ""
		}
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				b.Commit = s.Value
			case "vcs.time":
				b.Date = s.Value
			case "vcs.modified":
				b.Modified = s.Value == "true"
			}
		}
	}
	short := ""
	if hash, date, ok := strings.Cut(strings.TrimSpace(archived), " "); ok && b.Commit == "" && isHash(hash) {
		b.Commit, b.Date = hash, inUTC(date)
		short = devel + "-" + hash[:shortHash]
	}
	b.Version = cmp.Or(tag, module, short, devel)
	return b
}

// shortHash is the length of a hash that people read.
const shortHash = 12

func isHash(text string) bool {
	_, err := hex.DecodeString(text)
	return err == nil && len(text) >= 2*shortHash
}

// inUTC returns a time of RFC 3339 in UTC, "" if it is none.
func inUTC(text string) string {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Identified returns the description of this program with the checksum of its file if nothing else says which build it is.
func Identified() Build {
	b := This()
	if b.Commit == "" && b.Version == devel {
		b.SHA256 = ownSum()
	}
	return b
}

// ownSum returns the SHA-256 of the file of this program, "" if it cannot be read.
func ownSum() string {
	name, err := os.Executable()
	if err != nil {
		return ""
	}
	f, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return ""
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// String returns the description in one line, such as "gigabatch v1.2.3 (commit 0123456789ab of 2026-11-29) linux/amd64 go1.26.8".
func (b Build) String() string {
	var about []string
	if len(b.Commit) >= shortHash {
		text := "commit " + b.Commit[:shortHash]
		if day, _, ok := strings.Cut(b.Date, "T"); ok {
			text += " of " + day
		}
		about = append(about, text)
	}
	if b.Modified {
		about = append(about, "modified")
	}
	if b.SHA256 != "" {
		about = append(about, "commit unknown", "SHA-256 "+b.SHA256)
	}
	text := ""
	if about != nil {
		text = " (" + strings.Join(about, ", ") + ")"
	}
	return fmt.Sprintf("gigabatch %s%s %s/%s %s", b.Version, text, b.OS, b.Arch, b.Go)
}
