package jobs

import "slices"

// Job is one distinct request to be completed.
type Job struct {
	Key  Key
	Body []byte // the request, canonical JSON; files stand in it by their content

	files []attachment
	model string
	way   way
}

func newJob(k Key, q asked) Job {
	return Job{Key: k, Body: slices.Clone(q.body), files: slices.Clone(q.files), model: q.model, way: q.way}
}
