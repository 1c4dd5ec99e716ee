package task

// Task is one distinct request to be completed.
type Task struct {
	Key  Key
	Body []byte // the request, canonical JSON; files stand in it by their content

	Attachments []Attachment
	Model       string
	Way         Way
}
