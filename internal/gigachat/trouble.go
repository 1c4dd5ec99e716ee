package gigachat

import "context"

// troubleKey is the key of the context of WithTrouble.
type troubleKey struct{}

// WithTrouble returns a context for exchanges that wait for a token while OAuth is busy or down. told is called with the error of each
// token request that is repeated. It must be safe for concurrent use.
func WithTrouble(ctx context.Context, told func(error)) context.Context {
	return context.WithValue(ctx, troubleKey{}, told)
}

// tellTrouble calls the function of WithTrouble, if there is one.
func tellTrouble(ctx context.Context, err error) {
	if told, ok := ctx.Value(troubleKey{}).(func(error)); ok {
		told(err)
	}
}
