package connection

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/joho/godotenv"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/textfile"
	"gigabatch/internal/io/nearest"
	"gigabatch/internal/messages"
)

// Environment looks up variables: first in the environment of the process, then in the file .env of the working folder.
type Environment struct{ file map[string]string } // nil without the file

const environmentFile = ".env"

// LoadEnvironment reads .env if it exists, in any encoding that can be detected. An error never quotes the file: it may hold secrets.
func LoadEnvironment() (Environment, error) {
	raw, err := os.ReadFile(environmentFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Environment{}, nil
	case err != nil:
		return Environment{}, err
	}
	vars, err := parseEnvironment(raw)
	return Environment{file: vars}, err
}

// Local reports whether the environment names a service on this machine.
func (e Environment) Local() bool { return isLoopback(hostOf(e.Get("GIGACHAT_BASE_URL"))) }

// parseEnvironment reads the variables from the content of .env.
func parseEnvironment(raw []byte) (map[string]string, error) {
	text, err := textfile.Decode(environmentFile, raw)
	if err != nil {
		return nil, err
	}
	vars, err := godotenv.Unmarshal(text)
	if err != nil {
		return nil, flags.Usage(messages.Sprintf("%s:%d: cannot read the line", environmentFile, badLine(text)),
			messages.Sprintf("write each line as NAME=VALUE, with the whole value on one line"))
	}
	if vars == nil {
		vars = map[string]string{}
	}
	return vars, nil
}

// noCredentials returns ErrNoCredentials with the folder in which .env was looked for.
func (e Environment) noCredentials() error {
	dir, err := os.Getwd()
	switch {
	case err != nil:
		return ErrNoCredentials
	case e.file == nil:
		return messages.Errorf("%w, and the folder %s has no .env", ErrNoCredentials, dir)
	}
	return messages.Errorf("%w, nor does .env in the folder %s set it", ErrNoCredentials, dir)
}

// badLine returns the number of the first line that cannot be read: the line after the longest part that can.
func badLine(text string) int {
	lines := strings.SplitAfter(text, "\n")
	for n := len(lines) - 1; n > 0; n-- {
		if _, err := godotenv.Unmarshal(strings.Join(lines[:n], "")); err == nil {
			return n + 1
		}
	}
	return 1
}

// Get returns a variable, "" if it is not set. An empty variable of the process counts as not set.
func (e Environment) Get(name string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return e.getFile(name)
}

// NamesCommand reports whether .env names a command for the key, which is not run.
func (e Environment) NamesCommand() bool { return e.getFile(keyCommandName) != "" }

// getFile returns a variable of .env, "" if it is not set there.
func (e Environment) getFile(name string) string { return e.file[name] }

// credentialNames are the variables of .env that may hold credentials.
var credentialNames = []string{
	credentialsName, "GIGACHAT_ACCESS_TOKEN", apiKeyName, "SBER_AUTH", "SBER_ID", "SBER_SECRET", "GIGACHAT_USER", "GIGACHAT_PASSWORD",
}

// otherNames are the other variables that .env may have.
var otherNames = []string{
	keyCommandName, "GIGABATCH_PASSWORD", "GIGACHAT_AUTH_URL", "GIGACHAT_BASE_URL", "GIGACHAT_CA_BUNDLE_FILE", "GIGACHAT_CERT_FILE", "GIGACHAT_KEY_FILE",
	"GIGACHAT_MODEL", scopeName, "GIGACHAT_TIMEOUT",
}

// Mistyped returns a variable of .env whose name is almost that of one with credentials, and that name; "" if there is none.
func (e Environment) Mistyped() (wrong, meant string) {
	for _, name := range slices.Sorted(maps.Keys(e.file)) {
		if near := nearest.Name(name, credentialNames); near != "" && near != name && !slices.Contains(otherNames, name) {
			return name, near
		}
	}
	return "", ""
}
