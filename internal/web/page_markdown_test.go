package web_test

import (
	"fmt"
	"testing"
)

// longTexts are texts of about n characters that a reader of Markdown may pass again and again.
var longTexts = map[string]string{
	"a link and brackets":          `'[a](http://b.c) http://b.c/d' + ')'.repeat(n)`,
	"opening brackets":             `'['.repeat(n)`,
	"brackets of both kinds":       `'['.repeat(n / 2) + ']'.repeat(n / 2)`,
	"a link and spaces":            `'[a](' + ' '.repeat(n) + 'x'`,
	"an address and spaces":        `'[a](b' + ' '.repeat(n) + 'x'`,
	"titles that do not end":       `'['.repeat(n / 6) + '](a "'.repeat(n / 6)`,
	"addresses that do not end":    `'['.repeat(n / 4) + '](<'.repeat(n / 4)`,
	"addresses with brackets":      `'['.repeat(n / 8) + '](a(b)c'.repeat(n / 8)`,
	"one address with brackets":    `'[a](b' + '(c)'.repeat(n / 3)`,
	"links":                        `'[a](http://b.c) '.repeat(n / 16)`,
	"addresses":                    `'http://b.c '.repeat(n / 11)`,
	"an address with brackets":     `'http://b.c/' + '(a)'.repeat(n / 3)`,
	"addresses without a host":     `'http://%'.repeat(n / 8)`,
	"addresses with a bad host":    `'http://a]/'.repeat(n / 10)`,
	"a long host":                  `'http://' + 'a'.repeat(n) + '%'`,
	"stars":                        `'*'.repeat(n)`,
	"stars and letters":            `'*a'.repeat(n / 2)`,
	"emphasis":                     `'*a* '.repeat(n / 4)`,
	"strong":                       `'**a** _b_ '.repeat(n / 10)`,
	"openers, then closers":        `'*a '.repeat(n / 6) + 'b* '.repeat(n / 6)`,
	"openers, then other closers":  `'*a '.repeat(n / 6) + 'b_ '.repeat(n / 6)`,
	"marks of three kinds":         `'*a _b ~~c '.repeat(n / 20) + 'c~~ b_ a* '.repeat(n / 20)`,
	"underscores and stars":        `'_*'.repeat(n / 2)`,
	"thirds":                       `'a**b'.repeat(n / 8) + 'c* '.repeat(n / 6)`,
	"backticks":                    "'`'.repeat(n)",
	"backticks and letters":        "'`a'.repeat(n / 2)",
	"runs of backticks":            "Array.from({ length: Math.sqrt(2 * n) }, (_, i) => '`'.repeat(i + 1)).join('a')",
	"code that ends without space": "'` ' + 'a '.repeat(n / 2) + 'b`'",
	"formulas":                     `'$$a'.repeat(n / 3) + '\\(b\\['.repeat(n / 5)`,
	"angles":                       `'<'.repeat(n)`,
	"breaks":                       `'<br '.repeat(n / 8) + '<br' + ' '.repeat(n / 2)`,
	"backslashes":                  `'\\'.repeat(n)`,
	"letters":                      `'h'.repeat(n)`,
	"exclamation marks":            `'!['.repeat(n / 2)`,
	"a paragraph":                  `'one two, '.repeat(n / 9)`,
	"lines":                        `'a\n'.repeat(n / 2)`,
	"blank lines":                  `'a' + '\n'.repeat(n) + 'b'`,
	"blank lines in an item":       `'- a' + '\n'.repeat(n) + '  b'`,
	"quotes":                       `'>'.repeat(n)`,
	"lines of quotes":              `'> a\n'.repeat(n / 4)`,
	"quotes, one deeper each":      `Array.from({ length: Math.sqrt(2 * n) }, (_, i) => '>'.repeat(i)).join('\n')`,
	"items on a line":              `'- '.repeat(n / 2) + 'a'`,
	"items":                        `'- a\n'.repeat(n / 4)`,
	"items with blank lines":       `'- a\n\n'.repeat(n / 5)`,
	"paragraphs of an item":        `'- a\n\n' + '  b\n\n'.repeat(n / 5)`,
	"items, one deeper each":       `Array.from({ length: Math.sqrt(n) }, (_, i) => ' '.repeat(2 * i) + '- a').join('\n')`,
	"numbers":                      `'1. a\n2) b\n'.repeat(n / 10)`,
	"an item of spaces":            `'-' + ' '.repeat(n) + '\u2028'`,
	"headings":                     `'# a\n'.repeat(n / 4)`,
	"a heading of spaces":          `'# a' + ' '.repeat(n) + 'b'`,
	"a heading of marks":           `'# a ' + '#'.repeat(n) + 'b'`,
	"a heading of both":            `'# ' + 'a # '.repeat(n / 4) + 'b'`,
	"a fence of spaces":            "'```' + ' '.repeat(n) + '`'",
	"a fence of tildes":            "'~'.repeat(n) + '`'",
	"fences":                       "'```\\na\\n```\\n'.repeat(n / 10)",
	"a rule that is none":          `'* '.repeat(n / 2) + 'x'`,
	"a rule of spaces":             `'---' + ' '.repeat(n) + 'x'`,
	"rules":                        `'---\n'.repeat(n / 4)`,
	"a divider of spaces":          `'a|b\n-|-' + ' '.repeat(n) + 'x'`,
	"dividers":                     `'|-|-\n'.repeat(n / 5)`,
	"a wide table":                 `'|a'.repeat(n / 8) + '\n' + '|-'.repeat(n / 8) + '\n' + '|b\n'.repeat(n / 6)`,
	"a table of many columns":      `'|a'.repeat(150) + '\n' + '|-'.repeat(150) + '\n' + '|b\n'.repeat(n / 3)`,
	"a long table":                 `'|a|b|\n|-|-|\n' + '|c|d|\n'.repeat(n / 6)`,
	"bars":                         `'|'.repeat(n) + '\n' + '-'.repeat(n)`,
	"tabs":                         `'\t'.repeat(n) + 'a'`,
}

