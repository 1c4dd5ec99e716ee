package messages

// russianSettings are the formats of the packages below cmd/gigabatch/internal.
var russianSettings = map[string]string{}
