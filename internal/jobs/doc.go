// Package jobs is the story of a job: it is opened, planned, asked and written.
//
//	run, err := job.Open()
//	plan, err := run.Plan(ctx)                // what would be asked, found without sending
//	plan, svc, err := plan.Connect(ctx)       // the service, where there is something to ask
//	asked, err := plan.Ask(ctx, drain, svc)   // tasks → results → journal
//	summary, err := asked.Write(ctx, err)     // results → output; err is what ended the asking
//
// A run is a journal, then a merge. First every task is completed, in any order, and each result is appended to a journal that
// survives a crash. Then the input is read again, in order, each row looks its result up, and the output appears by one rename.
//
// The package never prints, exits or reads the environment: it returns values and calls functions that it was given. The packages below it do the
// work; this one puts the steps in order.
package jobs
