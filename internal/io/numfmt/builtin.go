package numfmt

import "strings"

// shortDate is the format of dates whose display depends on the locale of the reader.
const shortDate = "yyyy-mm-dd"

// dollars and dollarsAndCents are built-in formats of sums of money. Negative sums may be red.
const (
	dollars         = `"$"#,##0_);\("$"#,##0\)`
	dollarsAndCents = `"$"#,##0.00_);\("$"#,##0.00\)`
)

// builtInFormats are the formats that a workbook need not define (ECMA-376 part 1, 18.8.30, numFmt). Formats from 27 on depend on the
// language of the program.
var builtInFormats = map[int]string{
	1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00",
	5: dollars, 6: dollars, 7: dollarsAndCents, 8: dollarsAndCents,
	9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
	14: shortDate, 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss",
	22: shortDate + " hh:mm",
	27: shortDate, 28: shortDate, 29: shortDate, 30: shortDate, 31: shortDate, 32: "h:mm:ss", 33: "h:mm:ss", 34: "h:mm:ss",
	35: "h:mm:ss", 36: shortDate,
	37: "#,##0 ;(#,##0)", 38: "#,##0 ;[Red](#,##0)", 39: "#,##0.00 ;(#,##0.00)", 40: "#,##0.00 ;[Red](#,##0.00)",
	41: `_(* #,##0_);_(* \(#,##0\);_(* "-"_);_(@_)`, 42: `_("$"* #,##0_);_("$"* \(#,##0\);_("$"* "-"_);_(@_)`,
	43: `_(* #,##0.00_);_(* \(#,##0.00\);_(* "-"??_);_(@_)`, 44: `_("$"* #,##0.00_);_("$"* \(#,##0.00\);_("$"* "-"??_);_(@_)`,
	45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
	50: shortDate, 51: shortDate, 52: shortDate, 53: shortDate, 54: shortDate, 55: shortDate, 56: shortDate, 57: shortDate, 58: shortDate,
	59: "0", 60: "0.00", 61: "#,##0", 62: "#,##0.00", 63: dollars, 64: dollars, 65: dollarsAndCents, 66: dollarsAndCents,
	67: "0%", 68: "0.00%", 69: "# ?/?", 70: "# ??/??", 71: shortDate, 72: shortDate, 73: "d-mmm-yy", 74: "d-mmm", 75: "mmm-yy",
	76: "h:mm", 77: "h:mm:ss", 78: shortDate + " hh:mm", 79: "mm:ss", 80: "[h]:mm:ss", 81: "mm:ss.0",
}

// Code returns the code of a number format of a workbook. code is the workbook's own definition, if any. The result is "" for General.
func Code(id int, code string) string {
	if code == "" {
		code = builtInFormats[id]
	}
	if strings.EqualFold(code, "General") {
		return ""
	}
	return code
}
