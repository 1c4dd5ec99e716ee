// Package report says after the runs of an input what came of its rows, what the answers cost and how the service behaved. It reads the
// input and the journal, and needs no service.
package report
