package ooxml

import (
	"slices"
	"strings"
)

// splice is a change to a part in memory: it replaces a range.
type splice struct {
	span
	text string
}

// applied returns b with all changes made. The changes must not overlap.
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

// attrEscaper, applied after AppendEscaped, escapes a text for an attribute of type ST_Xstring.
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

// without removes the attributes with those names.
func (a attrs) without(names ...string) attrs {
	return slices.DeleteFunc(slices.Clone(a), func(x struct{ name, value string }) bool { return slices.Contains(names, x.name) })
}

// with sets an attribute. A new attribute is added at the end.
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

// String returns the attributes with a space before each. Their values are unchanged.
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
