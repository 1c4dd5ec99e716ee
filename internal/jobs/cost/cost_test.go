package cost

import (
	"encoding/json"
	"strings"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/messages"
)

func TestKnown(t *testing.T) {
	t.Parallel()
	p := Known()
	usage := gigachat.Usage{PromptTokens: 1_000_000, CompletionTokens: 1_000_000, CachedTokens: 400_000}
	for model, want := range map[string]Amount{ // rubles
		"GigaChat-2": 39 + 65, "GigaChat-2:2.0.28.2": 39 + 65, "GigaChat-2-Pro": 300 + 500, "GigaChat-2-Max": 390 + 650,
		"ai-sage/GigaChat3.5-432B-A28B": 0, "GigaChat-3-Ultra": -1, "": -1,
	} {
		line, ok := p.Of(model)
		switch {
		case ok != (want >= 0):
			t.Errorf("%s: known is %v", model, ok)
		case strings.HasPrefix(model, "ai-sage"):
			if got := line.Price.Of(usage); got != OfRubles(96.22+288.6) {
				t.Errorf("%s: got %v", model, got)
			}
		case ok && line.Price.Of(usage) != want*Ruble:
			t.Errorf("%s: got %v, want %d ₽", model, line.Price.Of(usage), want)
		}
		if ok && (line.Date.IsZero() || line.Source == "") {
			t.Errorf("%s: got %+v, want its date and source", model, line)
		}
	}
}

// Cached tokens beyond the prompt, as a service may report them, never make an amount negative.
func TestCachedBeyondPrompt(t *testing.T) {
	t.Parallel()
	if got := (Price{Input: 10, Output: 10}).Of(gigachat.Usage{PromptTokens: 5, CachedTokens: 9, CompletionTokens: 1}); got != 10 {
		t.Errorf("got %d", got)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	own, err := Parse("p.csv", "Model;Input;Output;Cached\r\nGigaChat-2;32,5;40;0\r\n\r\nmy model; 1 ;2;0,5\r\n")
	if err != nil {
		t.Fatal(err)
	}
	p := Known().With(own)
	if l, _ := p.Of("GigaChat-2"); l.Input != 32.5 || l.Price.Output != OfRubles(40e-6) {
		t.Errorf("got %+v", l)
	}
	if l, ok := p.Of("GigaChat-2-Max"); !ok || l.Input != 650 {
		t.Errorf("got %+v", l)
	}
	if got := len(p.Lines()); got != len(Known().Lines())+1 {
		t.Errorf("got %d lines", got)
	}
	for text, want := range map[string]string{
		"":                                                 "p.csv:1: the table of prices is empty",
		"model,input\nx,1":                                 `p.csv:1: the header has no column "output"`,
		"model,input,output,cached\nx,a,1,1":               `p.csv:2: input: "a" is not a price`,
		"model,input,output,cached\nx,1,-1,1":              `p.csv:2: output: "-1"`,
		"model,input,output,cached\nx,1,1,":                `p.csv:2: cached: ""`,
		"model,input,output,cached\nx,NaN,1,1":             `p.csv:2: input: "NaN"`,
		"model,input,output,cached\n,1,1,1":                "p.csv:2: the line names no model",
		"model,input,output,cached\nx,1,1,1\nx,1,1,1":      `p.csv:3: the model "x" has two lines`,
		"model,input,output,cached,date\nx,1,1,1,1.2.2026": `p.csv:2: date: "1.2.2026"`,
		"model,input,output,cached\n\"x,1,1,1":             "p.csv:2: ",
	} {
		if _, err := Parse("p.csv", text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestAmount(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rubles           float64
		english, russian string
	}{
		{0, "0 ₽", "0 ₽"}, {0.004, "<0.01 ₽", "<0,01 ₽"}, {0.0051, "0.01 ₽", "0,01 ₽"}, {12.4, "12.40 ₽", "12,40 ₽"},
		{99.994, "99.99 ₽", "99,99 ₽"}, {99.996, "100 ₽", "100 ₽"}, {1240.4, "1240 ₽", "1240 ₽"}, {12_404.6, "12,405 ₽", "12\u00a0405 ₽"},
		{-3, "−3.00 ₽", "−3,00 ₽"},
	} {
		a := OfRubles(test.rubles)
		if got := a.String(); got != test.english {
			t.Errorf("%v: got %q, want %q", test.rubles, got, test.english)
		}
		if got := (messages.Printer{Language: messages.Russian}).Text(a.Text()); got != test.russian {
			t.Errorf("%v: got %q, want %q", test.rubles, got, test.russian)
		}
		var back Amount
		b, err := json.Marshal(a)
		if err != nil || json.Unmarshal(b, &back) != nil || back != a {
			t.Errorf("%v: got %s, %d, error %v", test.rubles, b, back, err)
		}
	}
}
