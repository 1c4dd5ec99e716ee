package spec

import (
	"slices"
	"strings"
	"testing"
)

func TestTemplate(t *testing.T) {
	t.Parallel()
	cells := map[string]string{"a": "1", "имя кота": "Мурка", "braces": "{{a}} {{{{ }}", "blank": " \t", "empty": ""}
	for _, tc := range []struct {
		template, want string
		blank          bool
		columns        string
	}{
		{"", "", false, ""},
		{"no column", "no column", false, ""},
		{"{{a}}", "1", false, "a"},
		{"{{ a }}{{a}} {{\ta\n}}", "11 1", false, "a"},
		{"Кто {{ имя кота }}?", "Кто Мурка?", false, "имя кота"},
		{"{{braces}}", "{{a}} {{{{ }}", false, "braces"},
		{"{{{{a}}", "{{a}}", false, ""},
		{"{{{{{{a}}}}", "{{1}}", false, "a"},
		{"{{{{{{{{", "{{{{", false, ""},
		{"a } b }} {c}", "a } b }} {c}", false, ""},
		{"x {{blank}} {{empty}}", "x  \t ", true, "blank,empty"},
		{"x {{blank}} {{a}}", "x  \t 1", false, "blank,a"},
		{"{{none}}", "", true, "none"},
	} {
		p, err := ParseTemplate(tc.template)
		if err != nil {
			t.Errorf("%q: %v", tc.template, err)
			continue
		}
		got, blank := p.AppendTo(nil, func(name string) string { return cells[name] })
		if string(got) != tc.want || blank != tc.blank || strings.Join(p.Columns(), ",") != tc.columns {
			t.Errorf("%q: got %q, blank %t, columns %q; want %q, %t, %q", tc.template, got, blank, p.Columns(), tc.want, tc.blank, tc.columns)
		}
	}
}

func TestBadTemplateNamesTheCharacter(t *testing.T) {
	t.Parallel()
	for template, at := range map[string]string{
		"{{a": "character 1 ", "{{}}": "character 1 ", "да {{ }}": "character 4 ", "{{a}} {{": "character 7 ", "{{{{{{": "character 5 ", "{{a}": "character 1 ",
	} {
		_, err := ParseTemplate(template)
		if err == nil || !strings.Contains(err.Error(), at) {
			t.Errorf("%q: error %v, want one that names %s", template, err, at)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"", "{{a}}", "{{{{", "{{{{{{a}}}}", "{{", "x{{ a b }}y{{c}}", "}}{{", "{{}}", "{{} }}", "{{ {a }}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParseTemplate(text)
		if err != nil {
			return
		}
		// The written template parses into the same parts.
		again, err := ParseTemplate(p.String())
		if err != nil || !slices.Equal(again.parts, p.parts) {
			t.Errorf("%q has parts %q, but when written as %q it has %q, %v", text, p.parts, p, again, err)
		}
		// A cell is never parsed as a template.
		got, _ := p.AppendTo(nil, func(string) string { return "{{x}}" })
		want := ""
		for _, x := range p.parts {
			want += x.literal
			if x.column != "" {
				want += "{{x}}"
			}
		}
		if string(got) != want {
			t.Errorf("%q: prompt %q, want %q", text, got, want)
		}
	})
}
