package messages

// pageWeb are the formats of internal/web that are worded otherwise on the page.
var pageWeb = map[string]wording{}
