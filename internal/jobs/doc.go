// Package jobs decides what is asked, how often, and what is known about it: it turns rows into jobs, completes the jobs within the
// limits of the service, keeps every result in a journal, and merges the results back beside the rows.
//
// A run is a journal, then a merge. First every job is completed, in any order, and each result is appended to a journal that
// survives a crash. Then the input is read again, in order, each row looks its result up, and the output appears by one rename.
//
// The package never prints, exits or reads the environment: it returns values and calls functions that it was given.
package jobs
