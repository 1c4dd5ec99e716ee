package control

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"gigabatch/internal/io/usersocket"
	"gigabatch/internal/messages"
)

// ErrNobody reports that no run of a journal answers.
var ErrNobody = messages.Errorf("no run of this journal answers")

// nameOf returns the name of the socket of a journal. Every path to the journal leads to the same name; the journal need not exist.
func nameOf(journal string) (string, error) {
	path, err := filepath.Abs(journal)
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		real, err = filepath.EvalSymlinks(filepath.Dir(path))
		real = filepath.Join(real, filepath.Base(path))
	}
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(real))
	return hex.EncodeToString(sum[:8]), nil
}

// Ask sends a request to the run of a journal, whose socket is in one of the folders, and returns its state after that. It waits for the
// answer for at most wait. The error is ErrNobody if there is no such run, and a *Refusal if the run does not do what the request wants.
func Ask(journal string, folders []string, r Request, wait time.Duration) (*Status, error) {
	name, err := nameOf(journal)
	if err != nil {
		return nil, ErrNobody
	}
	r.Version = Version
	line, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	until := time.Now().Add(wait)
	for _, folder := range folders {
		path, err := usersocket.Path(folder, name, false)
		if err != nil {
			continue
		}
		conn, err := usersocket.Dial(path, time.Until(until))
		if err != nil {
			continue
		}
		defer conn.Close()
		_ = conn.SetDeadline(until)
		var a answer
		if _, err = conn.Write(append(line, '\n')); err == nil {
			err = readLine(conn, maxAnswer, &a)
		}
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, messages.Errorf("the run did not answer within %v", wait)
		case err != nil:
			return nil, messages.Errorf("the run does not answer: %v", err)
		case !a.Error.IsZero():
			return nil, &Refusal{a.Error, a.Hint}
		case a.Status == nil || a.Version != Version:
			return nil, messages.Errorf("the run answers in another version of the protocol (%d)", a.Version)
		}
		a.Status.restore()
		return a.Status, nil
	}
	return nil, ErrNobody
}
