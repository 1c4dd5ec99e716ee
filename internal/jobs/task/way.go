package task

// Way is how the form of an answer is asked for.
type Way int

// The ways, the best first. Not every model takes each of them.
const (
	Freely     Way = iota // the answer may have any form
	ByFormat              // response_format
	ByFunction            // a call of a function
	ByWords               // instructions in the prompt
)
