// Package messages keeps what the program says to people, so that it can be said in the reader's language.
//
// A message is written in English where it belongs in the code. Sprintf and Errorf keep its format and its arguments; String and Error are
// English. A Printer renders the same message in another language: the format is looked up in the catalogue, and so are the messages among
// the arguments, at any depth.
//
// A format is one of package fmt. Words that depend on a number follow it in braces, one form for each that the language has:
//
//	Sprintf("%d {row is|rows are} pending", n)           English: one|other
//	"ждёт %d {строка|строки|строк}"                      Russian: one|few|many
//
// {2:row|rows} takes the number from the second argument. A number with such words is grouped as the language groups numbers.
//
// Machines read states, causes and keys, never messages.
package messages
