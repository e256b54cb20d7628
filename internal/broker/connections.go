package broker

import (
	"maps"
	"slices"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/platform"
	"github.com/autoken/autoken/internal/policy"
)

// checkPolicy refuses a policy that this broker could not keep: one that grants
// what it has no connection for, and with Dev one that reaches beyond this
// machine.
func (b *Broker) checkPolicy(p *policy.Policy) error {
	for _, name := range slices.Sorted(maps.Keys(p.Connections)) {
		if err := b.checkConnection(name, p.Connections[name]); err != nil {
			return err
		}
	}
	for _, issuer := range p.Issuers() {
		if b.config.Dev && !isLocal(issuer.URL) {
			return fault.New(fault.Usage, "issuer %s: a development broker takes ID tokens of this machine alone", issuer.Name)
		}
	}
	return nil
}

func (b *Broker) checkConnection(name, wanted string) error {
	c, ok := b.config.Connections[name]
	known, _ := credential.LookupPlatform(wanted)
	_, issues := platform.Lookup(wanted)
	switch {
	case !ok:
		return fault.New(fault.Usage, "the policy names connection %s, and the configuration does not", name).
			WithHint("add it under connections: in the broker's configuration")
	case !issues:
		return fault.New(fault.Usage, "connection %s: this version cannot issue for platform %s", name, wanted)
	case c.Platform != wanted:
		return fault.New(fault.Usage, "connection %s is of platform %s in the policy and of %s here", name, wanted, c.Platform)
	case known.DevOnly && !b.config.Dev:
		return fault.New(fault.Usage, "connection %s: platform %s is for development alone", name, wanted).
			WithHint("start the broker with --dev")
	case b.config.Dev && !known.DevOnly:
		return fault.New(fault.Usage, "connection %s: a development broker issues for the sandbox alone, not for %s", name, wanted)
	}
	return nil
}
