// Package pool completes tasks over the live API: it takes a slot, pulls a task, sends it until there is a result, and records that.
//
// It finds by itself how many requests the service takes at once, keeps to the user's limits, and survives refusals and outages. It knows
// neither files nor journals: tasks come as a sequence, and results leave through a function.
package pool
