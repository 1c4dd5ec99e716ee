package messages

// russianCommand are the formats of cmd/gigabatch.
var russianCommand = map[string]string{}
