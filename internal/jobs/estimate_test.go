package jobs

import (
	"context"
	"encoding/csv"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
)

// wordTokens counts tokens as a tokenizer for Russian does, roughly: words of Russian, words of other letters, digits and marks have
// different lengths, and each word has its own.
func wordTokens(text string) int {
	n := 0
	for _, word := range strings.Fields(text) {
		chars := 0.0
		for _, r := range word {
			switch {
			case unicode.Is(unicode.Cyrillic, r):
				chars += 1 / 3.3
			case r < unicode.MaxASCII && unicode.IsLetter(r):
				chars += 1 / 4.4
			case unicode.IsDigit(r):
				chars += 1 / 1.8
			default:
				chars++
			}
		}
		h := fnv.New32a()
		io.WriteString(h, word)
		n += max(1, int(chars*(0.7+0.6*float64(h.Sum32()%1000)/1000)+0.5))
	}
	return n
}

// boxService is a service of a sandbox whose tokenizer is wordTokens.
func boxService(t *testing.T, o sandbox.Options) *Service {
	t.Helper()
	o.TokensOf, o.Streams, o.TokenRequestsPerSecond = wordTokens, -1, -1
	box := sandbox.New(o)
	t.Cleanup(func() { box.Close() })
	c := &gigachat.Client{BaseURL: "http://127.0.0.1/v1", Transport: box.Transport(), Tokens: &gigachat.OAuth{
		Key: sandbox.Key, Scope: gigachat.ScopeCorporate, URL: "http://127.0.0.1/api/v2/oauth", Transport: box.Transport(),
	}}
	count := func(ctx context.Context, model string, texts []string) (n []int, err error) {
		counts, err := c.CountTokens(ctx, model, texts)
		for _, c := range counts {
			n = append(n, c.Tokens)
		}
		return n, err
	}
	return &Service{Ask: c.ChatJSON, Sandbox: true, Start: 32, Max: 32, Count: count}
}

var vocabulary = map[string][]string{
	"ru": strings.Fields("доставка была быстрой но упаковка помялась и курьер не позвонил спасибо за подарок верните деньги размер не подошёл " +
		"качество отличное рекомендую всем магазин обслуживание вежливое предупредительное неудовлетворительное"),
	"en":     strings.Fields("the parcel arrived late and a box was broken please refund my order thanks great size quality recommend shop service"),
	"digits": strings.Fields("79261234567 1200 14:35 2026-11-29 №45-7781 99,90 артикул 0012-88 +7 40817810099910004312"),
}

// words returns a text of about so many words.
func words(r *rand.Rand, language string, n int) string {
	all := vocabulary[language]
	text := make([]string, max(1, n))
	for i := range text {
		text[i] = all[r.IntN(len(all))]
	}
	return strings.Join(text, " ")
}

// reviews are kinds of tables by the lengths and the languages of their texts.
var reviews = []struct {
	name string
	text func(r *rand.Rand, i int) string
}{
	{"alike", func(r *rand.Rand, _ int) string { return words(r, "ru", 20+r.IntN(20)) }},
	{"log-normal", func(r *rand.Rand, _ int) string { return words(r, "ru", int(lognormal(r, 2.5, 1.3))) }},
	{"giants", func(r *rand.Rand, i int) string {
		if i%97 == 5 {
			return words(r, "ru", 2000+r.IntN(3000))
		}
		return words(r, "ru", 3+r.IntN(10))
	}},
	{"bimodal", func(r *rand.Rand, i int) string { return words(r, "ru", 5+r.IntN(5)+i%2*(300+r.IntN(100))) }},
	{"duplicates", func(r *rand.Rand, _ int) string {
		same := rand.New(rand.NewPCG(uint64(r.IntN(60)), 3))
		return words(same, "ru", int(lognormal(same, 2.5, 1)))
	}},
	{"languages", func(r *rand.Rand, _ int) string {
		return words(r, []string{"ru", "ru", "en"}[r.IntN(3)], int(lognormal(r, 3, 1)))
	}},
	{"giants of another language", func(r *rand.Rand, i int) string {
		if i%50 == 7 {
			return words(r, "en", 500+r.IntN(1500))
		}
		return words(r, "ru", 3+r.IntN(20))
	}},
	{"numbers", func(r *rand.Rand, _ int) string {
		return words(r, "ru", 1+r.IntN(30)) + " " + words(r, "digits", int(lognormal(r, 1.5, 1)))
	}},
	{"short", func(r *rand.Rand, _ int) string {
		return words(r, []string{"ru", "en", "digits"}[r.IntN(3)], 1+r.IntN(3))
	}},
	{"pareto", func(r *rand.Rand, _ int) string { return words(r, "ru", min(6000, int(4/(1-r.Float64())))) }},
}

