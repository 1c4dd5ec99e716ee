// Package jobs takes a job through its steps: open, plan, ask, write.
//
//	run, err := job.Open()
//	plan, err := run.Plan(ctx)                // what would be asked; sends nothing
//	plan, svc, err := plan.Connect(ctx, drain) // the service, if there is something to ask
//	asked, err := plan.Ask(ctx, drain, svc)   // tasks → results → journal
//	summary, err := asked.Write(ctx, err)     // results → output; err is the error that ended asking
//
// A run fills a journal, then merges it with the input. First the tasks are completed in any order, and each result is appended to a
// journal that survives a crash. Then the input is read again in order, the result of each row is looked up, and the output appears with
// one rename.
//
// The package never prints, exits or reads the environment: it returns values and calls functions that it was given. Its subpackages do the
// work; this package puts the steps in order.
package jobs
