package table

import (
	"slices"
	"strings"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/nearest"
)

var delimiterNames = map[string]byte{"tab": '\t', `\t`: '\t', "comma": ',', "semicolon": ';', "pipe": '|', "space": ' ', "colon": ':'}

// delimiter is the one asked for, false if none is.
func (o Options) delimiter() (byte, bool) {
	if d, ok := delimiterNames[strings.ToLower(o.Delimiter)]; ok {
		return d, true
	}
	if len(o.Delimiter) != 1 {
		return 0, false
	}
	return o.Delimiter[0], true
}

// check refuses options that mean nothing, before the file is read.
func (o Options) check(name string) error {
	d, ok := o.delimiter()
	if ok && (d == '"' || d == '\'' || d == '\r' || d == '\n' || d == 0 || d >= 0x80) || !ok && o.Delimiter != "" {
		return &Error{Name: name, Msg: quote(o.Delimiter) + " cannot be the delimiter", Hint: meant(o.Delimiter, []string{"tab", "comma", "semicolon", "pipe", "space", "colon"},
			"give one ASCII character, such as ; or the word tab")}
	}
	if _, ok := charset.Lookup(o.Encoding); !ok && o.Encoding != "" {
		return &Error{Name: name, Msg: quote(o.Encoding) + " is no encoding that can be read", Hint: meant(o.Encoding, charset.Names(),
			"the encodings are "+strings.Join(charset.Names(), ", "))}
	}
	if o.CSVDialect != "" && !slices.Contains(CSVDialects, o.CSVDialect) {
		return &Error{Name: name, Msg: quote(o.CSVDialect) + " is no dialect of CSV", Hint: meant(o.CSVDialect, CSVDialects,
			"the dialects are "+strings.Join(CSVDialects, ", "))}
	}
	if o.NoHeader && o.HeaderRow > 0 || o.HeaderRow < 0 {
		return &Error{Name: name, Msg: "the row of the header is given for a file without one, or is below 1", Hint: "name the row, from 1, or say that there is no header, not both"}
	}
	return nil
}

// meant asks for the nearest of the names, or else says otherwise.
func meant(mistyped string, names []string, otherwise string) string {
	if near := nearest.Name(mistyped, names); near != "" {
		return "did you mean " + near + "?"
	}
	return otherwise
}
