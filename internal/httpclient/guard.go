package httpclient

import (
	"errors"
	"net/netip"
	"slices"
)

// special lists what netip has no question for: shared, documentation, test and
// reserved networks, and the IPv6 networks that carry an IPv4 address inside.
// Source: the IANA special-purpose address registries.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // carrier-grade NAT; cloud metadata at 100.100.100.200
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"), // IPv4-compatible
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"), // Teredo among them
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), // 6to4
	netip.MustParsePrefix("fec0::/10"),
}

// nat64 is how hosts with IPv6 alone reach IPv4, so its addresses count as the
// ones inside.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

var (
	errNotPublic   = errors.New("its address is not a public one")
	errNotLoopback = errors.New("plain http is only for this machine itself (127.0.0.1, ::1)")
)

// Public is a Guard that admits addresses of the public internet alone: what a
// stranger named must not lead into the network around us or to the cloud's
// metadata service.
func Public(addr netip.Addr) error {
	addr = inner(addr)
	if !addr.IsGlobalUnicast() || addr.IsPrivate() {
		return errNotPublic
	}
	if slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(addr) }) {
		return errNotPublic
	}
	return nil
}

// inner returns the IPv4 address that addr stands for, or addr.
func inner(addr netip.Addr) netip.Addr {
	addr = addr.WithZone("").Unmap()
	if !nat64.Contains(addr) {
		return addr
	}
	raw := addr.As16()
	return netip.AddrFrom4([4]byte(raw[12:]))
}

func loopback(addr netip.Addr) error {
	if !addr.Unmap().IsLoopback() {
		return errNotLoopback
	}
	return nil
}
