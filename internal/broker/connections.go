package broker

import (
	"maps"
	"slices"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/platform"
	"github.com/autoken/autoken/internal/policy"
)

// checkConnections refuses a broker that could not issue what its policy grants.
func (b *Broker) checkConnections(p *policy.Policy) error {
	for _, name := range slices.Sorted(maps.Keys(p.Connections)) {
		if err := b.checkConnection(name, p.Connections[name]); err != nil {
			return err
		}
	}
	return nil
}

func (b *Broker) checkConnection(name, wanted string) error {
	c, ok := b.config.Connections[name]
	if !ok {
		return fault.New(fault.Usage, "the policy names connection %s, and the configuration does not", name).
			WithHint("add it under connections: in the broker's configuration")
	}
	if _, ok := platform.Lookup(wanted); !ok {
		return fault.New(fault.Usage, "connection %s: this version cannot issue for platform %s", name, wanted)
	}
	if c.Platform != wanted {
		return fault.New(fault.Usage, "connection %s is of platform %s in the policy and of %s here", name, wanted, c.Platform)
	}
	if known, _ := credential.LookupPlatform(wanted); known.DevOnly && !b.config.Dev {
		return fault.New(fault.Usage, "connection %s: platform %s is for development alone", name, wanted).
			WithHint("start the broker with --dev")
	}
	return nil
}
