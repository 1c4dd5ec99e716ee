// Package filelock locks an open file while its process lives, which no process number can prove.
//
// Limits of the guarantee: the locks are advisory. Some network file systems have none. On Windows nothing is locked, because a lock would
// exclude readers; there, a file that is open cannot be removed.
package filelock

import "errors"

// ErrTaken is the error of Lock if another descriptor has the lock.
var ErrTaken = errors.New("the file is locked")
