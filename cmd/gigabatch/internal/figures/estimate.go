// Package figures describes estimates and prices in words.
package figures

import (
	"math"
	"slices"
	"strings"
	"time"

	"gigabatch/internal/jobs/estimate"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Line is a name and what it stands for.
type Line struct{ Name, Value messages.Text }

// Estimate describes what a run over a number of rows will cost. pack is how many texts a request has, 0 if requests bring completions.
func Estimate(l messages.Language, rows, pack int, e *estimate.Estimate) []Line {
	lines := []Line{{messages.Sprintf("rows"), messages.Verbatim(l.Digits(int64(rows)))}}
	requests := Line{messages.Sprintf("requests"), rangeText(l, e.Requests)}
	if pack > 0 {
		requests = Line{messages.Sprintf("texts"), messages.Sprintf("%s, at most %d{|} in a request", rangeText(l, e.Requests), pack)}
	}
	lines = append(lines, requests)
	if e.Dependent.High > 0 {
		text := messages.Sprintf("%s of them, which need other answers first", rangeText(l, e.Dependent))
		lines = append(lines, Line{messages.Sprintf("dependent requests"), text})
	}
	if e.Repairs.High > 0 {
		text := messages.Sprintf("%s of them, for answers that do not fit", rangeText(l, e.Repairs))
		lines = append(lines, Line{messages.Sprintf("repairs"), text})
	}
	if e.Requests.Likely == 0 {
		return lines
	}
	lines = append(lines, Line{messages.Sprintf("prompt tokens"), messages.Sprintf("%s; %s", rangeText(l, e.Prompt), promptSource(e))})
	if pack == 0 { // a vector has none
		text := messages.Sprintf("%s; %s", rangeText(l, e.Completion), completionSource(e))
		lines = append(lines, Line{messages.Sprintf("completion tokens"), text})
	}
	if e.Files > 0 {
		text := messages.Sprintf("%d {file is|files are} attached, and {1:its|their} tokens are not known", e.Files)
		lines = append(lines, Line{messages.Sprintf("files"), text})
	}
	if len(e.Columns) > 1 {
		for _, part := range e.Columns {
			lines = append(lines, Line{messages.Sprintf("%s, %s", part.Column, part.Model), partText(l, part)})
		}
	}
	lines = append(lines, Line{messages.Sprintf("cost"), moneyText(e)})
	lines = append(lines, batchLines(l, e.InBatches)...)
	took := messages.Sprintf("unknown: no run has found the quota yet")
	switch in := e.InBatches; {
	case in != nil && in.Via == task.ViaHybrid:
		took = messages.Sprintf("until the deadline at most; the service does not say how long batches take")
	case in != nil && in.Via != task.ViaLive:
		took = messages.Sprintf("unknown: the service does not say how long batches take")
	case e.Seconds > 0:
		d := time.Duration(e.Seconds * float64(time.Second)).Round(time.Second)
		if took = messages.Sprintf("about %v at the quota found so far", d); e.From == estimate.FromPace {
			took = messages.Sprintf("about %v at the pace of the last run", d)
		}
	}
	return append(lines, Line{messages.Sprintf("time"), took})
}

// Rounds says in how many batches and rounds a run asks.
func Rounds(in *estimate.InBatches) messages.Text {
	batches, rounds := int(math.Ceil(in.Batches.Likely)), int(math.Round(in.Rounds.High))
	text := messages.Sprintf("about %d {batch|batches} of at most %d {line|lines}", max(1, batches), in.Lines)
	if rounds > 1 {
		text = messages.Sprintf("%s, in up to %d {round|rounds}: each waits for the answers of the one before", text, rounds)
	}
	return text
}

// partText describes the estimate of one column and model.
func partText(l messages.Language, p estimate.Part) messages.Text {
	tokens := estimate.Range{
		Likely: p.Prompt.Likely + p.Completion.Likely, Low: p.Prompt.Low + p.Completion.Low, High: p.Prompt.High + p.Completion.High,
	}
	if p.Cost == nil {
		return messages.Sprintf("requests: %s; tokens: %s", rangeText(l, p.Requests), rangeText(l, tokens))
	}
	return messages.Sprintf("requests: %s; tokens: %s; %s", rangeText(l, p.Requests), rangeText(l, tokens), p.Cost.Likely.Text())
}

// rangeText returns an amount with its interval.
func rangeText(l messages.Language, r estimate.Range) messages.Text {
	digits := func(n float64) string { return l.Digits(int64(math.Round(n))) }
	likely, low, high := digits(r.Likely), digits(r.Low), digits(r.High)
	if low == high {
		return messages.Verbatim(likely)
	}
	return messages.Verbatim("≈ " + likely + " (" + low + "–" + high + ")")
}

// moneyText returns the cost with its interval and the dates of the prices.
func moneyText(e *estimate.Estimate) messages.Text {
	in := e.InBatches
	switch {
	case e.Cost == nil && in != nil && in.Live != nil:
		return messages.Sprintf("unknown: there is no price of batches with %s (--price-file); live, it would cost ≈ %s",
			strings.Join(e.Unpriced, ", "), in.Live.Likely.Text())
	case e.Cost == nil:
		return messages.Sprintf("unknown: there is no price of %s (--price-file)", strings.Join(e.Unpriced, ", "))
	}
	m := e.Cost
	if in != nil && in.Via != task.ViaLive && in.Cost != nil {
		return messages.Sprintf("≈ %s (%s – %s) in batches, by %s", m.Likely.Text(), m.Low.Text(), m.High.Text(), pricesText(e))
	}
	return messages.Sprintf("≈ %s (%s – %s), by %s", m.Likely.Text(), m.Low.Text(), m.High.Text(), pricesText(e))
}

// pricesText says from when the prices of an estimate are.
func pricesText(e *estimate.Estimate) messages.Text {
	var dates []string
	for _, p := range e.Prices {
		dates = append(dates, p.Date)
	}
	dates = slices.Compact(slices.DeleteFunc(dates, func(d string) bool { return d == "" }))
	if len(dates) == 0 {
		return messages.Sprintf("prices without a date")
	}
	return messages.Sprintf("prices of %s", strings.Join(dates, ", "))
}

// Short returns an estimate in one line.
func Short(l messages.Language, e *estimate.Estimate) messages.Text {
	if e.Cost == nil && (e.InBatches == nil || e.InBatches.Live == nil) {
		return messages.Sprintf("estimate: prompt tokens %s, completion tokens %s; there is no price of %s",
			rangeText(l, e.Prompt), rangeText(l, e.Completion), strings.Join(e.Unpriced, ", "))
	}
	return messages.Sprintf("estimate: prompt tokens %s, completion tokens %s, %s",
		rangeText(l, e.Prompt), rangeText(l, e.Completion), moneyText(e))
}

// promptSource says from what the tokens of prompts are estimated.
func promptSource(e *estimate.Estimate) messages.Text {
	switch e.PromptFrom {
	case estimate.FromCount:
		return messages.Sprintf("counted in %d {request|requests}", e.Sample)
	case estimate.FromUsage:
		return messages.Sprintf("from the length of the texts, as in the journal")
	}
	return messages.Sprintf("from the length of the texts")
}

// completionSource says from what the tokens of completions are estimated.
func completionSource(e *estimate.Estimate) messages.Text {
	switch e.CompletionFrom {
	case estimate.FromUsage:
		return messages.Sprintf("as in %d {answer|answers} of the journal", e.CompletionsSeen)
	case estimate.FromOthers:
		return messages.Sprintf("as answers to other prompts in the journal")
	case estimate.FromLimit:
		return messages.Sprintf("at most, by --max-tokens")
	}
	return messages.Sprintf("assumed, since no answer is known yet; run --preview gets some")
}

// batchLines describes how many batches and rounds a run needs, and what they save; of a run that asks live, what they would save.
func batchLines(l messages.Language, in *estimate.InBatches) (lines []Line) {
	switch {
	case in == nil:
		return nil
	case in.Via == task.ViaLive:
		return append(lines, Line{messages.Sprintf("in batches"), messages.Sprintf("≈ %s, which is ≈ %s less, with --via batch; for companies that pay as they go",
			in.Cost.Likely.Text(), in.Saved.Text())})
	}
	text := messages.Sprintf("%s of at most %d {request|requests}; rounds: %s", rangeText(l, in.Batches), in.Lines, rangeText(l, in.Rounds))
	if in.Rounds.High > 1 {
		text = messages.Sprintf("%s, since some requests need answers of an earlier round", text)
	}
	lines = append(lines, Line{messages.Sprintf("batches"), text})
	switch {
	case in.Cost == nil || in.Live == nil:
	case in.Via == task.ViaBatch:
		lines = append(lines, Line{messages.Sprintf("saved"), messages.Sprintf("≈ %s; live, it would cost ≈ %s", in.Saved.Text(), in.Live.Likely.Text())})
	default:
		lines = append(lines, Line{messages.Sprintf("saved"), messages.Sprintf("up to ≈ %s, as far as batches bring the answers; live, it would cost ≈ %s",
			in.Saved.Text(), in.Live.Likely.Text())})
	}
	return lines
}
