package house

import (
	"fmt"
	"go/ast"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

const (
	maxFiles   = 25
	maxLines   = 4000
	maxFields  = 15
	maxSpread  = 3 // files with methods of one type
	minFamily  = 3 // files with one prefix that should be a package
	minLetters = 3 // of a prefix
)

// room is a package as the rules see it: its files without the tests.
type room struct {
	path  string // as short returns it
	files []file
}

type file struct {
	name  string
	lines int
	tree  *ast.File
}

// short returns an import path as layers writes it.
func short(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, "gigabatch/"), "internal/")
}

// noun returns the name of a file without its extension and the system it is for.
func (f *file) noun() string {
	noun := strings.TrimSuffix(f.name, ".go")
	for _, system := range []string{"_unix", "_windows", "_linux", "_darwin", "_other"} {
		noun = strings.TrimSuffix(noun, system)
	}
	return noun
}

// imports returns the imports that neither layers nor doors allow.
func (r *room) imports() (faults []string) {
	allowed, known := layers[r.path]
	if !known {
		faults = append(faults, r.path+" has no line in layers")
	}
	for _, f := range r.files {
		for _, spec := range f.tree.Imports {
			to, _ := strconv.Unquote(spec.Path.Value)
			if short(to) == leaf && !slices.ContainsFunc(wordless, func(w string) bool { return within(r.path, w) }) {
				continue
			}
			if strings.HasPrefix(to, "gigabatch/") && !slices.Contains(strings.Fields(allowed), short(to)) {
				faults = append(faults, fmt.Sprintf("%s must not import %s (%s)", r.path, short(to), f.name))
			}
			for library, by := range doors {
				if within(to, library) && !slices.Contains(strings.Fields(by), r.path) {
					faults = append(faults, fmt.Sprintf("%s must not import %s (%s)", r.path, library, f.name))
				}
			}
		}
	}
	return faults
}

// within reports whether path is other or lies below it.
func within(path, other string) bool { return path == other || strings.HasPrefix(path, other+"/") }

// usesOf returns the names of libraries that the package uses but must not use.
func (r *room) usesOf() (faults []string) {
	for _, u := range uses {
		if slices.ContainsFunc(strings.Fields(u.below), func(top string) bool { return within(r.path, top) }) {
			continue
		}
		for _, f := range r.files {
			imported := slices.ContainsFunc(f.tree.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == strconv.Quote(u.library) })
			ast.Inspect(f.tree, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && imported && slices.Contains(strings.Fields(u.names), s.Sel.Name) {
					if x, ok := s.X.(*ast.Ident); ok && x.Name == path.Base(u.library) {
						faults = append(faults, fmt.Sprintf("%s must not use %s.%s (%s)", r.path, x.Name, s.Sel.Name, f.name))
					}
				}
				return true
			})
		}
	}
	return faults
}

// sizes returns what is too large or spread over too many files.
func (r *room) sizes() (faults []string) {
	lines, fields := 0, map[string]int{}
	methods := map[string]map[string]bool{} // type → nouns of files
	for _, f := range r.files {
		lines += f.lines
		for _, d := range f.tree.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil {
				name := receiver(fn.Recv.List[0].Type)
				if methods[name] == nil {
					methods[name] = map[string]bool{}
				}
				methods[name][f.noun()] = true
			}
			ast.Inspect(d, func(n ast.Node) bool {
				if s, ok := n.(*ast.StructType); ok {
					place := declared(d, s)
					fields[place] = max(fields[place], fieldCount(s))
				}
				return true
			})
		}
	}
	if len(r.files) > maxFiles {
		faults = append(faults, fmt.Sprintf("%s has more than %d files", r.path, maxFiles))
	}
	if lines > maxLines {
		faults = append(faults, fmt.Sprintf("%s has more than %d lines", r.path, maxLines))
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if fields[name] > maxFields {
			faults = append(faults, fmt.Sprintf("%s.%s has a struct of more than %d fields", r.path, name, maxFields))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(methods)) {
		if len(methods[name]) > maxSpread {
			faults = append(faults, fmt.Sprintf("%s.%s has methods in more than %d files", r.path, name, maxSpread))
		}
	}
	for _, prefix := range r.families() {
		faults = append(faults, fmt.Sprintf("%s has %d files or more that begin with %q", r.path, minFamily, prefix))
	}
	return faults
}

