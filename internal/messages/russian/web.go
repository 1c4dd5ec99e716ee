package russian

// web are the formats of internal/web.
var web = map[string]string{}
