package messages

// pageSpec are the formats of internal/jobs/spec, form, task, prompt, journal, resolve and uploads that are worded otherwise on the page.
var pageSpec = map[string]wording{}
