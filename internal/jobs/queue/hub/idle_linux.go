package hub

import _ "unsafe" // for go:linkname

// statFile is where nats-server's package pse reads how busy its process is. From its init on, it does so each second in every program that
// links the server, also if no server runs.
//
//go:linkname statFile github.com/nats-io/nats-server/v2/server/pse.procStatFile
var statFile string

// init ends that: a reading that fails is the last one. A server here therefore gives no figure of its processor time and memory. The first
// reading of the timer is a second away, so nothing else uses the name meanwhile.
//
//go:norace
func init() { statFile = "" }
