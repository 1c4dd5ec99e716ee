//go:build !unix

package task

// alive reports true: it is not known here.
func alive(int) bool { return true }
