package messages

// russianJobs are the formats of internal/jobs itself, output, rows and pool.
var russianJobs = map[string]string{}
