// Package russian has the Russian of every message: formats by their English ones, the help, and texts of libraries and systems.
package russian

// Parts are the Russian formats by the English ones, a map for each part of the program.
var Parts = []map[string]string{own, tables, specs, jobs, web, command, settings, costs, reports, controls, batches, workers}

// own are those of package messages itself.
var own = map[string]string{
	"%q":             "«%s»",
	"%s and %d more": "%s и ещё %d",
}
