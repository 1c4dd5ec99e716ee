package messages

import "fmt"

// Message is an error that can be rendered in any language. Its Error is the English text of its Message.
type Message interface {
	error
	Message() Text
}

// Errorf makes an error of a format and its arguments, as Sprintf does. As with [fmt.Errorf], %w wraps an error.
func Errorf(format string, args ...any) error {
	if false {
		_ = fmt.Errorf(format, args...) // makes go vet check the formats of the callers
	}
	var wrapped []error
	for _, v := range verbsOf(format) {
		if err, ok := argument(args, v.arg).(error); ok && v.verb == 'w' {
			wrapped = append(wrapped, err)
		}
	}
	text := Text{format, kept(args)}
	switch len(wrapped) {
	case 0:
		return &plain{text}
	case 1:
		return &wrapping{plain{text}, wrapped[0]}
	}
	return &wrappingAll{plain{text}, wrapped}
}

type plain struct{ text Text }

func (e *plain) Error() string { return e.text.String() }
func (e *plain) Message() Text { return e.text }

type wrapping struct {
	plain
	err error
}

func (e *wrapping) Unwrap() error { return e.err }

type wrappingAll struct {
	plain
	errs []error
}

func (e *wrappingAll) Unwrap() []error { return e.errs }
