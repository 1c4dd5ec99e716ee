package messages

// pageIO are the formats of internal/io that are worded otherwise on the page.
var pageIO = map[string]wording{}
