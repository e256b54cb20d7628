package identity

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// Reasons why a URL cannot be an issuer's. Each is a rule of its own for those
// who check policies.
var (
	ErrNotHTTPS     = errors.New("an issuer's URL begins with https://")
	ErrNotExact     = errors.New("not the exact URL of an issuer")
	ErrKindMismatch = errors.New("not a URL of this kind")
)

// CheckURL says why raw cannot be the URL of an issuer of this kind. In dev mode
// any kind of issuer may live at http:// and a loopback address.
func (k *Kind) CheckURL(raw string, dev bool) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "":
		return fmt.Errorf("%w: it is absolute", ErrNotExact)
	case u.Scheme != "https" && u.Scheme != "http":
		return ErrNotHTTPS
	}
	if err := checkExact(u, raw); err != nil {
		return err
	}
	loopback := isLoopback(u.Hostname())
	switch {
	case u.Scheme == "http" && dev && loopback:
		return nil
	case u.Scheme == "http" && loopback:
		return fmt.Errorf("%w; http on a loopback address works with --dev alone", ErrNotHTTPS)
	case u.Scheme == "http":
		return ErrNotHTTPS
	case k.matchURL != nil && !k.matchURL(u.Host, u.Path):
		return fmt.Errorf("%w: %s is at %s", ErrKindMismatch, k.Name, k.URLShape)
	}
	return nil
}

// checkExact refuses spellings that a comparison of texts would not survive.
func checkExact(u *url.URL, raw string) error {
	var what string
	switch {
	case u.User != nil:
		what = "it has no user name"
	case u.RawQuery != "" || u.ForceQuery:
		what = "it has no query"
	case u.Fragment != "" || strings.Contains(raw, "#"):
		what = "it has no fragment"
	case strings.HasSuffix(raw, "/"):
		what = "it does not end in a slash"
	case strings.ContainsAny(raw, `*%\`):
		what = "it has no wildcard, escape or backslash"
	case !strings.HasPrefix(raw, strings.ToLower(u.Scheme+"://"+u.Host)):
		what = "its scheme and host are in lower case"
	case u.Port() == "443" && u.Scheme == "https", strings.HasSuffix(u.Host, ":"):
		what = "it does not name the default port"
	default:
		return checkPath(u)
	}
	return fmt.Errorf("%w: %s", ErrNotExact, what)
}

func checkPath(u *url.URL) error {
	if strings.Contains(u.Path, "//") || strings.Contains(u.Path+"/", "/../") || strings.Contains(u.Path+"/", "/./") {
		return fmt.Errorf("%w: its path has no empty or dotted parts", ErrNotExact)
	}
	if strings.Trim(u.Hostname(), "abcdefghijklmnopqrstuvwxyz0123456789.-:") != "" {
		return fmt.Errorf("%w: its host is a plain DNS name", ErrNotExact)
	}
	return nil
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// oneSegment reports whether path is "" or one name: "/acme".
func oneSegment(path string) bool {
	return path == "" || (strings.Count(path, "/") == 1 && len(path) > 1)
}
