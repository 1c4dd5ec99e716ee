// Package ooxml reads and patches workbooks (ECMA-376, ISO 29500) at the level of bytes: the zip, its parts, and the rows
// and cells of a sheet as they stream by.
//
// What it does not understand it hands on untouched. It knows nothing of number formats: see Styles for what a cell's
// style says, and let others show the value.
package ooxml

import "gigabatch/internal/messages"

// Limits of a sheet (ECMA-376, and what spreadsheet programs hold to).
const (
	MaxRows    = 1 << 20
	MaxColumns = 1 << 14
	MaxUnits   = 32767 // UTF-16 units of a cell's text
)

// Refusal is a workbook that is not read for a reason that can be named. Other errors of this package mean that the
// workbook is damaged.
type Refusal struct {
	Msg  messages.Text
	Hint messages.Text
}

func (r *Refusal) Error() string { return r.Msg.String() }

// Message is the text of Error in any language.
func (r *Refusal) Message() messages.Text { return r.Msg }

func refuse(hint messages.Text, format string, args ...any) error {
	return &Refusal{Msg: messages.Sprintf(format, args...), Hint: hint}
}

// hintSave is the cure for most workbooks that are odd.
var hintSave = messages.Sprintf("open it in a spreadsheet program and save it again as .xlsx")

// span is a stretch of bytes.
type span struct{ lo, hi int }

func (s span) of(b []byte) []byte { return b[s.lo:s.hi] }
func (s span) empty() bool        { return s.lo >= s.hi }
