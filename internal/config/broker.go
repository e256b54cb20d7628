package config

import (
	"net/netip"
	"path/filepath"
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/source"
)

// Broker is broker.yaml: how a broker is reached, what it guards, and its
// limits. Which job may get what stands in the policy.
type Broker struct {
	Instance       string // in leases, replay keys and token names
	PublicURL      string // the audience that clients send; without a trailing slash
	Policy         string // file or directory
	Kill           string // file; "" for none
	Listen         Listen
	Replicas       int
	LeaseKeys      []Secret // the first seals, all open
	Connections    []Connection
	Limits         Limits
	TrustedProxies []netip.Prefix // whose X-Forwarded-For counts
	Outbound       Outbound
	Decisions      string // "stdout"
}

// Listen is where the broker is reached.
type Listen struct {
	Address string // host:port of the public listener
	Cert    Secret // TLS; the zero Secret where something before the broker ends TLS
	Key     Secret
	Admin   string // host:port of /metrics and the detailed /readyz; "" for none
}

// Connection is one platform installation.
type Connection struct {
	Name    string
	Pos     check.Pos
	URL     string
	Admin   Secret
	Contact string
}

// Limits bound what callers can cost.
type Limits struct {
	PerRepository int // requests a minute of one repository
	Strangers     int // requests a second of all callers that no grant names
	Concurrency   int
	MaxStaleness  time.Duration // how long the last good policy is used after its file became unreadable
}

// Outbound is how the broker reaches issuers and platforms.
type Outbound struct {
	Proxy  string // "from-environment", a URL, or "" for none
	CAFile string
}

// DefaultLimits hold where broker.yaml does not say.
var DefaultLimits = Limits{PerRepository: 60, Strangers: 20, Concurrency: 64, MaxStaleness: time.Hour}

// LoadBroker reads a broker.yaml. Any finding means that the broker must not
// start with it. Relative paths in it start from its folder.
func LoadBroker(name string, text []byte) (Broker, []check.Finding) {
	file, problems := source.Parse(name, text)
	r := &reader{file: file, dir: filepath.Dir(name)}
	for _, p := range problems {
		r.findings = append(r.findings, finding(file, p.Rule, p.Pos, 1, p.Message))
	}
	b := Broker{Replicas: 1, Limits: DefaultLimits, Decisions: "stdout"}
	if len(problems) == 0 {
		r.broker(&b)
	}
	check.Sort(r.findings)
	return b, r.findings
}

func (r *reader) broker(b *Broker) {
	r.fields(r.file.Root, "broker.yaml", map[string]func(*source.Node){
		"version":         r.version,
		"instance":        r.match(&b.Instance, instanceName),
		"public_url":      r.url(&b.PublicURL),
		"policy":          r.path(&b.Policy),
		"kill":            r.path(&b.Kill),
		"listen":          func(n *source.Node) { r.listen(n, &b.Listen) },
		"replicas":        r.number(&b.Replicas, 1, 100),
		"lease_keys":      func(n *source.Node) { r.leaseKeys(n, &b.LeaseKeys) },
		"connections":     func(n *source.Node) { r.connections(n, &b.Connections) },
		"limits":          func(n *source.Node) { r.limits(n, &b.Limits) },
		"trusted_proxies": func(n *source.Node) { r.networks(n, &b.TrustedProxies) },
		"outbound":        func(n *source.Node) { r.outbound(n, &b.Outbound) },
		"decisions": func(n *source.Node) {
			r.fields(n, "decisions", map[string]func(*source.Node){"to": r.oneOf(&b.Decisions, "stdout")})
		},
		"replay":          r.notYet("a shared replay store"),
		"lambda_protocol": r.notYet("the lambda protocol"),
		"sweep":           r.notYet("the sweep"),
		"probe":           r.notYet("platform probes"),
	})
	r.require(b)
}

func (r *reader) require(b *Broker) {
	for _, required := range []struct{ key, value string }{
		{"instance", b.Instance}, {"public_url", b.PublicURL}, {"policy", b.Policy}, {"listen.address", b.Listen.Address},
	} {
		if required.value == "" {
			r.add(r.file.Root, "missing-key", "%s is missing", required.key)
		}
	}
	if b.Replicas > 1 {
		r.add(r.file.Root, "shared-replay", "more than one replica needs a replay store that they share, and this version has none; run one")
	}
	if b.Listen.Cert.IsZero() != b.Listen.Key.IsZero() {
		r.add(r.file.Root, "missing-key", "listen.tls needs both cert and key")
	}
}

func (r *reader) listen(n *source.Node, l *Listen) {
	r.fields(n, "listen", map[string]func(*source.Node){
		"address": r.text(&l.Address),
		"admin":   r.text(&l.Admin),
		"tls": func(n *source.Node) {
			r.fields(n, "tls", map[string]func(*source.Node){"cert": r.secret(&l.Cert, true), "key": r.secret(&l.Key, true)})
		},
	})
}

func (r *reader) leaseKeys(n *source.Node, keys *[]Secret) {
	r.each(n, "lease_keys", func(item *source.Node) {
		var s Secret
		r.secret(&s, false)(item)
		*keys = append(*keys, s)
	})
}

func (r *reader) connections(n *source.Node, all *[]Connection) {
	if !r.is(n, source.Map, "connections") {
		return
	}
	for _, f := range n.Fields {
		c := Connection{Name: f.Key.Text, Pos: r.pos(f.Key)}
		r.fields(f.Value, "a connection", map[string]func(*source.Node){
			"url": r.url(&c.URL), "admin": r.secret(&c.Admin, true), "contact": r.text(&c.Contact),
		})
		*all = append(*all, c)
	}
}

func (r *reader) limits(n *source.Node, l *Limits) {
	r.fields(n, "limits", map[string]func(*source.Node){
		"requests_per_repository": r.rate(&l.PerRepository, "m"),
		"strangers":               r.rate(&l.Strangers, "s"),
		"concurrency":             r.number(&l.Concurrency, 1, 10_000),
		"max_policy_staleness":    r.duration(&l.MaxStaleness),
	})
}

func (r *reader) outbound(n *source.Node, o *Outbound) {
	r.fields(n, "outbound", map[string]func(*source.Node){"proxy": r.text(&o.Proxy), "ca_file": r.path(&o.CAFile)})
}
