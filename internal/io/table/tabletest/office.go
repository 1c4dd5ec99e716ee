package tabletest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Office converts files with LibreOffice, in a separate profile. It is not safe for concurrent use.
type Office struct{ home string }

// NewOffice skips the test in the short mode, because LibreOffice is slow, and where LibreOffice is not installed, except in CI.
func NewOffice(t *testing.T) Office {
	t.Helper()
	if testing.Short() {
		t.Skip("LibreOffice is slow")
	}
	for program, debian := range map[string]string{"soffice": "libreoffice-calc", "pdfinfo": "poppler-utils"} {
		if _, err := exec.LookPath(program); err != nil && os.Getenv("CI") != "" {
			t.Fatalf("%s is not installed: Debian's package %s", program, debian)
		} else if err != nil {
			t.Skipf("%s is not installed: Debian's package %s", program, debian)
		}
	}
	return Office{t.TempDir()}
}

// Convert converts files in one call, and returns the folder of the results and the output of LibreOffice. to is a format as LibreOffice
// names it, for example xlsx.
func (o Office) Convert(t *testing.T, to string, names ...string) (dir, said string) {
	t.Helper()
	dir = t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	args := []string{"-env:UserInstallation=file://" + filepath.Join(o.home, "profile"), "--headless", "--norestore", "--convert-to", to, "--outdir", dir}
	cmd := exec.CommandContext(ctx, "soffice", append(args, names...)...)
	cmd.Env = append(cmd.Environ(), "LC_ALL=C.UTF-8", "HOME="+o.home)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("LibreOffice: %v\n%s", err, out)
	}
	return dir, string(out)
}
