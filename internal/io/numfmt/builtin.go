package numfmt

import "strings"

// shortDate is the format of dates whose display depends on the locale of the reader.
const shortDate = "yyyy-mm-dd"

// builtInFormats are the formats that a workbook need not define (ECMA-376 part 1, 18.8.30, numFmt). Formats from 27 on depend on the
// language of the program.
var builtInFormats = map[int]string{
	1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
	14: shortDate, 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss",
	22: shortDate + " hh:mm",
	27: shortDate, 28: shortDate, 29: shortDate, 30: shortDate, 31: shortDate, 32: "hh:mm:ss", 33: "hh:mm:ss", 34: "hh:mm:ss",
	35: "hh:mm:ss", 36: shortDate,
	37: "#,##0 ;(#,##0)", 38: "#,##0 ;[Red](#,##0)", 39: "#,##0.00 ;(#,##0.00)", 40: "#,##0.00 ;[Red](#,##0.00)",
	41: `_(* #,##0_);_(* \(#,##0\);_(* "-"_);_(@_)`, 42: `_("$"* #,##0_);_("$"* \(#,##0\);_("$"* "-"_);_(@_)`,
	43: `_(* #,##0.00_);_(* \(#,##0.00\);_(* "-"??_);_(@_)`, 44: `_("$"* #,##0.00_);_("$"* \(#,##0.00\);_("$"* "-"??_);_(@_)`,
	45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
	50: shortDate, 51: shortDate, 52: shortDate, 53: shortDate, 54: shortDate, 55: shortDate, 56: shortDate, 57: shortDate, 58: shortDate,
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
