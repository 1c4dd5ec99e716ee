// Package journal keeps on disk, append only, the results of all runs over one input, and what else must survive a crash: the manifests
// that define the runs, which outputs were committed, which files are stored at the service, and the edits made by hand.
//
// What Record acknowledged survives a crash. One process writes a journal at a time; any number may read it meanwhile.
package journal
