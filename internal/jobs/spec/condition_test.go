package spec

import (
	"slices"
	"strings"
	"testing"
)

func TestConditions(t *testing.T) {
	t.Parallel()
	names := []string{"Цена", "Дата", "Город", "a<b", "x=y", "note"}
	for _, tc := range []struct {
		condition       string
		holds, holdsNot []string
	}{
		{"Город=", []string{"", "  "}, []string{"Омск"}},
		{"Город!=", []string{"Омск"}, []string{"", " "}},
		{"Город=Омск", []string{"Омск", " Омск "}, []string{"омск", "Омск 2"}},
		{"Город~омс", []string{"г. ОМСК", "Омск"}, []string{"Томь", ""}},
		{"Город ~ a=b", []string{"A=B", "ca=bc"}, []string{"a"}},
		{"Цена>1000", []string{"1000.5", "1 500", "1\u00A0500,00", "1,500", "1,500.50", "1.500,50", "1001 ₽", "1 200 руб.", "$1,001"}, []string{"1000", "999", "", "n/a", "-2000", "10 000 штук", "2024-01-02"}},
		{"Цена>=12,5", []string{"12.5", "12,50", "13 %"}, []string{"12.49", "1,2", "12"}},
		{"Цена<1", []string{"0,500", "-0,125"}, []string{"1,500", "12,500"}},
		{"Цена<0", []string{"-1", "−0,5", "-1 000"}, []string{"0", "1", ""}},
		{"Цена<=1e3", []string{"1000", "1000.0"}, []string{"1001"}},
		{"Дата>2024-05-01", []string{"2024-05-02", "02.05.2024", "2.5.24", "2/5/2024", "2024-05-02T00:00:00Z", "2025/1/1"}, []string{"01.05.2024", "2024-05-01 23:59", "30.04.2024", "", "20240502", "May 2"}},
		{"Дата<=31.12.2023", []string{"2023-12-31", "2023-12-31 18:30:00", "31.12.2023"}, []string{"2024-01-01"}},
		{"Дата>=2024-05-01 12:00", []string{"2024-05-01 12:00", "01.05.2024 12:00:01", "2024-05-02"}, []string{"2024-05-01", "2024-05-01 11:59"}},
		{"Дата<12/31/2023", []string{"2023-12-30"}, []string{"2023-12-31"}},
		{`Город in ["Омск", "a=b","\"x\"]"]`, []string{"Омск", " Омск ", "a=b", `"x"]`}, []string{"омск", "", "Омск, a=b"}},
		{"*~мск", []string{"Омск"}, []string{"Тверь"}},
		{"Город=x in [", []string{"x in ["}, []string{"x"}},
		{"a<b>5", []string{"6"}, []string{"5"}},
		{"a<b=5", []string{"5"}, []string{"6"}},
		{"x=y!=5", []string{"6"}, []string{"5"}},
	} {
		c, ok := CutCondition(tc.condition, func(name string) bool { return slices.Contains(names, name) })
		if fault, _ := c.Fault(); !ok || !fault.IsZero() {
			t.Errorf("%s: got %v, %v, %v, want a condition", tc.condition, c, ok, fault)
			continue
		}
		for _, text := range tc.holds {
			if !c.Holds(text) {
				t.Errorf("%s does not hold for %q", tc.condition, text)
			}
		}
		for _, text := range tc.holdsNot {
			if c.Holds(text) {
				t.Errorf("%s holds for %q", tc.condition, text)
			}
		}
	}
}

// Texts have a place on the scale of numbers or of dates as conditions read them.
func TestMeasure(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		scale Scale
		n     float64
	}{
		"": {}, "12 apples": {}, "№ 5": {}, "р": {}, "x1": {}, "5": {Numbers, 5}, " 1\u00a0500,50 ₽": {Numbers, 1500.5}, "\u22123": {Numbers, -3}, "₽ 7": {Numbers, 7}, "р. 7": {Numbers, 7},
		strings.Repeat("9", 61): {}, "1970-01-02": {Dates, 86400}, "02.01.1970 00:01": {Dates, 86460}, "2/1/1970": {Dates, 86400},
	} {
		if scale, n := Measure(text, false); scale != want.scale || n != want.n {
			t.Errorf("Measure(%q) = %d, %v; want %+v", text, scale, n, want)
		}
	}
	if _, n := Measure("2/1/1970", true); n != 31*86400 {
		t.Errorf("with the month first: %v", n)
	}
	for last, want := range map[string]bool{"13/01/2024": false, "01/13/2024": true, "5/6/2024": false} {
		texts := slices.Values([]string{"", "x", "5/6/2024", last, "1/31/2024"})
		if last == "5/6/2024" {
			texts = slices.Values([]string{last})
		}
		if got := MonthFirst(texts); got != want {
			t.Errorf("MonthFirst(… %s) = %t", last, got)
		}
	}
}

// A list that is none is no condition, and one that is said is parsed as it was meant.
func TestOneOf(t *testing.T) {
	t.Parallel()
	known := func(name string) bool { return name == "topic" }
	for _, text := range []string{"topic in []", "topic in [a]", `topic in ["a"`, "topic in [1]", `other in ["a"]`, `topic in ["a"] x`} {
		if c, ok := CutCondition(text, known); ok {
			t.Errorf("%s is the condition %+v", text, c)
		}
	}
	values := []string{"a", `"quoted", with <&>`, "two\nlines", "x=y"}
	text := SayOneOf("topic", values)
	if c, ok := CutCondition(text, known); !ok || c.Column != "topic" || c.Op != OneOf || !slices.Equal(c.Values, values) {
		t.Errorf("%s is %+v, %t", text, c, ok)
	}
	if strings.Contains(text, `\u00`) {
		t.Errorf("%s is not readable", text)
	}
}