func lognormal(r *rand.Rand, mean, deviation float64) float64 {
	return min(5000, math.Exp(mean+deviation*r.NormFloat64()))
}

// jobOver makes a job over a table of one of the kinds, in its own folder.
func jobOver(t *testing.T, seed uint64, svc *Service) *Job {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 16))
	kind := reviews[seed%uint64(len(reviews))]
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Write([]string{"id", "review", "model"})
	for i := range 200 + r.IntN(500) {
		w.Write([]string{strconv.Itoa(i), kind.text(r, i), []string{"GigaChat-2", "GigaChat-2-Max", ""}[r.IntN(3)]})
	}
	w.Flush()
	input := filepath.Join(t.TempDir(), fmt.Sprintf("%s-%d.csv", kind.name, seed))
	jobstest.WriteFile(t, input, b.String())
	column := spec.Column{CompletionColumn: "completion", Prompt: "Тон отзыва: {{review}}", Params: spec.Params{Model: "GigaChat-2"}}
	if seed%3 == 1 {
		column.System = "Ты — помощник магазина. Отвечай одним словом, без пояснений и знаков препинания."
	}
	if seed%4 == 2 {
		column.RowParams = []string{"model"}
	}
	j := &Job{
		Input: input, Sandbox: true,
		Settings: spec.Settings{Column: column, OutputColumns: spec.DefaultOutputColumns, Output: input + ".out.csv"},
		Connect:  func(context.Context, []string) (*Service, error) { return svc, nil },
	}
	j.tests.sync = func(*os.File) error { return nil }
	return j
}

