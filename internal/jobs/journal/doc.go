// Package journal stores on disk, append-only, the results of all runs over one input and other data that must survive a crash: the
// manifests that define the runs, the committed outputs, the files stored at the service, and the edits made by hand.
//
// Everything that Record acknowledged survives a crash. One process at a time writes a journal; any number can read it meanwhile.
package journal
