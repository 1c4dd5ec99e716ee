package messages

import (
	"crypto/tls"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/messages/russian"
)

// TestForeignTexts renders errors as the libraries make them.
func TestForeignTexts(t *testing.T) {
	t.Parallel()
	flags := flag.NewFlagSet("x", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Int("n", 0, "")
	flags.Bool("b", false, "")
	_, notNumber := strconv.Atoi("x1")
	_, tooLarge := strconv.ParseInt("99999999999999999999", 10, 64)
	_, noDuration := time.ParseDuration("abc")
	_, noPort := net.Listen("tcp", "127.0.0.1")
	_, badURL := url.Parse(strings.TrimSuffix("http://[::1]", "]"))
	_, noPEM := tls.X509KeyPair([]byte("a"), []byte("b"))
	var value struct {
		N int `json:"n"`
	}
	for _, tt := range []struct {
		err  error
		want string
	}{
		{flags.Parse([]string{"-n"}), "для -n нужно значение"},
		{flags.Parse([]string{"-n", "x"}), "-n: недопустимое значение «x»: неверное значение"},
		{flags.Parse([]string{"-b=x"}), "-b: недопустимое значение «x»: неверное значение"},
		{flags.Parse([]string{"-n", "99999999999999999999"}), "-n: недопустимое значение «99999999999999999999»: слишком большое или слишком малое число"},
		{flags.Parse([]string{"-z"}), "неизвестный параметр -z"},
		{notNumber, "«x1»: неверная запись"},
		{tooLarge, "«99999999999999999999»: слишком большое или слишком малое число"},
		{noDuration, "«abc» — не время"},
		{json.Unmarshal([]byte(`{"a":`), &value), "данные JSON оборвались"},
		{json.Unmarshal([]byte(`{"a":}`), &value), "вместо значения стоит символ '}'"},
		{json.Unmarshal([]byte(`{a}`), &value), "вместо имени поля стоит символ 'a'"},
		{json.Unmarshal([]byte(`{"a" 1}`), &value), "после имени поля стоит символ '1'"},
		{json.Unmarshal([]byte(`{"a":1 "b"}`), &value), "после поля объекта стоит символ '\"'"},
		{json.Unmarshal([]byte(`[1 2]`), &value), "после элемента массива стоит символ '2'"},
		{json.Unmarshal([]byte(`{} x`), &value), "после конца данных стоит символ 'x'"},
		{json.Unmarshal([]byte("\"a\nb\""), &value), `недопустимый символ '\n' в строке`},
		{json.Unmarshal([]byte(`"\x"`), &value), "недопустимый символ 'x' после обратной косой черты"},
		{json.Unmarshal([]byte(`trux`), &value), "недопустимый символ 'x' в слове true, нужен 'e'"},
		{noPort, "в адресе 127.0.0.1 не указан порт"},
		{&net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}, Err: &net.DNSError{Err: "no such host", Name: "x.invalid"}},
			"127.0.0.1:1: x.invalid: нет такого узла"},
		{&url.Error{Op: "Get", URL: "http://x/", Err: io.ErrUnexpectedEOF}, "http://x/: данные оборвались"},
		{badURL, "http://[::1: missing ']' in host"},
		{noPEM, "в файле сертификата нет данных PEM"},
		{textError("dial tcp 10.0.0.1:443: connect: connection refused"), "10.0.0.1:443: соединение отклонено"},
		{textError("listen tcp 127.0.0.1:80: bind: permission denied"), "127.0.0.1:80: нет прав доступа"},
		{textError("tls: failed to verify certificate: x509: certificate signed by unknown authority"), "не удалось проверить сертификат: сертификат подписан неизвестным центром"},
		{textError("CA file: open a.pem: no such file or directory"), "файл с корневыми сертификатами: a.pem: нет такого файла или папки"},
		{textError("chat: 400: Your request contains invalid JSON syntax"), "ответ сервиса 400: Your request contains invalid JSON syntax"},
		{textError("chat: 503: server error (request id 12-ab)"), "ошибка сервиса (503): ошибка сервера (request id 12-ab)"},
		{textError(`fault "500=x": "x" is neither a share from 0 to 1 nor another condition`), "сбой «500=x»: «x» — не доля от 0 до 1 и не другое условие"},
	} {
		if tt.err == nil {
			t.Errorf("%s: got no error", tt.want)
			continue
		}
		if got := (Printer{Language: Russian}).Text(Foreign(tt.err.Error())); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.err, got, tt.want)
		}
	}
}

type textError string

func (e textError) Error() string { return string(e) }

// TestForeignFormats checks the formats of the foreign texts, and that no text hides one that follows it.
func TestForeignFormats(t *testing.T) {
	t.Parallel()
	for i, pair := range russian.Foreign {
		english, text := pair[0], pair[1]
		for n := range arguments(text) {
			if arguments(english)[n] == 0 {
				t.Errorf("%q: argument %d is none of the English", english, n+1)
			}
		}
		if hasWords(english) && !hasCyrillic(text) && hasWords(text) {
			t.Errorf("%q: no Cyrillic letter", english)
		}
		sample := strings.NewReplacer("%s", "X", "%q", `"X"`, "%d", "7").Replace(english)
		for _, earlier := range russian.Foreign[:i] {
			if patternOf(earlier[0], earlier[1]).pattern.MatchString(sample) {
				t.Errorf("%q comes after %q, which also fits", english, earlier[0])
			}
		}
	}
}

// TestKeyTexts looks for the texts of internal/gigachat/authkey/authkey.go that people read: those of each KeyError, and the notes.
func TestKeyTexts(t *testing.T) {
	t.Parallel()
	tree, err := parser.ParseFile(token.NewFileSet(), "../gigachat/authkey/authkey.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	constants := map[string]string{}
	var texts []string
	take := func(e ast.Expr) {
		text, ok := literal(e, func(name string) (string, bool) { text, ok := constants[name]; return text, ok })
		if !ok {
			t.Errorf("position %d: the text is not a literal", e.Pos())
		}
		texts = append(texts, text)
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == len(v.Names) {
			for i, name := range v.Names {
				if text, ok := literal(v.Values[i], nil); ok {
					constants[name.Name] = text
				}
			}
		}
		return true
	})
	for _, decl := range tree.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Name.Name == "replace" || fn.Name.Name == "note" { // these pass their parameter on
			continue
		}
		ast.Inspect(fn, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if id, ok := n.Type.(*ast.Ident); ok && id.Name == "KeyError" {
					for _, e := range n.Elts {
						take(e)
					}
				}
			case *ast.CallExpr:
				if _, name := callee(n); len(n.Args) > 0 && (name == "note" || name == "replace") {
					take(n.Args[len(n.Args)-1])
				}
			}
			return true
		})
	}
	if len(texts) < 40 {
		t.Fatalf("got %d texts, want those of the whole file", len(texts))
	}
	known := map[string]bool{}
	for _, pair := range russian.Foreign {
		known[pair[0]] = true
	}
	for _, text := range texts {
		if !known[text] {
			t.Errorf("no Russian for %q", text)
		}
		if got := (Printer{Language: Russian}).Text(Foreign(text)); got != "не base64" && (!hasCyrillic(got) || got == text) {
			t.Errorf("%q: got %q", text, got)
		}
	}
}
