// Package control lets processes of the same user steer a run: a run listens on a socket while it asks, and answers requests about itself.
//
// A request and its answer are one line of JSON each, with the version of the protocol; a connection carries one of each. The name of the
// socket is a hash of the path of the journal, so that it is found without a list of runs and its path is short. Only the user and the
// system administrator can reach it: its folder must be a private one of the user, and where the system tells who connects, others are
// refused. Windows tells nothing and has no owners as Unix has; there, the folder is below the profile of the user, which others cannot open.
package control
