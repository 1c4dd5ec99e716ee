package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FaultSyntax describes what ParseFaults reads, for help texts.
const FaultSyntax = `KIND[:ARG][=WHEN[&WHEN…]], separated by commas. KIND is one of FaultKinds, with the prefix oauth-, models-, tokens-,
balance-, files-, embeddings-, batch-create-, batch-poll- or batch-list- for an endpoint other than the completions. The lines of a batch are
completions or embeddings. ARG is the Retry-After of 429, or the time of slow and hang. WHEN is a share (0.2), the first requests (#3) or a
range of them (#4-6, #4-), a time since the start (10s..20s), a text in the prompt (~war), a model (@GigaChat-2), or the first attempt for
a request (once) or the first n (x3); without WHEN the fault always happens. Text in double quotes may contain the characters , & and =.`

// ParseFaults reads faults in the form that FaultSyntax describes, such as
//
//	500=0.2,429:2=0.1&once,reset-before=0.05,blacklist=~war,hang=#3,oauth-500=10s..20s
//
// A fault with a share of 0 is left out.
func ParseFaults(text string) ([]Fault, error) {
	var faults []Fault
	for _, part := range splitQuoted(text, ',') {
		if strings.TrimSpace(part) == "" {
			continue
		}
		f, never, err := parseFault(strings.TrimSpace(part))
		if err != nil {
			return nil, fmt.Errorf("fault %q: %w", part, err)
		}
		if !never {
			faults = append(faults, f)
		}
	}
	return faults, nil
}

func parseFault(text string) (f Fault, never bool, err error) {
	what, when, _ := cutQuoted(text, '=')
	name, arg, _ := cutQuoted(what, ':')
	f.Kind = FaultKind(name)
	for _, at := range endpoints[1:] {
		if kind, found := strings.CutPrefix(name, string(at)+"-"); found {
			f.At, f.Kind = at, FaultKind(kind)
		}
	}
	if !slices.Contains(FaultKinds(f.At), f.Kind) {
		var names []string
		for _, kind := range FaultKinds(f.At) {
			names = append(names, Fault{Kind: kind, At: f.At}.name())
		}
		return f, false, fmt.Errorf("no such fault; the faults are %s", strings.Join(names, ", "))
	}
	switch arg = unquote(arg); {
	case arg == "":
	case f.Kind == "429":
		f.RetryAfter = arg
	case f.Kind == Slow || f.Kind == Hang:
		err = parseDuration(arg, &f.For)
	default:
		err = fmt.Errorf("%s takes no argument", f.Kind)
	}
	if err != nil {
		return f, false, err
	}
	for _, condition := range splitQuoted(when, '&') {
		if condition == "" {
			continue
		}
		zero, err := f.parseCondition(condition)
		if err != nil {
			return f, false, err
		}
		never = never || zero
	}
	if (f.Contains != "" || f.Model != "") && !f.At.prompts() {
		return f, false, errors.New("only completions and embeddings have prompts")
	}
	return f, never, nil
}

// parseCondition reads one condition; never reports that it never holds.
func (f *Fault) parseCondition(text string) (never bool, err error) {
	switch {
	case text == "once":
		f.Attempts = 1
		return false, nil
	case text[0] == 'x':
		return false, parseCount(text[1:], &f.Attempts)
	case text[0] == '#':
		return false, f.parseNumbers(text[1:])
	case text[0] == '~':
		f.Contains = unquote(text[1:])
		return false, nil
	case text[0] == '@':
		f.Model = unquote(text[1:])
		return false, nil
	case strings.Contains(text, ".."):
		return false, f.parseWindow(text)
	}
	rate, err := strconv.ParseFloat(text, 64)
	if err != nil || !(0 <= rate && rate <= 1) {
		return false, fmt.Errorf("%q is neither a share from 0 to 1 nor another condition", text)
	}
	f.Rate = rate
	return rate == 0, nil
}

func (f *Fault) parseNumbers(text string) error {
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		return parseCount(text, &f.First)
	}
	var from, to int
	if last == "" {
		err := parseCount(first, &from)
		f.Skip = from - 1
		return err
	}
	if err := errors.Join(parseCount(first, &from), parseCount(last, &to)); err != nil {
		return err
	}
	if to < from {
		return fmt.Errorf("%q ends before it begins", text)
	}
	f.Skip, f.First = from-1, to-from+1
	return nil
}

func (f *Fault) parseWindow(text string) error {
	from, to, _ := strings.Cut(text, "..")
	var err error
	if from != "" {
		err = parseDuration(from, &f.From)
	}
	if to != "" {
		err = errors.Join(err, parseDuration(to, &f.To))
	}
	if err == nil && to != "" && f.To <= f.From {
		err = fmt.Errorf("%q ends before it begins", text)
	}
	return err
}

func parseCount(text string, n *int) error {
	var err error
	if *n, err = strconv.Atoi(text); err != nil || *n < 1 {
		return fmt.Errorf("%q is not a positive number", text)
	}
	return nil
}

func parseDuration(text string, d *time.Duration) error {
	var err error
	if *d, err = time.ParseDuration(text); err != nil || *d < 0 {
		return fmt.Errorf("%q is not a duration such as 3s", text)
	}
	return nil
}

// String returns f in the form that ParseFaults reads.
func (f Fault) String() string {
	what := f.name()
	switch {
	case f.RetryAfter != "":
		what += ":" + quote(f.RetryAfter)
	case f.For != 0:
		what += ":" + f.For.String()
	}
	if when := f.conditions(); when != "" {
		return what + "=" + when
	}
	return what
}

func (f Fault) conditions() string {
	var when []string
	if f.Rate != 0 {
		when = append(when, strconv.FormatFloat(f.Rate, 'g', -1, 64))
	}
	switch {
	case f.Skip != 0 && f.First == 0:
		when = append(when, fmt.Sprintf("#%d-", f.Skip+1))
	case f.Skip != 0:
		when = append(when, fmt.Sprintf("#%d-%d", f.Skip+1, f.Skip+f.First))
	case f.First != 0:
		when = append(when, fmt.Sprintf("#%d", f.First))
	}
	switch {
	case f.To != 0:
		when = append(when, fmt.Sprintf("%s..%s", f.From, f.To))
	case f.From != 0:
		when = append(when, fmt.Sprintf("%s..", f.From))
	}
	if f.Contains != "" {
		when = append(when, "~"+quote(f.Contains))
	}
	if f.Model != "" {
		when = append(when, "@"+quote(f.Model))
	}
	if f.Attempts != 0 {
		when = append(when, fmt.Sprintf("x%d", f.Attempts))
	}
	return strings.Join(when, "&")
}

// splitQuoted splits text at each sep outside double quotes.
func splitQuoted(text string, sep byte) []string {
	var parts []string
	for {
		part, rest, found := cutQuoted(text, sep)
		parts = append(parts, part)
		if !found {
			return parts
		}
		text = rest
	}
}

// cutQuoted cuts text at the first sep outside double quotes.
func cutQuoted(text string, sep byte) (before, after string, found bool) {
	quoted := false
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case c == sep && !quoted:
			return text[:i], text[i+1:], true
		}
	}
	return text, "", false
}

func quote(s string) string { return `"` + s + `"` }

func unquote(s string) string { return strings.ReplaceAll(s, `"`, "") }