// TestEstimateHolds estimates the prompts of tables of fixed seeds, then runs them and compares the usage. An interval of 95 % that is right
// in 90 of 100 cases at least is what is promised.
func TestEstimateHolds(t *testing.T) {
	t.Parallel()
	files := 100
	if testing.Short() {
		files = 20
	}
	if raced {
		files = 3
	}
	svc := boxService(t, sandbox.Options{})
	prices := cost.Known()
	held := map[string]int{}
	for seed := range uint64(files) {
		check := func(way string, j *Job, count bool) func(tokens int64) {
			n := 0
			if count {
				n = 100
			}
			_, e, err := j.Estimate(t.Context(), prices, n, svc.Count)
			if err != nil {
				t.Fatalf("%s: %v", j.Input, err)
			}
			return func(tokens int64) {
				got := float64(tokens)
				if e.Prompt.Low <= got && got <= e.Prompt.High {
					held[way]++
				} else {
					t.Logf("%s, %s: %d tokens are not between %.0f and %.0f (%.0f, %s)", filepath.Base(j.Input), way, tokens, e.Prompt.Low, e.Prompt.High,
						e.Prompt.Likely, e.PromptFrom)
				}
				held[way+" width %"] += int(100 * (e.Prompt.High - e.Prompt.Low) / 2 / e.Prompt.Likely)
			}
		}
		j := jobOver(t, seed, svc)
		before := []func(int64){check("counted", j, true), check("offline", j, false)}
		_, tried, err := j.Preview(t.Context(), nil, 5)
		if err != nil {
			t.Fatal(err)
		}
		after := []func(int64){check("counted after a preview", j, true), check("offline after a preview", j, false)}
		sum, err := j.Run(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range before {
			f(tried.PromptTokens + sum.PromptTokens)
		}
		for _, f := range after {
			f(sum.PromptTokens)
		}
	}
	t.Logf("held in %d files: %v", files, held)
	for _, way := range []string{"counted", "counted after a preview", "offline", "offline after a preview"} {
		if held[way]*100 < files*90 {
			t.Errorf("%s: the interval held for %d of %d files", way, held[way], files)
		}
	}
}

// TestEstimateOfColumns estimates jobs in which a column decides whether and what another one is asked, and in which answers are repaired,
// then runs them: requests, tokens and rubles are those of the run.
func TestEstimateOfColumns(t *testing.T) {
	t.Parallel()
	files := 20
	if testing.Short() {
		files = 10
	}
	if raced {
		files = 2
	}
	prices := cost.Known()
	held := map[string]int{}
	for seed := range uint64(files) {
		svc := boxService(t, sandbox.Options{Seed: seed, Faults: []sandbox.Fault{{Kind: sandbox.InvalidJSON, Rate: 0.1, Attempts: 1}}})
		j := jobOver(t, seed, svc)
		topic, reply := j.Settings.Column, j.Settings.Column
		topic.CompletionColumn, topic.Prompt = "topic", "О чём отзыв: {{review}}"
		topic.Choices, topic.Repairs = []string{"цена", "доставка", "другое"}, 1
		reply.CompletionColumn, reply.Prompt, reply.Model = "reply", "Ответь на отзыв на тему «{{topic}}»: {{review}}", "GigaChat-2-Max"
		topic.RowParams, reply.RowParams = nil, nil
		if seed%2 == 0 {
			reply.When = []string{"topic=доставка"}
		}
		j.Settings.Columns = []spec.Column{topic, reply}
		if _, _, err := j.Preview(t.Context(), nil, 40); err != nil {
			t.Fatal(err)
		}
		plan, e, err := j.Estimate(t.Context(), prices, 100, svc.Count)
		if err != nil {
			t.Fatal(err)
		}
		if plan.Later == 0 || e.Dependent.High == 0 || e.Repairs.High == 0 || len(e.Models) != 2 || e.Cost == nil {
			t.Fatalf("%s: got %+v", j.Input, e)
		}
		before := costOf(t, j, prices)
		sum, err := j.Run(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		between := func(what string, got, low, high float64) {
			if low <= got && got <= high {
				held[what]++
			} else {
				t.Logf("%s: %s are %.2f, not between %.2f and %.2f", filepath.Base(j.Input), what, got, low, high)
			}
		}
		between("requests", float64(sum.Requests), e.Requests.Low, e.Requests.High)
		between("prompt tokens", float64(sum.PromptTokens), e.Prompt.Low, e.Prompt.High)
		between("completion tokens", float64(sum.CompletionTokens), e.Completion.Low, e.Completion.High)
		between("rubles", (costOf(t, j, prices) - before).Rubles(), e.Cost.Low.Rubles(), e.Cost.High.Rubles())
	}
	t.Logf("held in %d files: %v", files, held)
	for _, what := range []string{"requests", "prompt tokens", "completion tokens", "rubles"} {
		if held[what]*100 < files*90 {
			t.Errorf("%s: the interval held for %d of %d files", what, held[what], files)
		}
	}
}

// costOf returns the cost of all answers in the journal of a job, without a discount.
func costOf(t *testing.T, j *Job, prices *cost.Prices) (all cost.Amount) {
	t.Helper()
	kept := readJournal(t, j.Journal)
	for key := range kept.Keys(true) {
		at, _ := kept.Latest(key, true)
		result, _, err := kept.ReadResult(at, nil)
		if err != nil {
			t.Fatal(err)
		}
		line, ok := prices.Of(result.Model)
		if !ok {
			t.Fatalf("no price of %s", result.Model)
		}
		u := result.Usage
		u.CachedTokens = 0
		all += line.Price.Of(u)
	}
	return all
}
