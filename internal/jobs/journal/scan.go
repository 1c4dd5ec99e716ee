package journal

import (
	"bytes"
	"io"
	"os"
)

const scanChunk = 1 << 20

// scanLines calls line for every line of the file, without its newline, with its place and number from 1. The last line has whole
// false when no newline ends it. The bytes are valid during the call only.
func scanLines(f *os.File, line func(b []byte, off int64, number int, whole bool)) error {
	return scanLinesFrom(f, 0, 0, line)
}

// scanLinesFrom is scanLines from a place on, before which so many lines stand.
func scanLinesFrom(f *os.File, base int64, number int, line func(b []byte, off int64, number int, whole bool)) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	buf := make([]byte, min(scanChunk, max(info.Size()-base, 0)+1))
	n := 0
	for { // base is the offset of buf[0] in the file
		m, err := f.ReadAt(buf[n:], base+int64(n))
		n += m
		start := 0
		for {
			i := bytes.IndexByte(buf[start:n], '\n')
			if i < 0 {
				break
			}
			number++
			line(buf[start:start+i], base+int64(start), number, true)
			start += i + 1
		}
		if err == io.EOF {
			if start < n {
				line(buf[start:n], base+int64(start), number+1, false)
			}
			return nil
		}
		if err != nil {
			return err
		}
		buf, n = keepRest(buf, start, n)
		base += int64(start)
	}
}

// keepRest moves buf[start:n] to the front, in a larger buffer when there is no room left.
func keepRest(buf []byte, start, n int) ([]byte, int) {
	if start == 0 && n == len(buf) {
		buf = append(buf, make([]byte, len(buf))...)
		return buf, n
	}
	return buf, copy(buf, buf[start:n])
}
