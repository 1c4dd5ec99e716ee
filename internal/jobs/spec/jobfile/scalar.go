package jobfile

import "regexp"

// The core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#1032-tag-resolution).
var (
	nulls    = regexp.MustCompile(`^(null|Null|NULL|~|)$`)
	bools    = regexp.MustCompile(`^(true|True|TRUE|false|False|FALSE)$`)
	integers = regexp.MustCompile(`^([-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$`)
	floats   = regexp.MustCompile(`^([-+]?)([0-9]*)(?:\.([0-9]*))?([eE][-+]?[0-9]+)?$`)
	extremes = regexp.MustCompile(`^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$`)
)

// resolve returns the shape of a text without quotes.
func resolve(text string) shape {
	switch {
	case nulls.MatchString(text):
		return isNull
	case bools.MatchString(text):
		return isBool
	case integers.MatchString(text):
		return isInteger
	case isFloat(text), extremes.MatchString(text):
		return isNumber
	}
	return isText
}

func isFloat(text string) bool {
	m := floats.FindStringSubmatch(text)
	return m != nil && m[2]+m[3] != ""
}
