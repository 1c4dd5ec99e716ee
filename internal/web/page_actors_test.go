package web_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The page offers a new file where the output was saved by another program, on the way to a run and for a run that is continued.
func TestPageOffersANewFile(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n1,one\n", "many.csv": "id,prompt\n" + rows(200)})
	s := serveAt(t, dir, stand(t, "--latency", "0.3", "--streams", "10"))
	client := signedIn(t, s)
	id := startRun(t, client, s, `{"input":"q.csv"}`)
	waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	saved := saveElsewhere(t, filepath.Join(dir, "q.answers.csv"))
	b.open(s.url)
	write(t, filepath.Join(dir, "q.csv"), "id,prompt\n1,one\n2,two\n")
	b.table(s, "q.csv")
	b.says("its content is not what this journal last wrote")
	b.click("Write to a new file")
	b.until(ready + ` && ` + figure("Requests") + ` === '1'`)
	b.click("More about the plan")
	b.says("q.answers-2.csv")
	b.shoot("newfile")
	b.click("Run all")
	b.until(progress + ` === '2 of 2' && ` + state + ` === 'completed'`)
	b.until(`document.querySelector('.run-facts').innerText.includes('q.answers-2.csv')`)
	if text := read(t, filepath.Join(dir, "q.answers-2.csv")); strings.Count(text, "The prompt was “") != 2 || read(t, filepath.Join(dir, "q.answers.csv")) != saved {
		t.Errorf("the new file is %s", text)
	}

	id = startRun(t, client, s, `{"input":"many.csv"}`)
	waitFor(t, client, s, id, func(r runInfo) bool { return r.Completed > 10 })
	do(t, client, s, "/api/runs/"+id+"/stop")
	waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "interrupted" })
	saved = saveElsewhere(t, filepath.Join(dir, "many.answers.csv"))
	b.table(s, "many.csv")
	b.click("Continue")
	b.says("its content is not what this journal last wrote")
	b.shoot("refused")
	b.clickIn(".run-refusal", "Replace the file")
	b.says("Replace the file?")
	b.click("Cancel")
	b.clickIn(".run-refusal", "Write to a new file")
	b.until(state + ` === 'completed'`)
	b.says("many.answers-2.csv")
	if read(t, filepath.Join(dir, "many.answers.csv")) != saved {
		t.Error("the file of the other program was replaced")
	}
}

// saveElsewhere saves a file as a spreadsheet program does, and returns its content.
func saveElsewhere(t *testing.T, name string) string {
	t.Helper()
	text := strings.ReplaceAll(read(t, name), "\n", "\r\n")
	write(t, name, text)
	return text
}

// While a run waits for the service, the page says so and why, and offers to stop it. A journal that cannot be read is listed with the reason.
func TestPageOfADeadService(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n1,one\n", "other.csv.gigabatch": "{}\n"})
	s := serveAt(t, dir, stand(t, "--fault", "models-503"))
	b.open(s.url)
	b.click("other.csv")
	b.until(state + ` === 'unreadable'`)
	b.says("the file is not a journal")
	b.until(`!document.querySelector('.run-actions button, .run-actions a')`)
	b.shoot("unreadable")
	startRun(t, signedIn(t, s), s, `{"input":"q.csv"}`)
	b.table(s, "q.csv")
	b.until(state + ` === 'connecting'`)
	b.says("Waiting for the service to answer")
	b.says("the service failed")
	b.until(cell(2, "prompt") + ` === 'one' && !document.querySelector('.tb-main .error-box')`)
	b.shoot("connecting")
	b.click("Stop")
	b.says("Stop this run?")
	b.confirms()
	b.until(state + ` === 'interrupted'`)
	if _, err := os.Stat(filepath.Join(dir, "q.answers.csv")); err != nil {
		t.Error(err)
	}
}
