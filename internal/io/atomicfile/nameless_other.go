//go:build !linux

package atomicfile

import (
	"errors"
	"io/fs"
	"os"
)

func openNameless(string, fs.FileMode) (*os.File, error) { return nil, errors.ErrUnsupported }

func linkNameless(*os.File, string) error { return errors.ErrUnsupported }
