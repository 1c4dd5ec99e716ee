package messages

// russianIO are the formats of internal/io.
var russianIO = map[string]string{}
