package ooxml

import (
	"slices"
	"strings"
)

// splice is a change to a part that is held whole: what stands in a stretch is replaced.
type splice struct {
	span
	text string
}

// applied is b with all changes made. They do not overlap.
func applied(b []byte, changes []splice) []byte {
	slices.SortStableFunc(changes, func(x, y splice) int { return x.lo - y.lo })
	var to []byte
	done := 0
	for _, c := range changes {
		to = append(to, b[done:c.lo]...)
		to = append(to, c.text...)
		done = c.hi
	}
	return append(to, b[done:]...)
}

// attrEscaper escapes, after AppendEscaped, a text that stands in an attribute whose type is ST_Xstring.
var attrEscaper = strings.NewReplacer(`"`, "&quot;", "\n", "_x000a_", "\t", "_x0009_")

// attrs are the attributes of a tag, to be changed and written again.
type attrs []struct{ name, value string }

func attributesOf(b []byte, m markup) (list attrs) {
	for p := m.attrs.lo; ; {
		a, ok := nextAttr(b, m.attrs, &p)
		if !ok {
			return list
		}
		list = append(list, struct{ name, value string }{string(a.name.of(b)), string(a.value.of(b))})
	}
}

// without leaves out the attributes of those names.
func (a attrs) without(names ...string) attrs {
	return slices.DeleteFunc(slices.Clone(a), func(x struct{ name, value string }) bool { return slices.Contains(names, x.name) })
}

// with sets an attribute; a new one comes last.
func (a attrs) with(name, value string) attrs {
	a = slices.Clone(a)
	for i := range a {
		if a[i].name == name {
			a[i].value = value
			return a
		}
	}
	return append(a, struct{ name, value string }{name, value})
}

func (a attrs) get(name string) string {
	for _, x := range a {
		if x.name == name {
			return x.value
		}
	}
	return ""
}

// String is the attributes with a space before each. Their values stand as they stood.
func (a attrs) String() string {
	var s strings.Builder
	for _, x := range a {
		quote := `"`
		if strings.Contains(x.value, quote) {
			quote = "'"
		}
		s.WriteString(" " + x.name + "=" + quote + x.value + quote)
	}
	return s.String()
}
