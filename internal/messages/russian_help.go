package messages

// russianHelp are the texts of the help.
var russianHelp = map[string]string{}
