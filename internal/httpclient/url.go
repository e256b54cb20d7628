package httpclient

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/autoken/autoken/internal/fault"
)

// RequireHTTPS reads the base URL of a service: https, or http on this machine;
// a host, and neither user, query nor fragment. The result has no "/" at its end.
func RequireHTTPS(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Opaque != "" {
		return nil, fault.New(fault.Usage, "this is no URL with a host").WithHint("write it like https://host/path")
	}
	if problem := problemOf(u, raw); problem != "" {
		return nil, fault.New(fault.Usage, "the URL of %q %s", u.Host, problem)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = strings.TrimRight(u.RawPath, "/")
	return u, nil
}

func problemOf(u *url.URL, raw string) string {
	switch {
	case u.User != nil:
		return "has a user name in it"
	case strings.ContainsAny(raw, "?#"):
		return "has a query or a fragment"
	case u.Hostname() == "" || strings.ContainsFunc(u.Host, notInHost):
		return "has no host that can be asked"
	case !validPort(u):
		return "has a port that does not exist"
	case u.Scheme == "http" && local(u.Hostname()), u.Scheme == "https":
		return ""
	case u.Scheme == "http":
		return "must begin with https://"
	default:
		return "must begin with https://, not " + strconv.Quote(u.Scheme+":")
	}
}

// notInHost goes by what DNS names and addresses are written with; a name in
// another script is written in its xn-- form.
func notInHost(r rune) bool {
	letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	return !letter && (r < '0' || r > '9') && !strings.ContainsRune("-._:[]", r)
}

func validPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && port > 0
}
