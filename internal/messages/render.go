package messages

import (
	"reflect"
	"sync"
)

// Render returns a value that encodes to JSON as v does, with every Text in the language of the reader. It copies what holds a Text and
// shares the rest with v. A Text is found in exported fields, in slices, arrays, maps, pointers and interfaces.
func (p Printer) Render(v any) any {
	if v == nil {
		return nil
	}
	return p.render(reflect.ValueOf(v)).Interface()
}

var textType = reflect.TypeFor[Text]()

// holds caches by type whether its values can hold a Text.
var holds sync.Map

// holdsText reports whether values of a type can hold a Text. A type that holds itself is looked into once.
func holdsText(t reflect.Type) bool {
	if known, ok := holds.Load(t); ok {
		return known.(bool)
	}
	found := look(t, map[reflect.Type]bool{})
	holds.Store(t, found)
	return found
}

func look(t reflect.Type, seen map[reflect.Type]bool) bool {
	if t == textType {
		return true
	}
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Interface:
		return true
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return look(t.Elem(), seen)
	case reflect.Struct:
		for f := range fields(t) {
			if look(t.Field(f).Type, seen) {
				return true
			}
		}
	}
	return false
}

// fields yields the exported fields of a struct.
func fields(t reflect.Type) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for f := range t.NumField() {
			if t.Field(f).IsExported() && !yield(f) {
				return
			}
		}
	}
}

func (p Printer) render(v reflect.Value) reflect.Value {
	t := v.Type()
	switch {
	case t == textType:
		return reflect.ValueOf(Verbatim(p.Text(v.Interface().(Text))))
	case !holdsText(t):
		return v
	}
	switch t.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		n := reflect.New(t).Elem()
		n.Set(p.render(v.Elem()))
		return n
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		n := reflect.New(t.Elem())
		n.Elem().Set(p.render(v.Elem()))
		return n
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		n := reflect.MakeSlice(t, v.Len(), v.Len())
		for i := range v.Len() {
			n.Index(i).Set(p.render(v.Index(i)))
		}
		return n
	case reflect.Map:
		if v.IsNil() {
			return v
		}
		n := reflect.MakeMapWithSize(t, v.Len())
		for _, k := range v.MapKeys() {
			n.SetMapIndex(k, p.render(v.MapIndex(k)))
		}
		return n
	}
	n := reflect.New(t).Elem() // a struct or an array
	n.Set(v)
	if t.Kind() == reflect.Array {
		for i := range v.Len() {
			n.Index(i).Set(p.render(v.Index(i)))
		}
		return n
	}
	for f := range fields(t) {
		n.Field(f).Set(p.render(v.Field(f)))
	}
	return n
}
