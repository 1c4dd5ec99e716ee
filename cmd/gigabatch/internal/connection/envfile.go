package connection

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/messages"
)

// setEnvironment sets variables in .env, which only the user can read from then on. All other bytes of the file stay.
func setEnvironment(vars map[string]string) error {
	raw, err := os.ReadFile(environmentFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	content, err := withVariables(raw, vars)
	if err != nil {
		return err
	}
	f, err := atomicfile.Create(environmentFile, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(content); err != nil {
		return err
	}
	return f.Commit(func() error {
		if now, err := os.ReadFile(environmentFile); err != nil && !errors.Is(err, fs.ErrNotExist) || !bytes.Equal(now, raw) {
			return flags.Usage(messages.Sprintf("%s was changed in the meantime", environmentFile), messages.Sprintf("try again"))
		}
		return nil
	})
}

// withVariables returns the content of .env with other values of variables. It is an error if that would change another variable.
func withVariables(raw []byte, vars map[string]string) ([]byte, error) {
	want, err := parseEnvironment(raw)
	if err != nil {
		return nil, err
	}
	maps.Copy(want, vars)
	end := "\n"
	if bytes.Contains(raw, []byte("\r\n")) {
		end = "\r\n"
	}
	var b strings.Builder
	open := maps.Clone(vars)
	for line := range strings.SplitAfterSeq(string(raw), "\n") {
		m := assignment.FindStringSubmatch(line)
		value, ours := "", false
		if m != nil {
			value, ours = vars[m[2]]
		}
		if !ours {
			b.WriteString(line)
			continue
		}
		delete(open, m[2])
		b.WriteString(m[1] + m[2] + "=" + quoted(value) + line[len(strings.TrimRight(line, "\r\n")):])
	}
	for _, name := range slices.Sorted(maps.Keys(open)) {
		if b.Len() > 0 && !strings.HasSuffix(b.String(), "\n") {
			b.WriteString(end)
		}
		b.WriteString(name + "=" + quoted(open[name]) + end)
	}
	content := []byte(b.String())
	if got, err := parseEnvironment(content); err != nil || !maps.Equal(got, want) {
		return nil, flags.Usage(messages.Sprintf("%s has a form that cannot be changed without risk", environmentFile),
			messages.Sprintf("set the variables in it by hand, or save it as UTF-8 with one NAME=VALUE on each line"))
	}
	return content, nil
}

// assignment matches a line of .env up to the equals sign, as godotenv reads it: what is before the name, and the name.
var assignment = regexp.MustCompile(`^(\x{feff}?\s*(?:export\s+)?)([A-Za-z0-9_]+)\s*[=:]`)

// quoted returns a value as .env has it.
func quoted(value string) string {
	if plainValue.MatchString(value) {
		return value
	}
	return "'" + value + "'"
}

var plainValue = regexp.MustCompile(`^[A-Za-z0-9+/=_.-]+$`)

// gitTime is how long git may take to answer.
const gitTime = 10 * time.Second

// checkIgnored refuses to write a key into a work tree of git that does not ignore .env: the next commit would publish it.
func checkIgnored(ctx context.Context) error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			break
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
	ctx, cancel := context.WithTimeout(ctx, gitTime)
	defer cancel()
	// The setting keeps git from starting a program that the folder names.
	if exec.CommandContext(ctx, "git", "-c", "core.fsmonitor=false", "check-ignore", "--quiet", environmentFile).Run() == nil {
		return nil
	}
	return flags.Usage(messages.Sprintf("the folder %s is in a work tree of git, which does not ignore %s", dir, environmentFile),
		messages.Sprintf("add a line with %s to the file .gitignore of the folder, or choose another place for the key", environmentFile))
}
