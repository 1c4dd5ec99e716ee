package messages

// russianSpec are the formats of internal/jobs/spec, form, task, prompt, journal, resolve and uploads.
var russianSpec = map[string]string{}