// receiver returns the name of a method's type.
func receiver(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		default:
			return e.(*ast.Ident).Name
		}
	}
}

// declared returns the name of the type, variable or function whose declaration contains a struct.
func declared(d ast.Decl, s *ast.StructType) string {
	if fn, ok := d.(*ast.FuncDecl); ok {
		return fn.Name.Name
	}
	for _, spec := range d.(*ast.GenDecl).Specs {
		if s.Pos() < spec.Pos() || spec.End() < s.End() {
			continue
		}
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			return spec.Name.Name
		case *ast.ValueSpec:
			return spec.Names[0].Name
		}
	}
	return "?"
}

// fieldCount counts an embedded type as one field.
func fieldCount(s *ast.StructType) (n int) {
	for _, f := range s.Fields.List {
		n += max(1, len(f.Names))
	}
	return n
}

// families returns the words that begin the names of three files or more. A file's name begins with a word if the word is part of an
// identifier that the package declares, and the rest of the name is empty or begins with such a word too. If several words are shared by
// the same files, only the longest is returned.
func (r *room) families() []string {
	words := r.words()
	byFiles := map[string]string{}
	for word := range words {
		var family []string
		for _, f := range r.files {
			rest, ok := strings.CutPrefix(f.noun(), word)
			if ok && !slices.Contains(family, f.noun()) && (rest == "" || beginsWithWord(strings.TrimLeft(rest, "_"), words)) {
				family = append(family, f.noun())
			}
		}
		if key := strings.Join(family, " "); len(family) >= minFamily && len(word) > len(byFiles[key]) {
			byFiles[key] = word
		}
	}
	return slices.Sorted(maps.Values(byFiles))
}

func beginsWithWord(s string, words map[string]bool) bool {
	for i := minLetters; i <= len(s); i++ {
		if words[s[:i]] {
			return true
		}
	}
	return false
}

// words returns the words of the identifiers that the package declares (types, functions, methods, constants, variables, fields), in lower
// case.
func (r *room) words() map[string]bool {
	words := map[string]bool{}
	add := func(id *ast.Ident) {
		for _, word := range split(id.Name) {
			if len(word) >= minLetters {
				words[word] = true
			}
		}
	}
	for _, f := range r.files {
		for _, d := range f.tree.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				add(fn.Name)
				continue
			}
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.TypeSpec:
					add(n.Name)
				case *ast.ValueSpec:
					for _, id := range n.Names {
						add(id)
					}
				case *ast.Field:
					for _, id := range n.Names {
						add(id)
					}
				case *ast.FuncType:
					return false // parameters are not declared by the package
				}
				return true
			})
		}
	}
	return words
}

// split returns the words of a name in camel case, in lower case: "parseXLSXSheet2" is parse, xlsx, sheet.
func split(name string) (words []string) {
	runes := []rune(name)
	start := 0
	for i := 1; i <= len(runes); i++ {
		if i < len(runes) && unicode.IsLetter(runes[i]) && unicode.IsLetter(runes[i-1]) {
			lowerToUpper := unicode.IsLower(runes[i-1]) && unicode.IsUpper(runes[i])
			lastOfCapitals := unicode.IsUpper(runes[i-1]) && unicode.IsUpper(runes[i]) && i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if !lowerToUpper && !lastOfCapitals {
				continue
			}
		}
		if word := strings.TrimFunc(string(runes[start:i]), func(c rune) bool { return !unicode.IsLetter(c) }); word != "" {
			words = append(words, strings.ToLower(word))
		}
		start = i
	}
	return words
}
