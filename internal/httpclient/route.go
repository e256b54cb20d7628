package httpclient

import (
	"cmp"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"github.com/autoken/autoken/internal/fault"
)

// Route is the way that requests to a URL take.
type Route struct {
	Proxy    string // "http://proxy:3128", never with a user or password; "" without one
	Variable string // the environment variable that decided; "" where none did
	Direct   bool
	unset    bool // variables were looked for, and none was there
}

// String says the route as messages do: "through proxy http://proxy:3128
// (HTTPS_PROXY)", "directly, no proxy variable applies".
func (r Route) String() string {
	switch {
	case !r.Direct && r.Variable == "":
		return "through proxy " + r.Proxy
	case !r.Direct:
		return "through proxy " + r.Proxy + " (" + r.Variable + ")"
	case r.Variable != "":
		return "directly, because of " + r.Variable
	case r.unset:
		return "directly, no proxy variable applies"
	default:
		return "directly"
	}
}

// Route returns the way that a request to u takes.
func (c *Client) Route(u *url.URL) Route { return c.trip.routes.route(u) }

// routes is what was configured about proxies. HTTP_PROXY is not read: plain
// http stays on this machine.
type routes struct {
	proxy    *url.URL // nil: everything goes directly
	proxyFor func(*url.URL) (*url.URL, error)
	variable string // where proxy was found
	noProxy  string // the variable that lists exceptions
	looked   bool
}

func newRoutes(c Config) (routes, error) {
	r := routes{looked: c.Env != nil && c.Proxy == ""}
	var settings httpproxy.Config
	settings.HTTPSProxy = c.Proxy
	if r.looked {
		settings.HTTPSProxy, r.variable = first(c.Env, "https_proxy", "HTTPS_PROXY")
		settings.NoProxy, r.noProxy = first(c.Env, "no_proxy", "NO_PROXY")
	}
	r.proxyFor = settings.ProxyFunc()
	if settings.HTTPSProxy == "" {
		return r, nil
	}
	var ok bool
	if r.proxy, ok = parseProxy(settings.HTTPSProxy); !ok {
		return r, fault.New(fault.Usage, "%s is no proxy URL", cmp.Or(r.variable, "the proxy")).
			WithHint("a proxy is written http://host:port or http://user:password@host:port; special characters in a password as %%XX")
	}
	return r, nil
}

func first(env func(string) string, names ...string) (value, name string) {
	i := slices.IndexFunc(names, func(n string) bool { return env(n) != "" })
	if i < 0 {
		return "", ""
	}
	return env(names[i]), names[i]
}

// parseProxy reads a proxy as httpproxy does, which ignores one that it cannot
// read; requests would then leave by another way than the one configured.
func parseProxy(raw string) (*url.URL, bool) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme == "" || u.Host == "" {
		u, err = url.Parse("http://" + raw)
	}
	known := []string{"http", "https", "socks5", "socks5h"}
	if err != nil || u.Hostname() == "" || !validPort(u) || !slices.Contains(known, u.Scheme) {
		return nil, false
	}
	return u, true
}

func (r routes) route(u *url.URL) Route {
	if r.proxy == nil || u.Scheme != "https" {
		return Route{Direct: true, unset: r.looked && r.proxy == nil}
	}
	if proxy, _ := r.proxyFor(u); proxy != nil {
		return Route{Proxy: r.proxy.Scheme + "://" + r.proxy.Host, Variable: r.variable}
	}
	if local(u.Hostname()) {
		return Route{Direct: true} // never through a proxy, whatever the variables say
	}
	return Route{Direct: true, Variable: r.noProxy}
}

func local(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.Unmap().IsLoopback()
}
