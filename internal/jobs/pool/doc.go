// Package pool completes tasks over the live API: it takes a slot, pulls a task, sends it until there is a result, and records the result.
//
// It finds automatically how many concurrent requests the service accepts, keeps to the user's limits, and survives refusals and outages.
// It knows neither files nor journals: tasks arrive as a sequence, and results leave through a function.
package pool
