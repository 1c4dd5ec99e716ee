package jobs

// way is how the form of an answer is asked for.
type way int

// The ways, the best first. Not every model takes each of them.
const (
	freely     way = iota // the answer may have any form
	byFormat              // response_format
	byFunction            // a call of a function
	byWords               // instructions in the prompt
)
