package main

import (
	"context"
	"sync"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/doctor"
	"gigabatch/internal/gigachat/authkey"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/messages"
	"gigabatch/internal/web"
)

// serviceKey is the key that the page uses. It is safe for concurrent use.
type serviceKey struct {
	c     *cli.Context
	s     stdio
	conn  *connection.Late
	model string // the default model

	taking sync.Mutex // one key is checked and kept at a time
}

// Source returns where the key comes from, or the reason why there is none.
func (k *serviceKey) Source(ctx context.Context) (messages.Text, error) {
	conn, err := k.conn.Get(ctx)
	switch {
	case err != nil:
		return messages.Text{}, err
	case conn.Sandbox != nil:
		return messages.Sprintf("the sandbox"), nil
	}
	return conn.Credentials.Source, nil
}

// Places returns the places where a key can be kept.
func (k *serviceKey) Places(ctx context.Context) []string {
	if k.c.Bool("sandbox") {
		return []string{}
	}
	return connection.Places(ctx)
}

// Take checks a key as doctor does, without asking for a completion, keeps it, and uses it.
func (k *serviceKey) Take(ctx context.Context, given web.NewKey) (*web.KeyChecks, error) {
	k.taking.Lock()
	defer k.taking.Unlock()
	switch given.Keep {
	case connection.InKeyring, connection.InEnvironment:
		if err := connection.CanKeep(ctx, given.Keep); err != nil {
			return nil, err
		}
	case web.KeepSession:
	default:
		return nil, &web.Problem{Msg: messages.Sprintf("a key cannot be kept there")}
	}
	if k.c.Bool("sandbox") {
		return nil, &web.Problem{Msg: messages.Sprintf("the sandbox needs no key")}
	}
	conn, checks, err := k.check(ctx, given)
	if err != nil || !checks.OK {
		conn.Close()
		return checks, err
	}
	if conn.Credentials.Source = messages.Sprintf("entered on the page"); given.Keep != web.KeepSession {
		if checks.Note, err = connection.Keep(ctx, conn, k.c, given.Keep); err != nil {
			conn.Close()
			return nil, err
		}
	}
	checks.Kept = given.Keep
	conn.Share(servesPage, k.c.Bool("no-share"))
	k.conn.Use(conn)
	return checks, nil
}

// check examines a key. The caller closes the connection, which is nil if the key has a wrong form.
func (k *serviceKey) check(ctx context.Context, given web.NewKey) (conn *connection.Conn, checks *web.KeyChecks, err error) {
	o := connection.Options{In: k.s.in, Err: k.s.err, UserAgent: "gigabatch/" + version, MaxConns: pool.MaxConcurrency + chatConns}
	x := &doctor.Examination{
		Connect: func(context.Context) (*connection.Conn, error) {
			key := given.Key
			if given.ID != "" || given.Secret != "" {
				if key, err = authkey.Join(given.ID, given.Secret); err != nil {
					return nil, err
				}
			}
			conn, err = connection.Typed(k.c, o, key, given.Scope, given.API)
			return conn, err
		},
		Model: k.model, Err: k.s.err, AnyScope: given.Scope == "", Free: true,
	}
	checks = &web.KeyChecks{Checks: []web.KeyCheck{}}
	x.Examine(ctx, func(f doctor.Finding) {
		checks.Checks = append(checks.Checks, web.KeyCheck{
			Name: f.Name, OK: !f.Failed && !f.Skipped, Skipped: f.Skipped, Text: f.Text, Hint: f.Hint,
		})
	})
	checks.OK = x.Works()
	return conn, checks, ctx.Err()
}
