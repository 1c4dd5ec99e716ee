package main

import (
	"slices"

	"gigabatch/cmd/gigabatch/internal/figures"
	"gigabatch/cmd/gigabatch/internal/prelude"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// planSayer prints what the plan found before anything is sent. A plan may be made twice; a line is not printed again.
type planSayer struct {
	s       stdio
	journal string
	input   messages.Text
	prices  *cost.Prices
	quiet   bool
	before  []string
}

// opened prints how the input is read. It is called before the plan, which may fail.
func (p *planSayer) opened(dialect messages.Text) { p.say(p.dialect(dialect)) }

func (p *planSayer) planned(plan *jobs.Plan) {
	lines := append(p.dialect(plan.Dialect), prelude.Warnings(plan, p.journal, p.input)...)
	if !p.quiet {
		lines = append(lines, prelude.Line(plan, p.input))
		if p.prices != nil { // else an estimate follows
			if in := plan.Estimate(p.prices).InBatches; in != nil && in.Via != task.ViaLive && plan.Tasks > plan.InBatches {
				lines = append(lines, messages.Sprintf("%s: %s", p.input, figures.Rounds(in)))
			}
		}
	}
	p.say(lines)
}

func (p *planSayer) dialect(text messages.Text) []messages.Text {
	if p.quiet || text.IsZero() {
		return nil
	}
	return []messages.Text{messages.Sprintf("%s: %s", p.input, text)}
}

func (p *planSayer) say(lines []messages.Text) {
	var said []string
	for _, l := range lines {
		text := p.s.err.Text(l)
		if !slices.Contains(p.before, text) {
			p.s.err.Say("%s", text)
		}
		said = append(said, text)
	}
	p.before = append(p.before, said...)
}
