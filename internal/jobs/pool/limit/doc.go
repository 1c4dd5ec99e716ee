// Package limit is the state machine of the quota: how many requests may be in flight, how fast they may start, and whether the service is
// down. It reads no clock, rolls no dice, takes no lock and sends nothing, so tables of cases can test all of it.
package limit
