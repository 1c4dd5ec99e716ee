package messages

import (
	"maps"
	"sync"
)

// wording is another wording of a message on the page, in each language.
type wording struct{ english, russian string }

// pageParts are the messages that are worded otherwise on the page, because the usual wording names what only the command line has: a flag,
// a command, a key of the terminal.
var pageParts = []map[string]wording{pageIO, pageSpec, pageJobs, pageWeb, pageCommand}

// onPage has the wordings of all parts.
var onPage = sync.OnceValue(func() map[string]wording {
	all := map[string]wording{}
	for _, part := range pageParts {
		maps.Copy(all, part)
	}
	return all
})
