package sandbox

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"

	"gigabatch/internal/gigachat/sandbox/random"
)

// An embedRequest is the body of POST /embeddings.
type embedRequest struct {
	Model string `json:"model"`
	Input texts  `json:"input"`
}

// texts are a list of texts, or a single one.
type texts []string

func (t *texts) UnmarshalJSON(b []byte) error {
	if !strings.HasPrefix(string(b), `"`) {
		return json.Unmarshal(b, (*[]string)(t))
	}
	*t = make(texts, 1)
	return json.Unmarshal(b, &(*t)[0])
}

// serveEmbeddings answers POST /v1/embeddings. Whether it shares the quota of completions is a guess; users report that it answers 429.
func serveEmbeddings(x *exchange) {
	req := new(embedRequest)
	no := readJSON(x.r, req)
	if no == ok {
		no = checkEmbed(x.Sandbox, req)
	}
	if no != ok {
		x.refuse(no)
		return
	}
	st := enter(x)
	if st == nil {
		return
	}
	defer st.end()
	a := attemptEmbed(x.Sandbox, req)
	f := x.fault(AtEmbeddings, a)
	if f != nil && !f.Kind.billed() {
		st.end()
		x.fail(f)
		return
	}
	answer := embed(x.Sandbox, req)
	if work(x, a) {
		x.deliver(http.StatusOK, answer, f, st.end)
	}
}

// checkEmbed refuses what the API refuses. The messages are guesses.
func checkEmbed(s *Sandbox, req *embedRequest) refusal {
	most := 4096
	if req.Model == "Embeddings" {
		most = 512
	}
	switch m, known := s.models[req.Model]; {
	case !known || m.kind != "embedder":
		return noSuchModel
	case len(req.Input) == 0:
		return invalidParams("input must not be empty")
	}
	for _, text := range req.Input {
		if s.o.TokensOf(text) > most {
			return payloadTooLarge
		}
	}
	return ok
}

// hashOfText identifies what decides a vector.
func hashOfText(model, text string) hash { return hashOf(appendText(appendText(nil, model), text)) }

// attemptEmbed counts an attempt for a request. Each text counts.
func attemptEmbed(s *Sandbox, req *embedRequest) attempt {
	a := attempt{prompt: strings.Join(req.Input, "\n"), model: req.Model}
	b := appendText(nil, req.Model)
	for _, text := range req.Input {
		b = appendText(b, text)
		s.tally.bills.prompts.attempt(hashOf([]byte(text)))
	}
	a.hash, a.promptHash = hashOf(b), hashOf([]byte(a.prompt))
	a.number = s.tally.bills.requests.attempt(a.hash)
	return a
}

// embed makes the answer and bills each text, as if it were a request.
func embed(s *Sandbox, req *embedRequest) []byte {
	b := []byte(`{"object":"list","data":[`)
	total := 0
	for i, text := range req.Input {
		if i > 0 {
			b = append(b, ',')
		}
		tokens := s.o.TokensOf(text)
		total += tokens
		b = append(append(b, `{"object":"embedding","embedding":`...), vector(req.Model, text, s.o.Dimensions)...)
		b = strconv.AppendInt(append(b, `,"index":`...), int64(i), 10)
		if s.o.Dialect != OpenAI {
			b = strconv.AppendInt(append(b, `,"usage":{"prompt_tokens":`...), int64(tokens), 10)
			b = append(b, '}')
		}
		b = append(b, '}')
		s.tally.bills.requests.bill(hashOfText(req.Model, text), tokens)
		s.tally.bills.prompts.bill(hashOf([]byte(text)), 0)
	}
	b = appendString(append(b, `],"model":`...), req.Model)
	if s.o.Dialect == OpenAI {
		b = strconv.AppendInt(append(b, `,"usage":{"prompt_tokens":`...), int64(total), 10)
		b = append(strconv.AppendInt(append(b, `,"total_tokens":`...), int64(total), 10), '}')
	}
	return append(b, '}')
}

// vector returns the vector of a text, as a JSON array of numbers. Its length is 1.
func vector(model, text string, dimensions int) []byte {
	h := hashOfText(model, text)
	seed, sum := uint64(0), 0.0
	for _, c := range h[:8] {
		seed = seed<<8 | uint64(c)
	}
	v := make([]float64, dimensions)
	for i := range v {
		v[i] = float64(random.Mix(seed+uint64(i))>>11)/(1<<52) - 1
		sum += v[i] * v[i]
	}
	b := []byte{'['}
	for i := range v {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendFloat(b, v[i]/math.Sqrt(sum), 'f', 6, 64)
	}
	return append(b, ']')
}
