package spec

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"gigabatch/internal/io/atomicfile"
)

// JournalPath returns the default path of the journal of an input. It is shortened if the names of the files that belong to the journal
// would not fit.
func JournalPath(input string) string {
	const longest = ".rescued-99.gigabatch.edits.lock"
	dir, base := filepath.Split(input)
	return shortened(input+".gigabatch", dir+atomicfile.Fit(base, atomicfile.MaxName-len(longest))+".gigabatch")
}

// shortened returns the short form of a path, or the whole one if that exists: earlier releases did not shorten names.
func shortened(whole, short string) string {
	if whole != short {
		if _, err := os.Lstat(whole); err == nil {
			return whole
		}
	}
	return short
}

// OutputPath returns the default path of the output of an input: NAME.answers.EXT, or NAME.sandbox.EXT.
func OutputPath(input string, sandbox bool) string {
	if sandbox {
		return marked(input, sandboxMark)
	}
	return marked(input, ".answers")
}

// VectorsPath returns the default path of the output with the vectors of an input: NAME.vectors.jsonl, or NAME.vectors.sandbox.jsonl.
func VectorsPath(input string, sandbox bool) string {
	path := marked(strings.TrimSuffix(input, filepath.Ext(input))+".jsonl", ".vectors")
	if sandbox {
		return SandboxPath(path)
	}
	return path
}

// marked returns a path with a mark before the extension. The name is shortened if it would not fit, or if those of the files beside it
// would not.
func marked(path, mark string) string {
	const longest = "-99.long.jsonl"
	dir, base := filepath.Split(path)
	ext := filepath.Ext(base)
	name := strings.TrimSuffix(base, ext)
	short := dir + atomicfile.Fit(name, max(len(mark), atomicfile.MaxName-len(mark)-len(ext)-len(longest))) + mark + ext
	return shortened(dir+name+mark+ext, short)
}

// sandboxMark keeps what the sandbox writes apart from what a real run writes.
const sandboxMark = ".sandbox"

// SandboxPath returns the path to which the sandbox writes instead of an output: NAME.sandbox.EXT.
func SandboxPath(output string) string {
	if strings.HasSuffix(strings.TrimSuffix(output, filepath.Ext(output)), sandboxMark) {
		return output
	}
	return marked(output, sandboxMark)
}

// SandboxFolder returns the folder into which the sandbox writes instead of an output folder: NAME.sandbox.
func SandboxFolder(dir string) string {
	dir = filepath.Clean(dir)
	switch filepath.Base(dir) {
	case ".", "..", string(filepath.Separator):
		return filepath.Join(dir, strings.TrimPrefix(sandboxMark, "."))
	}
	dir, base := filepath.Split(strings.TrimSuffix(dir, sandboxMark))
	return dir + atomicfile.Fit(base, atomicfile.MaxName-len(sandboxMark)) + sandboxMark
}

// InJSON returns a name as JSON keeps it: each byte that is not UTF-8 becomes U+FFFD.
func InJSON(name string) string { return string([]rune(name)) }

// Restored returns name unless it is the form that JSON keeps of one of the likely paths. Then it returns that path.
func Restored(name string, likely ...string) string {
	for _, path := range likely {
		if name != path && InJSON(name) == InJSON(filepath.Clean(path)) {
			return path
		}
	}
	return name
}

// RestoredOutput is Restored for the output of an input: that of a default name, else the only file in the folder that the name fits. Another
// server may be a sandbox, so both default names are possible.
func RestoredOutput(name, input string) string {
	if path := Restored(name, OutputPath(input, false), OutputPath(input, true)); path != name {
		return path
	}
	if _, err := os.Lstat(name); err == nil || !strings.ContainsRune(name, utf8.RuneError) {
		return name
	}
	files, _ := os.ReadDir(filepath.Dir(name))
	files = slices.DeleteFunc(files, func(f os.DirEntry) bool { return InJSON(f.Name()) != filepath.Base(name) })
	if len(files) != 1 {
		return name
	}
	return filepath.Join(filepath.Dir(name), files[0].Name())
}

// PlaceFrom returns the path of an input relative to the folder of its journal, or "" if it is in that folder.
func PlaceFrom(journal, input string) string {
	if place := portable(journal, input); place != filepath.Base(input) {
		return place
	}
	return ""
}

// portable returns path relative to the folder of the input. It returns "-" unchanged, and an absolute path if no relative path exists.
func portable(input, path string) string {
	from, err := filepath.Abs(filepath.Dir(input))
	to, toErr := filepath.Abs(path)
	if path == "-" || err != nil || toErr != nil {
		return path
	}
	if rel, err := filepath.Rel(from, to); err == nil {
		return rel
	}
	return to
}

// Located returns the path of a file given relative to the folder of the input. It returns "-" and absolute paths unchanged.
func Located(input, path string) string {
	if path == "-" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(input), path)
}

// DocumentRoot returns the file or folder of an argument that names documents. For a pattern, it is the folder that it looks through.
func DocumentRoot(arg string) string {
	if _, err := os.Stat(arg); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return arg
	}
	if n := strings.IndexAny(arg, "*?[{"); n >= 0 {
		return filepath.Dir(arg[:n] + "x")
	}
	return arg
}
