package jobs

// Job is one distinct request to be completed.
type Job struct {
	Key  Key
	Body []byte // the request, canonical JSON; files stand in it by their content

	files []attachment
	model string
	way   way
}
