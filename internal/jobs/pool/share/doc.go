// Package share divides one quota among several pools, which may be in several processes of a user. Who holds a right may have a request in
// flight; there are never more rights than the one limiter allows, whoever asks. The rights are divided evenly among those who want them.
package share
