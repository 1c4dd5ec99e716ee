package flags

import (
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"gigabatch/internal/messages"
)

// texts holds the values of a Repeated flag.
type texts []string

func (t *texts) Set(text string) error {
	*t = append(*t, text)
	return nil
}

func (t *texts) String() string { return "" }

// Texts returns the values of a Repeated flag in order, nil if it was not given.
func Texts(c *cli.Context, name string) []string {
	t, ok := c.Generic(name).(*texts)
	if !ok || len(*t) == 0 {
		return nil // the form that a journal returns
	}
	return *t
}

// seconds is the value of a Time flag.
type seconds time.Duration

func (d *seconds) Set(text string) error {
	v, err := ParseTime(text)
	if err == nil {
		*d = seconds(v)
	}
	return err
}

func (d *seconds) String() string {
	if d == nil || *d == 0 {
		return ""
	}
	return time.Duration(*d).String()
}

// ParseTime parses a positive duration such as "90" (seconds), "90s" or "2m".
func ParseTime(text string) (time.Duration, error) {
	if n, err := strconv.ParseFloat(text, 64); err == nil && n > 0 && n < 1e9 {
		return time.Duration(n * float64(time.Second)), nil
	}
	v, err := time.ParseDuration(text)
	if err != nil || v <= 0 {
		return 0, messages.Errorf("%q is not a duration above 0; write 90s, 2m or 1h", text)
	}
	return v, nil
}

// Duration returns the value of a Time flag, 0 if it was not given.
func Duration(c *cli.Context, name string) time.Duration {
	d, ok := c.Generic(name).(*seconds)
	if !ok {
		return 0
	}
	return time.Duration(*d)
}

// optional is the value of an Optional flag: --preview (which means def), --preview 8 or --preview=8.
type optional struct{ n, def int }

// IsBoolFlag tells the flag package that a value is not required.
func (o *optional) IsBoolFlag() bool { return true }

func (o *optional) Set(text string) error {
	switch text {
	case "true":
		o.n = o.def
		return nil
	case "false":
		o.n = 0
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return messages.Errorf("%q is not a positive whole number", text)
	}
	o.n = n
	return nil
}

func (o *optional) String() string { return "" }

// Chosen returns the value of an Optional flag, 0 if it was not given.
func Chosen(c *cli.Context, name string) int {
	o, ok := c.Generic(name).(*optional)
	if !ok || !c.IsSet(name) {
		return 0
	}
	return o.n
}
