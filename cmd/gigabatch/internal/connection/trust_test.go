package connection

import (
	"testing"

	"gigabatch/internal/messages"
)

func TestTrust(t *testing.T) {
	t.Parallel()
	user := secret{what: messages.Verbatim("the key"), place: messages.Verbatim("GIGACHAT_CREDENTIALS"), hosts: apiHosts}
	folder := user
	folder.file = ".env"
	for _, tt := range []struct {
		name    string
		secret  secret
		url     string
		file    string // that names the URL; "" is the user
		trusted []string
		refused bool
	}{
		{"the default", user, "", "", nil, false},
		{"the user's key and URL", user, "https://gateway.example/v1", "", nil, false},
		{"the user's key, a URL of the folder", user, "https://gateway.example/v1", ".env", nil, true},
		{"the same host trusted", user, "https://gateway.example/v1", ".env", []string{"gateway.example"}, false},
		{"another host trusted", user, "https://gateway.example/v1", ".env", []string{"example"}, true},
		{"Sber's host", user, "https://gigachat.devices.sberbank.ru/api/v1", ".env", nil, false},
		{"Sber's host in large letters, with a port and a dot", user, "https://API.giga.chat.:443/v1", ".env", nil, false},
		{"another kind's host of Sber", user, "https://ngw.devices.sberbank.ru:9443/v1", ".env", nil, true},
		{"a host below Sber's domain", user, "https://x.api.giga.chat/v1", ".env", nil, true},
		{"a host that only begins like Sber's", user, "https://api.giga.chat.example/v1", ".env", nil, true},
		{"Sber's host as a user name", user, "https://api.giga.chat@evil.example/v1", ".env", nil, true},
		{"loopback", user, "http://127.0.0.1:8089/v1", ".env", nil, false},
		{"loopback by name", user, "http://localhost:8089/v1", "job.yaml", nil, false},
		{"loopback, IPv6", user, "http://[::1]:8089/v1", ".env", nil, false},
		{"a name that begins like loopback", user, "http://127.0.0.1.example/v1", ".env", nil, true},
		{"key and URL in the same file", folder, "https://gateway.example/v1", ".env", nil, false},
		{"key and URL in different files", folder, "https://gateway.example/v1", "job.yaml", nil, true},
		{"the folder's key, the user's URL", folder, "https://gateway.example/v1", "", nil, false},
		{"no URL at all", user, "evil", ".env", nil, true},
		{"not a URL", user, "https://%zz/", ".env", nil, true},
	} {
		err := trust{tt.trusted}.check(tt.secret, Setting{Value: tt.url, Place: messages.Verbatim("there"), file: tt.file})
		if (err != nil) != tt.refused {
			t.Errorf("%s: got %v, want refused %v", tt.name, err, tt.refused)
		}
	}
}
