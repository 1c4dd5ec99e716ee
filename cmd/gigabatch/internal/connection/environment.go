package connection

import (
	"errors"
	"io/fs"
	"os"

	"github.com/joho/godotenv"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/messages"
)

// Environment answers for variables: those of the process first, then those of the file .env in the working folder.
type Environment struct{ file map[string]string }

// LoadEnvironment reads .env if there is one. An error never quotes the file: it may hold secrets.
func LoadEnvironment() (Environment, error) {
	if _, err := os.Stat(".env"); errors.Is(err, fs.ErrNotExist) {
		return Environment{}, nil
	}
	vars, err := godotenv.Read(".env")
	if err == nil {
		return Environment{file: vars}, nil
	}
	var access *fs.PathError
	if errors.As(err, &access) {
		return Environment{}, err
	}
	return Environment{}, flags.Usage(messages.Sprintf(".env: a line cannot be read"),
		messages.Sprintf("each line is NAME=VALUE; a value goes on one line, with no line break inside"))
}

// Get returns a variable, "" if it is not set.
func (e Environment) Get(name string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return e.getFile(name)
}

// getFile returns a variable of .env, "" if it is not set there.
func (e Environment) getFile(name string) string { return e.file[name] }
