// Package queue has workers on other machines send the requests of a run, over a server of NATS.
//
// The pool of the run decides what is asked, when, and what becomes of it; only the exchange with the service happens elsewhere. So the
// journal, the budget, the retries and the ends of a run are those of any other run. The pool sends a request by an attempt, which is given
// to one worker. A worker has a lease in a bucket of keys and values; while it cannot renew it, it sends nothing. An attempt whose worker has
// lost its lease may have been paid for, and its task is asked again.
//
// The quota learns from what is in flight, so it must not count what has ended without a word. A worker tells at once when a request begins and
// ends, and says pings back. What it says comes in order, so a ping that has come back shows that all before it was heard. While a worker is
// behind, it gets no tasks, the quota tries for no more, and forgets what it has learned since the last ping.
//
// A worker keeps an answer in a stream before it tells that it has one, and the coordinator removes it there after it is in the journal. What
// the stream has when a run begins is taken first.
package queue
