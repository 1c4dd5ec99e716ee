package main

import (
	"encoding/base64"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/console"
)

// The secrets of these tests. They are recognisable and belong to nobody.
const (
	secretID       = "5ec2e700-1111-4222-8333-444455556666"
	secretSecret   = "77778888-9999-4aaa-8bbb-ccccddddeeee"
	secretPassword = "hunter2-the-password"
	secretAPI      = "Y2xvdWQtcnUta2V5.9f8e7d6c5b4a39281706f5e4d3c2b1a0"
	secretToken    = "eyJhbGciOiJkaXIifQ.tell-nobody-this-token"
)

// secretKey returns the authorization key made of them.
func secretKey() string {
	return base64.StdEncoding.EncodeToString([]byte(secretID + ":" + secretSecret))
}

// secretParts are texts that must not appear anywhere. The Client ID is not a secret, but it need not be shown either.
func secretParts() []string {
	key := secretKey()
	return []string{
		secretID, secretSecret, secretPassword, secretAPI, secretAPI[17:], secretToken, "tell-nobody", key, key[:24], key[len(key)-24:], strings.TrimRight(key, "="),
		base64.StdEncoding.EncodeToString([]byte("user:" + secretPassword)), "Bearer ", "Basic " + key[:8],
	}
}

// TestSecretsNowhere runs commands that fail in many ways, and looks for secrets in their output and files.
func TestSecretsNowhere(t *testing.T) {
	key := secretKey()
	half := key[:40]
	credentials := map[string][]string{
		"key":            {"GIGACHAT_CREDENTIALS=" + key},
		"quoted key":     {`GIGACHAT_CREDENTIALS="` + key + `"`},
		"half a key":     {"GIGACHAT_CREDENTIALS=" + half},
		"key twice":      {"SBER_AUTH=" + base64.StdEncoding.EncodeToString([]byte(key))},
		"secret alone":   {"GIGACHAT_CREDENTIALS=" + secretSecret},
		"pair":           {"SBER_ID=" + secretID, "SBER_SECRET=" + secretSecret},
		"swapped pair":   {"SBER_ID=" + key, "SBER_SECRET=" + key},
		"half a pair":    {"SBER_SECRET=" + secretSecret},
		"password":       {"GIGACHAT_USER=user", "GIGACHAT_PASSWORD=" + secretPassword},
		"token":          {"GIGACHAT_ACCESS_TOKEN=" + secretToken},
		"API key":        {"GIGACHAT_API_KEY=" + secretAPI},
		"quoted API key": {`GIGACHAT_API_KEY="` + secretAPI + `"`},
		"key as API key": {"GIGACHAT_API_KEY=" + key},
		"two keys":       {"GIGACHAT_API_KEY=" + secretAPI, "GIGACHAT_CREDENTIALS=" + key},
		"token as key":   {"GIGACHAT_CREDENTIALS=" + secretToken},
		"token in lines": {"GIGACHAT_ACCESS_TOKEN=" + secretToken + "\nX-Evil: 1"},
	}
	for name, env := range credentials {
		t.Run(name, func(t *testing.T) {
			tellNothing(t, env)
		})
	}
}

func tellNothing(t *testing.T, env []string) {
	faults := []string{"", "401", "500"}
	if env[0] == "GIGACHAT_CREDENTIALS="+secretKey() && !testing.Short() {
		faults = []string{"", "401", "402", "500", "reset-after", "truncated", "not-json", "oauth-code4", "oauth-code6", "models-500", "revoked"}
	}
	for _, fault := range faults {
		s := openStand(t, "key="+secretKey(), "user=user", "password="+secretPassword, "access-token="+secretToken, "fault="+fault)
		p := newProgram(t, append(s.env(), "GIGACHAT_CREDENTIALS=")...)
		p.env = append(p.env, env...)
		p.write("q.csv", "id,prompt\n1,one\n2,two\n")
		for _, args := range [][]string{
			{"run", "q.csv", "--max-attempts", "1", "--max-outage", "1ms"}, {"status", "q.csv", "--json"}, {"output", "q.csv", "-o", "-"},
			{"ask", "--stream", "one"}, {"models"}, {"doctor"},
		} {
			lookFor(t, p.dir, args, p.runHere(args...))
		}
	}
}

func lookFor(t *testing.T, dir string, args []string, got ran) {
	t.Helper()
	places := map[string]string{"stdout": got.out, "stderr": got.errors}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == ".env" || strings.HasSuffix(d.Name(), ".key") {
			return err
		}
		text, err := os.ReadFile(path)
		places[d.Name()] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for place, text := range places {
		for _, secret := range secretParts() {
			if strings.Contains(text, secret) {
				t.Errorf("gigabatch %q: %s shows %q:\n%s", args, place, secret, text)
			}
		}
	}
}

// TestSecretsOfFiles tests secrets in files that are broken in many ways.
func TestSecretsOfFiles(t *testing.T) {
	for _, text := range []string{
		"GIGACHAT_CREDENTIALS " + secretKey(), "GIGACHAT_CREDENTIALS: " + secretKey() + "\n=", `GIGACHAT_CREDENTIALS="` + secretKey(),
		"GIGACHAT_CREDENTIALS='" + secretKey() + "\nx", secretKey(), "export " + secretKey() + " " + secretSecret, "\x00" + secretKey(),
		"GIGACHAT_CREDENTIALS=" + secretKey()[:40] + "\n" + secretKey()[40:], "Authorization: Basic " + secretKey() + "!", secretID + ":" + secretSecret + ":",
	} {
		t.Run("", func(t *testing.T) {
			s := openStand(t)
			p := newProgram(t, append(s.env(), "GIGACHAT_CREDENTIALS=")...)
			p.write("q.csv", "id,prompt\n1,one\n")
			p.write("my.key", text)
			lookFor(t, p.dir, []string{"--key-file"}, p.runHere("run", "q.csv", "--key-file", "my.key"))
			lookFor(t, p.dir, []string{"--key-file"}, p.runHere("doctor", "--key-file", "my.key"))
			p.write(".env", text)
			for _, args := range [][]string{{"run", "q.csv"}, {"token"}, {"doctor"}, {"ask", "one"}} {
				got := p.runHere(args...)
				lookFor(t, p.dir, args, got)
				if got.code == 0 {
					t.Errorf("gigabatch %q with .env %q: exit code 0", args, text)
				}
			}
		})
	}
}

// TestNoFlagTakesASecret checks that no flag takes a secret: other users of the machine can see the command line.
func TestNoFlagTakesASecret(t *testing.T) {
	t.Parallel()
	for _, cmd := range newApp(stdio{err: &console.Console{}}).Commands {
		for _, f := range cmd.Flags {
			for _, name := range f.Names() {
				_, isSwitch := f.(*cli.BoolFlag)
				for _, word := range []string{"key", "token", "secret", "password", "credential", "auth"} {
					harmless := isSwitch || strings.HasSuffix(name, "-file") || strings.HasSuffix(name, "-command") || strings.HasSuffix(name, "-url") || name == "client-key" || name == "tls-key" || name == "no-key" || slices.Contains([]string{"max-tokens", "max-tokens-total", "token-life"}, name)
					if strings.Contains(name, word) && !harmless {
						t.Errorf("gigabatch %s --%s takes a secret", cmd.Name, name)
					}
				}
			}
		}
	}
}