// The time that it takes to show a text grows as its length does, whatever is in it.
func TestPageLongMarkdown(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serve(t, t.TempDir(), "--sandbox")
	b.open(s.url)
	b.open(s.base() + "/chat")
	b.says("What would you like to ask?")
	eval[bool](b, `(import('/static/js/markdown.js').then((m) => {
		window.shown = (text) => {
			const box = document.createElement('div');
			m.show(box, text);
			return box.innerHTML.replaceAll(/ (target|rel|title)="[^"]*"/g, '');
		};
		window.show = (make, n) => {
			const box = document.createElement('div');
			box.className = 'md';
			box.style.cssText = 'position: fixed; inset: 0; contain: strict';
			document.body.append(box);
			m.show(box, make(n));
			const lost = box.textContent.length < 2 && box.childElementCount === 0;
			box.remove();
			if (lost) throw new Error('nothing is shown');
			return true;
		};
	}), true)`)
	b.until(`window.show`)
	for text, want := range map[string]string{
		"see http://b.c/d_(e)), or (http://b.c).": `<p>see <a href="http://b.c/d_(e)">http://b.c/d_(e)</a>), ` +
			`or (<a href="http://b.c/">http://b.c</a>).</p>`,
		`[a *b*](http://b.c/(d) "e") [a](<http://b.c/d e>) [a](javascript:b)`: `<p><a href="http://b.c/(d)">a <em>b</em></a> ` +
			`<a href="http://b.c/d%20e">a</a> [a](javascript:b)</p>`,
		"# a # b ##\n## c##\n#\n": `<h2>a # b</h2><h3>c##</h3><h2></h2>`,
		"- a\n\n  b\n\n\n- c\nd":  `<ul><li><p>a</p><p>b</p></li><li>c<br>d</li></ul>`,
		"***a** b* ``c` `` ` d` *e_ ~~f~~": "<p><em><strong>a</strong> b</em> " +
			"<code>c` </code> <code> d</code> *e_ <del>f</del></p>",
	} {
		if got := eval[string](b, `shown(`+quote(text)+`)`); got != want {
			t.Errorf("%q is shown as\n%s, want\n%s", text, got, want)
		}
	}
	for name, text := range longTexts {
		cost := func(n int) float64 { // of the page's main thread in milliseconds, whatever else the machine does
			before := b.thread()
			eval[bool](b, fmt.Sprintf(`show((n) => %s, %d)`, text, n))
			return (b.thread() - before) * 1000
		}
		whole, quarter := cost(200_000), 0.0
		for try := 0; whole > 300 && whole > 9*quarter; try++ { // text that is read again for each character takes longer, and 16 times as long
			if try == 3 {
				t.Errorf("%s: a quarter takes %.0f ms, all takes %.0f ms", name, quarter, whole)
				break
			}
			quarter, whole = cost(50_000), min(whole, cost(200_000))
		}
	}
}
