package page

// web are the formats of internal/web that are worded otherwise on the page.
var web = map[string]Wording{}
