package web_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// runAt is run with environment variables.
func runAt(t *testing.T, dir string, env []string, args ...string) {
	t.Helper()
	c := gigabatch(t, args...)
	c.Dir, c.Env = dir, append(c.Env, env...)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("gigabatch %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// answers counts the answers in an output.
func answers(t *testing.T, dir, name string) int {
	t.Helper()
	return strings.Count(read(t, filepath.Join(dir, name)), "The prompt was “")
}

// The plan compares the prices of both ways. A run in batches lists them while they are open, and says at the end what they brought.
func TestPageRunsInBatches(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(40)})
	s := serveAt(t, dir, stand(t, "--batch-delay", "12s"))
	b.open(s.url)
	b.table(s, "q.csv")
	b.until(ready)
	b.click("More about the plan")
	b.click("Which rows, budget, batches")
	const plan = `document.querySelector('.tb-more').innerText`
	b.until(`/in batches: ≈ [\d.]+\s₽/.test(` + plan + `)`)
	b.until(`document.querySelector('#tb-via').checkVisibility() && !document.querySelector('#tb-deadline').checkVisibility()`)
	b.fill("#tb-via", "hybrid")
	b.says("Enter a time.")
	b.until(`document.querySelector('.tb-start').disabled`)
	b.fill("#tb-deadline", "2001-01-01T10:00")
	b.says("This time has passed.")
	b.fill("#tb-deadline", time.Now().Add(30*time.Hour).Format("2006-01-02T15:04"))
	b.says("until the deadline at most")
	b.looks(".tb-figures", "deadline")
	b.click("More about the plan")
	b.fill("#tb-via", "batch")
	b.says("the service does not say how long batches take")
	b.until(`/at once: ≈ [\d.]+\s₽/.test(` + plan + `)`)
	b.looks("#tb-via", "plan")
	b.until(ready + ` && ` + figure("Requests") + ` === '40'`)
	b.click("Run all")
	b.until(state + ` === 'running'`)
	b.click("Details")
	b.says("1\u00a0batch at the service (40 requests)")
	b.until(`/\d+ of 40/.test(document.querySelector('.run-batches tbody').innerText) && document.querySelector('.run-batches tbody').innerText.includes('in progress')`)
	b.until(`!/Speed|In flight|Time left|a second| left/.test(document.querySelector('.tb-run').innerText)`)
	b.until(`!document.querySelector('.run-width')?.checkVisibility()`)
	b.looks(".run-batches", "open")
	b.click("Pause")
	b.says("No more batches are posted. The answers of the open ones are still received.")
	b.click("Resume")
	b.until(state + ` === 'completed'`)
	b.until(`!document.querySelector('.run-batches').checkVisibility()`)
	b.click("Details")
	b.until(fact("Answers from batches") + `.includes('40')`)
	b.looks(".tb-run", "done")
	if n := answers(t, dir, "q.answers.csv"); n != 40 {
		t.Errorf("the output has %d answers", n)
	}
}

// A run that was detached in a terminal while the page is open waits there. The page collects, and so does a terminal meanwhile.
func TestPageOfADetachedRun(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(25), "other.csv": "id,prompt\n" + rows(9)})
	service := stand(t, "--batch-delay", "25s")
	s, second := serveAt(t, dir, service), serveAt(t, dir, service)
	b.open(s.url)
	b.says("other.csv")
	for _, name := range []string{"q.csv", "other.csv"} {
		runAt(t, dir, service, "run", name, "--via", "batch", "--batch-lines", "10", "--detach", "--quiet")
	}
	posted := time.Now()
	b.until(`document.querySelectorAll('.tables-item .badge[data-state=waiting]').length === 2`)
	b.until(`document.querySelector('.tables-list').innerText.includes('25\u00a0wait for batches')`)
	b.looks(".tables-list", "list")
	b.click("q.csv")
	b.click("Details")
	b.says("3\u00a0batches at the service (25 requests)")
	b.until(cell(2, "") + ` === 'in a batch'`)
	b.until(`!document.querySelector('.run-width')?.checkVisibility()`)
	b.looks(".tb-run", "waiting")
	b.click("Collect the answers")
	b.until(`document.querySelector('.run-actions [aria-busy]') === null`)
	b.until(state + ` === 'waiting'`)
	o := b.another()
	o.table(s, "q.csv")
	o.until(settled)
	o.click("More about the plan")
	o.until(`/In batches at the service\s+25/.test(document.querySelector('.tb-more').innerText)`)
	o.click("Try on 5\u00a0rows")
	o.says("Nothing was sent: these rows are in batches at the service.")
	o.open(second.url)
	o.table(second, "other.csv")
	o.until(state + ` === 'waiting'`)
	time.Sleep(time.Until(posted.Add(26 * time.Second))) // the service is another process
	o.click("Collect the answers")
	o.until(state + ` === 'completed'`)
	runAt(t, dir, service, "status", "q.csv")
	b.until(state + ` === 'completed'`)
	b.says("25\u00a0answers came after q.answers.csv was written.")
	b.until(completed + ` > 5`)
	b.looks(".run-late", "late")
	if n := answers(t, dir, "q.answers.csv"); n != 0 {
		t.Errorf("the output has %d answers already", n)
	}
	b.clickIn(".run-late", "Write the file")
	b.until(`!document.querySelector('.run-late').checkVisibility()`)
	b.until(state + ` === 'completed'`)
	if n, other := answers(t, dir, "q.answers.csv"), answers(t, dir, "other.answers.csv"); n != 25 || other != 9 {
		t.Errorf("the outputs have %d and %d answers", n, other)
	}
}

// A key without the right to batches learns that, and what to do instead.
func TestPageWithoutTheRightToBatches(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(3)})
	s := serveAt(t, dir, append(stand(t, "--scope", "GIGACHAT_API_PERS"), "GIGACHAT_SCOPE=GIGACHAT_API_PERS"))
	b.open(s.url)
	b.table(s, "q.csv")
	b.until(ready)
	b.fill("#tb-via", "batch")
	b.until(ready)
	b.click("Run all")
	b.until(state + ` === 'failed'`)
	b.says("no right to asynchronous batches")
	b.says("GIGACHAT_API_CORP")
	b.looks(".tb-run", "forbidden")
	if text := eval[string](b, `document.querySelector('.tb-run').innerText`); strings.Contains(text, "--") {
		t.Errorf("the page names flags:\n%s", text)
	}
}
