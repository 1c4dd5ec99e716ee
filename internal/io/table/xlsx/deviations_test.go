package xlsx_test

// numberFormatRussian are the cells of that workbook, the one with most number formats, that excelize shows wrongly.
var numberFormatRussian = map[string]deviation{
	"2011!A23":       {"Accounting", " Accounting ", padsText},
	"Miscellany!A10": {"", "  ", padsNothing}, "Miscellany!A11": {"", "  ", padsNothing}, "Miscellany!A12": {"", "  ", padsNothing},
	"Miscellany!A13": {"", "  ", padsNothing}, "Miscellany!A14": {"", "  ", padsNothing}, "Miscellany!A15": {"", "  ", padsNothing},
	"2011!B24": {" 1.00 ﷼ ", " 1.00﷼ ", takesSpace}, "2011!D24": {" 12.30 ﷼ ", " 12.30﷼ ", takesSpace}, "2011!F24": {" 123.45 ﷼ ", " 123.45﷼ ", takesSpace}, "2011!H24": {" 1,234.57 ﷼ ", " 1,234.57﷼ ", takesSpace}, "2011!J24": {" 12,345.68 ﷼ ", " 12,345.68﷼ ", takesSpace},
	"2011!H50": {"36:28.8", "36:29.0", roundsSeconds},
	"2011!C51": {"-28:48:00", "-1.2", countsNoTime}, "2011!E51": {"-296:09:36", "-12.34", countsNoTime}, "2011!G51": {"-2962:56:38", "-123.456", countsNoTime}, "2011!I51": {"-29629:37:38", "-1234.5678", countsNoTime}, "2011!K51": {"-296296:17:38", "-12345.67891", countsNoTime},
	"2011!D57": {"12 2/7", "12 1/3", takesFarFraction}, "2011!G57": {"-123 4/9", "-123 1/2", takesFarFraction},
	"2011!G58": {"-123 31/68", "-123 26/57", takesFarFraction},
	"2011!H59": {"1234 512/903", "1234  55/97 ", takesFarFraction},
	"2011!B60": {"1    ", "1 0/2", takesFarFraction}, "2011!C60": {"-1    ", "-1 0/2", takesFarFraction},
	"2011!B61": {"1    ", "1 0/4", takesFarFraction},
	"2011!B62": {"1    ", "1 0/8", takesFarFraction},
	"2011!B63": {"1      ", "1 0/16", takesFarFraction}, "2011!C63": {"-1  3/16", "-1 3/16", takesFarFraction}, "2011!D63": {"12  5/16", "12 5/16", takesFarFraction}, "2011!E63": {"-12  5/16", "-12 5/16", takesFarFraction}, "2011!F63": {"123  7/16", "123 7/16", takesFarFraction}, "2011!G63": {"-123  7/16", "-123 7/16", takesFarFraction}, "2011!H63": {"1234  9/16", "1234 9/16", takesFarFraction}, "2011!I63": {"-1234  9/16", "-1234 9/16", takesFarFraction},
	"2011!B64": {"1     ", "1 0/10", takesFarFraction},
	"2011!B65": {"1       ", "1 0/100", takesFarFraction},
	"2011!C73": {"--1", "() -1", gluesMinus}, "2011!E73": {"--12", "() -12", gluesMinus}, "2011!G73": {"--123", "() -123", gluesMinus}, "2011!I73": {"--1235", "() -1235", gluesMinus}, "2011!K73": {"-1-2346", "() 1-2346", gluesMinus},
	"Implied!B28": {"12.3E+3", "12345.6789", knowsNoEngineering}, "Implied!F28": {"12.3E+3", "12345.6789", knowsNoEngineering},
	"ImpliedNegative!B26": {"-296296:17:37", "-12345.6789", countsNoTime},
	"ImpliedNegative!B28": {"-12.3E+3", "-12345.6789", knowsNoEngineering},
	"SSF!B2":              {"1.0E+0", "1", knowsNoEngineering}, "SSF!C2": {"-1.2E+0", "-1.2", knowsNoEngineering}, "SSF!D2": {"12.3E+0", "12.3", knowsNoEngineering}, "SSF!E2": {"-12.3E+0", "-12.34", knowsNoEngineering}, "SSF!F2": {"123.5E+0", "123.45", knowsNoEngineering}, "SSF!G2": {"-123.5E+0", "-123.456", knowsNoEngineering}, "SSF!H2": {"1.2E+3", "1234.567", knowsNoEngineering}, "SSF!I2": {"-1.2E+3", "-1234.5678", knowsNoEngineering}, "SSF!J2": {"12.3E+3", "12345.6789", knowsNoEngineering}, "SSF!K2": {"-12.3E+3", "-12345.67891", knowsNoEngineering},
}
