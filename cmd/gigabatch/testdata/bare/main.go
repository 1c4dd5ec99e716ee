// Command bare is the loop that gigabatch is compared with in benchmarks. It keeps nothing and retries nothing. Its arguments are INPUT
// OUTPUT CONCURRENCY [PACK]; with PACK, it asks for vectors, of so many texts at once. It reads the variables that gigabatch sandbox prints.
package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"
)

func main() {
	log.SetFlags(0)
	pack := ""
	if len(os.Args) > 4 {
		pack = os.Args[4]
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3], pack); err != nil {
		log.Fatal(err)
	}
}

func run(input, output, limit, pack string) error {
	width, err := strconv.Atoi(limit)
	if err != nil {
		return err
	}
	http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = width
	rows, err := read(input)
	if err != nil {
		return err
	}
	token, err := fetchToken()
	if err != nil {
		return err
	}
	answers := make([]string, len(rows))
	var g errgroup.Group
	g.SetLimit(width)
	if pack == "" {
		for i, row := range rows[1:] {
			g.Go(func() (err error) {
				answers[i+1], err = ask(token, row[1])
				return err
			})
		}
	} else if n, err := strconv.Atoi(pack); err == nil {
		for at := 1; at < len(rows); at += n {
			end := min(at+n, len(rows))
			g.Go(func() error { return embed(token, rows[at:end], answers[at:end]) })
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return write(output, rows, answers)
}

func read(name string) ([][]string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return csv.NewReader(f).ReadAll()
}

func write(name string, rows [][]string, answers []string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	answers[0] = "completion"
	for i, row := range rows {
		if err := w.Write(append(row, answers[i])); err != nil {
			return err
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	return f.Close()
}

func fetchToken() (string, error) {
	form := strings.NewReader(url.Values{"scope": {"GIGACHAT_API_CORP"}}.Encode())
	req, err := http.NewRequest("POST", os.Getenv("GIGACHAT_AUTH_URL"), form)
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Basic "+os.Getenv("GIGACHAT_CREDENTIALS"))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("RqUID", "6f0b1291-c7f3-43c6-bb2e-9f3efb2dc98e")
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	err = do(req, &answer)
	return answer.AccessToken, err
}

func do(req *http.Request, into any) error {
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", resp.Status, body)
	}
	return json.Unmarshal(body, into)
}

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

func ask(token, prompt string) (string, error) {
	body, err := json.Marshal(map[string]any{"model": "GigaChat-2", "messages": []message{{"user", prompt}}})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequest("POST", os.Getenv("GIGACHAT_BASE_URL")+"/chat/completions", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	var answer struct {
		Choices []struct {
			Message message `json:"message"`
		} `json:"choices"`
	}
	if err := do(req, &answer); err != nil {
		return "", err
	}
	return answer.Choices[0].Message.Content, nil
}

// embed asks for the vectors of some rows.
func embed(token string, rows [][]string, vectors []string) error {
	var texts []string
	for _, row := range rows {
		texts = append(texts, row[1])
	}
	body, err := json.Marshal(map[string]any{"model": "EmbeddingsGigaR", "input": texts})
	if err != nil {
		return err
	}
	req, err := http.NewRequest("POST", os.Getenv("GIGACHAT_BASE_URL")+"/embeddings", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	var answer struct {
		Data []struct {
			Index     int             `json:"index"`
			Embedding json.RawMessage `json:"embedding"`
		} `json:"data"`
	}
	if err := do(req, &answer); err != nil {
		return err
	}
	for _, one := range answer.Data {
		vectors[one.Index] = string(one.Embedding)
	}
	return nil
}
