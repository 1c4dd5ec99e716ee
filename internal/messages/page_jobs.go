package messages

// pageJobs are the formats of internal/jobs itself, output, rows and pool that are worded otherwise on the page.
var pageJobs = map[string]wording{}
