package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
)

//go:embed shell.html
var shellText string

//go:embed static
var static embed.FS

// types are the content types of the files that are served. The types that the operating system knows are ignored.
var types = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".json": "application/json", ".svg": "image/svg+xml",
	".png": "image/png", ".ico": "image/x-icon", ".woff2": "font/woff2",
}

// asset is a file of the page.
type asset struct {
	kind, tag string
	body      []byte
	zipped    []byte
}

// assets has every file of the page by its path. Other paths are not found.
type assets map[string]asset

func newAssets() assets {
	all := assets{}
	err := fs.WalkDir(static, "static", func(name string, d fs.DirEntry, err error) error {
		kind, known := types[path.Ext(name)]
		if err != nil || d.IsDir() || !known {
			return err
		}
		body, err := static.ReadFile(name)
		sum := sha256.Sum256(body)
		all["/"+name] = asset{kind: kind, tag: `"` + hex.EncodeToString(sum[:12]) + `"`, body: body, zipped: zipped(body)}
		return err
	})
	if err != nil {
		panic(err) // the files are part of the program
	}
	return all
}

// zipped returns a text in gzip, which nearly all browsers accept.
func zipped(body []byte) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err == nil {
		_, err = z.Write(body)
	}
	if err = errors.Join(err, z.Close()); err != nil {
		panic(err) // writing to memory does not fail
	}
	return b.Bytes()
}

func isAsset(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/static/") }

func (a assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	one, ok := a[r.URL.Path]
	if !ok {
		http.Error(w, printer(r).Sprintf("file not found"), http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", one.kind)
	h.Set("Cache-Control", "no-cache") // the browser asks each time, and gets the file only if it has changed
	h.Set("ETag", one.tag)
	if r.Header.Get("If-None-Match") == one.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		w.Write(one.zipped)
		return
	}
	w.Write(one.body)
}

// imports matches the static imports of a module.
var imports = regexp.MustCompile(`(?m)^(?:import|export)\b[^'"\n]*['"](\.{1,2}/[^'"]+)['"]`)

// modules returns the paths of the named modules and of everything that they import, so that a browser can request them all at once.
func (a assets) modules(names ...string) []string {
	var all []string
	var add func(name string)
	add = func(name string) {
		one, ok := a[name]
		if !ok || slices.Contains(all, name) {
			return
		}
		all = append(all, name)
		for _, found := range imports.FindAllSubmatch(one.body, -1) {
			add(path.Join(path.Dir(name), string(found[1])))
		}
	}
	for _, name := range names {
		add("/static/js/" + name)
	}
	return all
}

// pageModules returns the modules of the page at an address.
func (a assets) pageModules(address string) []string {
	switch place, rest, _ := strings.Cut(strings.TrimPrefix(address, "/"), "/"); {
	case place == "tables" && rest == "":
		return a.modules("main.js", "tables.js")
	case place == "chat":
		return a.modules("main.js", "chat.js")
	case place == "new":
		return a.modules("main.js", "newrun.js")
	case place == "runs" && rest != "":
		return a.modules("main.js", "run.js")
	case place == "runs":
		return a.modules("main.js", "runs.js")
	}
	return a.modules("main.js")
}

// shell is the HTML page that is served at every address of the app. It has nothing of the folder: a cookie alone opens it.
type shell struct {
	status  int
	version string
	sandbox bool
	assets  assets
}

// view is the data of the shell.
type view struct {
	Lang    string
	Version string
	Sandbox bool
	Modules []string
}

var shellPage = template.Must(template.New("shell").Parse(shellText))

func (p *shell) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	modules := p.assets.pageModules(r.URL.Path)
	writeTemplate(w, p.status, shellPage, view{Lang: language(r).String(), Version: p.version, Sandbox: p.sandbox, Modules: modules})
}

func writeTemplate(w http.ResponseWriter, status int, page *template.Template, v any) {
	var body bytes.Buffer
	if err := page.Execute(&body, v); err != nil {
		panic(err) // the template is part of the program
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(body.Bytes())
}
