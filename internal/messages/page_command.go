package messages

// pageCommand are the formats of cmd/gigabatch that reach the page, such as what an error of the service means.
var pageCommand = map[string]wording{}
