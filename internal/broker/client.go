package broker

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// client returns the address a request came from. What a proxy says of it counts
// only where the proxy is a trusted one.
func (b *Broker) client(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	if !b.trusts(host) {
		return host
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		addr, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil || !b.trusts(host) {
			break
		}
		host = addr.Unmap().String()
	}
	return host
}

// trusts reports whether host is a proxy whose word counts.
func (b *Broker) trusts(host string) bool {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(b.config.TrustedProxies, func(network netip.Prefix) bool { return network.Contains(addr.Unmap()) })
}
