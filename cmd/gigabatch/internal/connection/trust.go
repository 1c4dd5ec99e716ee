package connection

import (
	"cmp"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/rooted"
	"gigabatch/internal/messages"
)

// Setting is a value with the place that it comes from.
type Setting struct {
	Value string
	Place messages.Text // such as --base-url, GIGACHAT_BASE_URL, or .env; empty if the value is the default
	file  string        // the file in the folder that sets it; "" if the user does, by a flag or the environment, or if nothing does
}

// find returns a setting of a flag, else of a variable.
func find(c *cli.Context, env Environment, flag, variable string) Setting {
	if v := c.String(flag); v != "" {
		if place := flags.PlaceOf(c, flag); place != "" {
			name := place[:strings.LastIndexByte(place, ':')] // without the line
			return Setting{Value: v, Place: messages.Verbatim(place), file: name}
		}
		return Setting{Value: v, Place: messages.Verbatim(flags.Dashed(flag))}
	}
	if v := os.Getenv(variable); v != "" {
		return Setting{Value: v, Place: messages.Sprintf("the variable %s", variable)}
	}
	if v := env.getFile(variable); v != "" {
		return Setting{Value: v, Place: messages.Sprintf("%s in %s", variable, environmentFile), file: environmentFile}
	}
	return Setting{}
}

// owner returns the file in the folder whose secret is in the file that the setting names: the one that names it. A secret outside the folder
// is the user's ("").
func (s Setting) owner() string {
	if s.file == "" || !rooted.IsBelow(filepath.Dir(s.file), s.Value) {
		return ""
	}
	return s.file
}

// secret is what a host must not get without the user's word.
type secret struct {
	what  messages.Text // such as "the authorization key"
	place messages.Text
	file  string   // as in Setting
	hosts []string // those of its service
}

// newHost is the host of the API that has no login by user and password.
const newHost = "api.giga.chat"

// The hosts of Sber (developers.sber.ru, api/reference/rest) and of Cloud.ru: each kind of secret has its own. The list is exact.
var (
	apiHosts  = []string{newHost, "gigachat.devices.sberbank.ru", "gigachat-preview.devices.sberbank.ru"}
	authHosts = []string{"ngw.devices.sberbank.ru"}

	cloudHosts = []string{"foundation-models.api.cloud.ru"}
)

// trust decides which hosts get which secrets. What the folder says, in .env or a job file, must not send a secret of the user elsewhere.
type trust struct{ hosts []string }

// check refuses a host for a secret: it must be one of those for this secret, on this machine, named by the user, or named by the same file
// as the secret.
func (t trust) check(s secret, target Setting) error {
	host := hostOf(target.Value)
	if target.Value == "" || target.file == "" || slices.Contains(s.hosts, host) || isLoopback(host) || slices.Contains(t.hosts, host) ||
		s.file != "" && s.file == target.file {
		return nil
	}
	if host == "" {
		return flags.Usage(messages.Sprintf("%v: %q is not a URL", target.Place, target.Value), messages.Sprintf("check the URL; it must start with https"))
	}
	return flags.Usage(messages.Sprintf("%v (%v) would go to %s, which %v names", s.what, s.place, host, target.Place),
		messages.Sprintf("if you trust this host with it, add --trust-host %s", host))
}

// checkFile refuses a file of certificates that only the folder names, for a secret that does not come from the same place.
func (t trust) checkFile(s secret, f Setting) error {
	if f.Value == "" || f.file == "" || s.file == f.file {
		return nil
	}
	return flags.Usage(messages.Sprintf("%v (%v) would be protected by the certificates in %s, which %v names", s.what, s.place, f.Value, f.Place),
		messages.Sprintf("if you trust this file, name it with --ca-file"))
}

