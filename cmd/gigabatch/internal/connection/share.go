package connection

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"os"
	"path/filepath"
	"strconv"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pool/share"
)

// shareFolders returns the folders in which the socket may be: the runtime folder of the user, also if the environment does not name it, as in
// a cron job, and one in their home.
func shareFolders() (all []string) {
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		all = append(all, filepath.Join(dir, "gigabatch"))
	}
	if uid := os.Geteuid(); uid >= 0 {
		all = append(all, filepath.Join("/run/user", strconv.Itoa(uid), "gigabatch"))
	}
	if home, err := os.UserHomeDir(); err == nil {
		all = append(all, filepath.Join(home, ".gigabatch"))
	}
	return all
}

// withRight sends a request with a right of q, which may be nil.
func withRight(ctx context.Context, q share.Quota, chat func() (*gigachat.ChatResponse, error)) (*gigachat.ChatResponse, error) {
	if q == nil {
		return chat()
	}
	right, release, err := share.Acquire(ctx, q)
	if err != nil {
		return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindCanceled, Message: "stopped: " + err.Error(), Err: err}
	}
	defer release()
	right.Sent()
	resp, err := chat()
	switch e := gigachat.AsError(err); {
	case err == nil:
		right.Answered()
	case e != nil && e.Kind == gigachat.KindRateLimited:
		right.Refused(e.RetryAfter, 1)
	default:
		right.Lost()
	}
	return resp, err
}

// secretOf returns what identifies the user of a connection.
func secretOf(n *Conn) (string, error) {
	switch cr := n.Credentials; {
	case cr.APIKey != "":
		return "api key " + cr.APIKey, nil
	case cr.Token != "":
		return "token " + cr.Token, nil
	case cr.Key != "":
		return "key " + cr.Key, nil
	case cr.User != "": // a password may be easy to guess
		slow, err := pbkdf2.Key(sha256.New, cr.password, []byte("gigabatch "+cr.User), 100_000, 32)
		return "user " + cr.User + " " + string(slow), err
	}
	pem, err := os.ReadFile(n.Targets.Certificate.Value) // it identifies the user
	return "certificate " + string(pem), err
}
