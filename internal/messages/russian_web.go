package messages

// russianWeb are the formats of internal/web.
var russianWeb = map[string]string{}
