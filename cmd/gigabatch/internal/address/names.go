package address

import (
	"net/netip"
	"regexp"
	"strings"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/messages"
)

// hostName matches a name as browsers send it, in lower case.
var hostName = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$`)

// Names returns the names of --host as browsers send them: in lower case, without a port, without a final dot, and IPv6 addresses without
// brackets.
func Names(given []string) ([]string, error) {
	var names []string
	for _, text := range given {
		name := strings.TrimSuffix(strings.ToLower(text), ".")
		if ip, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil && ip.Zone() == "" {
			name = ip.String()
		} else if !hostName.MatchString(name) {
			return nil, flags.Usage(messages.Sprintf("--host %s: not a host name", text),
				messages.Sprintf("give only the name, without https:// and port, for example gigabatch.example.com; write other letters as xn--…"))
		}
		names = append(names, name)
	}
	return names, nil
}
