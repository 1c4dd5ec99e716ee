package gigachat

import "context"

// unsentKey is the key of the context of WithUnsent.
type unsentKey struct{}

// WithUnsent returns a context for requests that are of no use once unsent ends: waiting for a token ends then, and so does a request that
// was not sent in full by then. A request that was sent in full may be billed, so it is awaited as usual. The error is of KindCanceled.
func WithUnsent(ctx, unsent context.Context) context.Context {
	return context.WithValue(ctx, unsentKey{}, unsent)
}

// unsentOf returns the context that WithUnsent was given, nil if there is none.
func unsentOf(ctx context.Context) context.Context {
	unsent, _ := ctx.Value(unsentKey{}).(context.Context)
	return unsent
}

// endedBy returns a context that ends with ctx, or when the context of WithUnsent ends and may is true or nil then. The caller must call done.
func endedBy(ctx context.Context, may func() bool) (_ context.Context, done func()) {
	unsent := unsentOf(ctx)
	if unsent == nil {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	forget := context.AfterFunc(unsent, func() {
		if may == nil || may() {
			cancel()
		}
	})
	return ctx, func() {
		forget()
		cancel()
	}
}
