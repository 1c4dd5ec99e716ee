package messages

// russianParts are the Russian formats by the English ones, a map for each part of the program.
var russianParts = []map[string]string{
	russianLeaf, russianIO, russianSpec, russianJobs, russianWeb, russianCommand, russianSettings,
}

// russianLeaf are those of this package.
var russianLeaf = map[string]string{
	"%q":             "«%s»",
	"%s and %d more": "%s и ещё %d",
}
