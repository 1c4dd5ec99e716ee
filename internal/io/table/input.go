package table

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"gigabatch/internal/io/nearest"
	"gigabatch/internal/messages"
)

// Input is a file that is open for reading, with its state at the time of opening.
type Input struct {
	*os.File
	Path  string
	State Identity
}

// OpenRegular opens a file that is not empty.
func OpenRegular(name string) (*Input, error) {
	f, err := OpenAny(name)
	if err == nil && f.State.Size == 0 {
		return nil, errors.Join(&Error{Name: name, Msg: messages.Sprintf("the file is empty"), Hint: hintEmpty(name)}, f.Close())
	}
	return f, err
}

// hintEmpty returns the hint for an empty file.
func hintEmpty(name string) messages.Text {
	switch f, _ := FormatOf(name); f {
	case XLSX:
		return messages.Sprintf("the workbook was not saved, or not copied completely")
	case JSONL:
		return HintJSONL
	}
	return HintHeader
}

// OpenAny never blocks: a file that is not regular is refused before it is opened.
func OpenAny(name string) (*Input, error) {
	fi, err := os.Stat(name)
	if err != nil {
		return nil, OpenError(name, err)
	}
	if err := checkRegular(name, fi); err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, OpenError(name, err)
	}
	if fi, err = f.Stat(); err != nil {
		return nil, errors.Join(OpenError(name, err), f.Close())
	}
	return &Input{File: f, Path: name, State: identity(fi)}, nil
}

func checkRegular(name string, fi fs.FileInfo) error {
	switch {
	case fi.IsDir():
		return &Error{Name: name, Msg: messages.Sprintf("this is a folder, not a file"), Hint: messages.Sprintf("specify a file in it")}
	case !fi.Mode().IsRegular():
		return &Error{Name: name, Msg: messages.Sprintf("is not a regular file"),
			Hint: messages.Sprintf("copy its contents to a file first")}
	}
	return nil
}

// OpenError returns the error for a file that cannot be opened or read.
func OpenError(name string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	e := &Error{Name: name, Msg: messages.Sprintf("cannot be read"), Err: err}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Msg, e.Hint = messages.Sprintf("no such file"), missingHint(name)
		e.Err = fs.ErrNotExist
	case errors.Is(err, fs.ErrPermission):
		e.Hint = messages.Sprintf("check the permissions of the file")
	}
	return e
}

// missingHint returns a hint with the file in the same folder that may have been meant.
func missingHint(name string) messages.Text {
	dir := filepath.Dir(name)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return messages.Sprintf("its folder does not exist either")
	}
	var files []string
	for _, e := range entries {
		if !e.IsDir() {
			files = append(files, e.Name())
		}
	}
	if near := nearest.Name(filepath.Base(name), files); near != "" {
		return messages.Sprintf("did you mean %s?", filepath.Join(dir, near))
	}
	return messages.Text{}
}
