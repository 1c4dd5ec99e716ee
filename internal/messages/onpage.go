package messages

// onPage are the messages that are worded otherwise on the page, because the usual wording names what only the command line has: a flag, a
// command, a key of the terminal.
var onPage = map[string]wording{}
