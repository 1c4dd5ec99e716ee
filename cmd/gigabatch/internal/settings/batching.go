package settings

import (
	"time"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Batching returns how a run uses batches, by its flags. now is the present time, in the zone of the deadline.
func Batching(c *cli.Context, now time.Time) (b task.Batching, err error) {
	for _, name := range []string{"via", "batch-stragglers"} {
		if err := flags.OneOf(name, []string{c.String(name)}, flags.ValuesOf(name)); err != nil {
			return b, err
		}
	}
	if b.Via = c.String("via"); b.Via == "live" {
		b.Via = task.ViaLive
	}
	if c.IsSet("batch-lines") {
		b.Lines = c.Int("batch-lines")
	}
	b.LiveStragglers, b.Detach = c.String("batch-stragglers") == "live", c.Bool("detach")
	for _, name := range []string{"detach", "batch-lines", "batch-stragglers", "deadline"} {
		if c.IsSet(name) && b.Via == task.ViaLive {
			return b, flags.Usage(messages.Sprintf("--%s is for batches, and this run asks live", name), messages.Sprintf("add --via batch"))
		}
	}
	switch text := c.String("deadline"); {
	case b.Via == task.ViaHybrid && text == "":
		return b, flags.Usage(messages.Sprintf("--via hybrid needs a deadline"), messages.Sprintf("for example: --deadline 18:00"))
	case text == "":
	case b.Via != task.ViaHybrid:
		return b, flags.Usage(messages.Sprintf("--deadline is for --via hybrid"), messages.Sprintf("add --via hybrid"))
	default:
		if b.Deadline, err = deadline(text, now); err != nil {
			return b, err
		}
		if b.Deadline.Before(now) { // else everything would be asked live, and what is in batches would be paid for twice
			return b, flags.Usage(messages.Sprintf("--deadline %s is over", text), messages.Sprintf("name a later time, or leave out --via and --deadline"))
		}
	}
	switch {
	case b.Detach && b.Via == task.ViaHybrid:
		return b, flags.Usage(messages.Sprintf("--detach and --deadline cannot be used together"),
			messages.Sprintf("without --detach, the run waits and asks live what the batches have not answered in time"))
	case b.Detach && c.Bool("sandbox"):
		return b, flags.Usage(messages.Sprintf("--detach needs a service that stays, and the embedded sandbox ends with the run"),
			messages.Sprintf("start gigabatch sandbox in another terminal, or leave out --detach"))
	}
	return b, nil
}

// deadlineForms are the forms of a deadline with a date.
var deadlineForms = []string{"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05", time.RFC3339}

// deadline reads a point in time. A time of day is the next one.
func deadline(text string, now time.Time) (time.Time, error) {
	for _, form := range deadlineForms {
		if t, err := time.ParseInLocation(form, text, now.Location()); err == nil {
			return t, nil
		}
	}
	for _, form := range []string{"15:04", "15:04:05"} {
		t, err := time.Parse(form, text)
		if err != nil {
			continue
		}
		at := time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), t.Second(), 0, now.Location())
		if at.Before(now) {
			at = time.Date(now.Year(), now.Month(), now.Day()+1, t.Hour(), t.Minute(), t.Second(), 0, now.Location())
		}
		return at, nil
	}
	return time.Time{}, flags.Usage(messages.Sprintf("--deadline %s: must be a time such as 18:00 or 2026-12-24 18:00", text), messages.Text{})
}
