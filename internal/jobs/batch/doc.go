// Package batch completes tasks through the asynchronous batch API: it posts them in files, and records the results when the service has
// them. No task is posted twice, whatever happens to the process or to an answer of the service.
//
// Every step of a batch is noted before the next one, so that another process can go on:
//
//	posting ──► posted ──► collected     the usual way
//	   │  ▲        │
//	   │  │        └──► unposted         the service has lost the batch, and the user says so
//	   │  └── found in the list of batches by the ids of its lines
//	   └──► unposted                     refused, or not found in the list: its tasks are posted again
package batch
