// Package ooxml reads and patches workbooks (ECMA-376, ISO 29500) at the level of bytes: the zip archive, its parts, and the rows and
// cells of a sheet as they stream by.
//
// It passes on unchanged what it does not understand. It does not interpret number formats: Styles returns the format of a cell, and
// other packages format the value.
package ooxml

import "gigabatch/internal/messages"

// Limits of a sheet (by ECMA-376 and by what spreadsheet programs accept).
const (
	MaxRows    = 1 << 20
	MaxColumns = 1 << 14
	MaxUnits   = 32767 // UTF-16 code units of the text of a cell
)

// Refusal reports a workbook that is not read for a specific reason. Other errors of this package mean that the workbook is damaged.
type Refusal struct {
	Msg  messages.Text
	Hint messages.Text
}

func (r *Refusal) Error() string { return r.Msg.String() }

// Message returns the text of Error in any language.
func (r *Refusal) Message() messages.Text { return r.Msg }

func refuse(hint messages.Text, format string, args ...any) error {
	return &Refusal{Msg: messages.Sprintf(format, args...), Hint: hint}
}

// hintSave is the hint for most unusual workbooks.
var hintSave = messages.Sprintf("open it in a spreadsheet program and save it again as .xlsx")

// span is a range of bytes.
type span struct{ lo, hi int }

func (s span) of(b []byte) []byte { return b[s.lo:s.hi] }
func (s span) empty() bool        { return s.lo >= s.hi }
