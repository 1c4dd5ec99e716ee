package main

import (
	"errors"
	"io/fs"
	"os"

	"github.com/joho/godotenv"
)

// environment answers for variables: those of the process first, then those of the file .env in the working folder.
type environment struct{ file map[string]string }

// loadEnvironment reads .env if there is one. An error never quotes the file: it may hold secrets.
func loadEnvironment() (environment, error) {
	if _, err := os.Stat(".env"); errors.Is(err, fs.ErrNotExist) {
		return environment{}, nil
	}
	vars, err := godotenv.Read(".env")
	if err == nil {
		return environment{file: vars}, nil
	}
	var access *fs.PathError
	if errors.As(err, &access) {
		return environment{}, err
	}
	return environment{}, usage(".env: a line cannot be read", "each line is NAME=VALUE; a value goes on one line, with no line break inside")
}

// get returns a variable, "" if it is not set.
func (e environment) get(name string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return e.getFile(name)
}

// getFile returns a variable of .env, "" if it is not set there.
func (e environment) getFile(name string) string { return e.file[name] }