// hostOf returns the host of a URL without its port, in small letters; "" if the URL has none.
func hostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Targets are where requests go, and why; and the files of certificates that secure them.
type Targets struct {
	API, Token, CA, Certificate Setting

	static bool // the credentials are an API key: no token is requested, and the default service is Cloud.ru
}

// FindTargets finds where requests go, from the flags and the environment.
func FindTargets(c *cli.Context) (Targets, error) {
	env, err := LoadEnvironment()
	t := targets(c, env)
	if t.static = isCloud(t.API); !slices.ContainsFunc(keyFlags, func(name string) bool { return isGiven(c, name) }) {
		cr, _ := fromEnvironment(env, t.API)
		t.static = t.static || cr.APIKey != ""
	}
	return t, err
}

func targets(c *cli.Context, env Environment) Targets {
	return Targets{
		API: find(c, env, "base-url", "GIGACHAT_BASE_URL"), Token: find(c, env, "auth-url", "GIGACHAT_AUTH_URL"),
		CA: find(c, env, "ca-file", "GIGACHAT_CA_BUNDLE_FILE"), Certificate: find(c, env, "client-cert", "GIGACHAT_CERT_FILE"),
	}
}

// Message says where requests go, with which certificates, and who says so.
func (t Targets) Message() messages.Text {
	all := []messages.Text{described(t.API, t.service())}
	if !t.static {
		all = append(all, described(t.Token, gigachat.DefaultAuthURL))
	}
	if t.CA.Value != "" {
		all = append(all, messages.Sprintf("root certificates: %s (set by %v)", t.CA.Value, t.CA.Place))
	}
	if t.Certificate.Value != "" {
		all = append(all, messages.Sprintf("client certificate: %s (set by %v)", t.Certificate.Value, t.Certificate.Place))
	}
	return messages.Join(all, ", ")
}

// service returns the base URL of the API if none is set.
func (t Targets) service() string {
	if t.static {
		return gigachat.CloudBaseURL
	}
	return gigachat.DefaultBaseURL
}

func described(s Setting, byDefault string) messages.Text {
	host := hostOf(cmp.Or(s.Value, byDefault))
	if s.Value == "" {
		return messages.Verbatim(host)
	}
	return messages.Sprintf("%s (set by %v)", host, s.Place)
}

// checkTrust refuses to send a secret where only the folder wants it.
func (n *Conn) checkTrust(c *cli.Context, key Setting) error {
	t := trust{hosts: flags.Texts(c, "trust-host")}
	for i, h := range t.hosts {
		t.hosts[i] = strings.ToLower(h)
	}
	cr := n.Credentials
	var secrets []secret // for the API; of a key, that is the token that it gives
	switch {
	case cr.APIKey != "":
		secrets = append(secrets, secret{messages.Sprintf("the API key"), cr.Source, cr.file, cloudHosts})
	case cr.Token != "":
		secrets = append(secrets, secret{messages.Sprintf("the access token"), cr.Source, cr.file, apiHosts})
	case cr.Key != "":
		s := secret{messages.Sprintf("the authorization key"), cr.Source, cr.file, authHosts}
		if err := t.check(s, n.Targets.Token); err != nil {
			return err
		}
		secrets = append(secrets, secret{messages.Sprintf("the access token of the key"), cr.Source, cr.file, apiHosts})
	case cr.User != "":
		secrets = append(secrets, secret{messages.Sprintf("the password"), cr.Source, cr.file, apiHosts})
	}
	if certificate := n.Targets.Certificate; certificate.Value != "" {
		s := secret{messages.Sprintf("the client certificate"), certificate.Place, certificate.owner(), apiHosts}
		if key.Value != "" && s.file != key.owner() { // of a pair split over both levels, both are the user's
			s.file = ""
		}
		secrets = append(secrets, s)
	}
	for _, s := range secrets {
		if err := t.check(s, n.Targets.API); err != nil {
			return err
		}
		if err := t.checkFile(s, n.Targets.CA); err != nil {
			return err
		}
	}
	return nil
}
