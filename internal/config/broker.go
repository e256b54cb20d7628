package config

import (
	"net/netip"
	"path/filepath"
	"strconv"
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/fault"
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
	PerRepository int           // requests a minute of one repository
	Strangers     int           // requests a second of all callers that no grant names
	Concurrency   int           // requests that wait for one connection's platform at once
	MaxStaleness  time.Duration // how long the last good policy is used after its file became unreadable
}

// Outbound is how the broker reaches issuers and platforms.
type Outbound struct {
	Proxy  string // "from-environment", a URL, or "" for none
	CAFile string
}

// DefaultLimits hold where broker.yaml does not say.
var DefaultLimits = Limits{PerRepository: 60, Strangers: 20, Concurrency: 64, MaxStaleness: time.Hour}

// ReadBroker reads the broker.yaml called name. Who may change it chooses which
// commands a broker runs, so a file that others can write is an error.
func ReadBroker(name string) (Broker, []check.Finding, error) {
	text, err := readGuarded(name, onlyOwnersWrite)
	if err != nil {
		return Broker{}, nil, fault.New(fault.Usage, "reading the configuration %s: %w", name, err)
	}
	b, findings := LoadBroker(name, []byte(text))
	return b, findings, nil
}

// LoadBroker reads a broker.yaml. Any finding means that the broker must not
// start with it. Relative paths in it start from its folder.
func LoadBroker(name string, text []byte) (Broker, []check.Finding) {
	file, problems := source.Parse(name, text)
	r := &reader{file: file, dir: filepath.Dir(name)}
	for _, p := range problems {
		r.report(p)
	}
	b := Broker{Replicas: 1, Limits: DefaultLimits, Decisions: "stdout"}
	if len(problems) == 0 {
		r.broker(&b)
	}
	check.Sort(r.findings)
	return b, r.findings
}

func (r *reader) broker(b *Broker) {
	isMap := r.fields(r.file.Root, "broker.yaml", readers{
		"version":         r.version,
		"instance":        r.scalar(matching(&b.Instance, instanceName, "1 to 32 lower-case letters, digits and -")),
		"public_url":      r.scalar(baseURL(&b.PublicURL)),
		"policy":          r.path(&b.Policy),
		"kill":            r.path(&b.Kill),
		"listen":          func(n *source.Node) { r.listen(n, &b.Listen) },
		"replicas":        func(n *source.Node) { r.replicas(n, &b.Replicas) },
		"lease_keys":      func(n *source.Node) { r.leaseKeys(n, &b.LeaseKeys) },
		"connections":     func(n *source.Node) { r.connections(n, &b.Connections) },
		"limits":          func(n *source.Node) { r.limits(n, &b.Limits) },
		"trusted_proxies": func(n *source.Node) { r.each(n, r.scalar(network(&b.TrustedProxies))) },
		"outbound":        func(n *source.Node) { r.outbound(n, &b.Outbound) },
		"decisions":       func(n *source.Node) { r.fields(n, "decisions", readers{"to": r.scalar(oneOf(&b.Decisions, "stdout"))}) },
		"replay":          r.notYet("a shared replay store"),
		"lambda_protocol": r.notYet("the lambda protocol"),
		"sweep":           r.notYet("the sweep"),
		"probe":           r.notYet("platform probes"),
	})
	if isMap {
		r.require(r.file.Root, "", "version", "instance", "public_url", "policy", "listen")
	}
}

// require reports keys that a map does not have.
func (r *reader) require(n *source.Node, prefix string, keys ...string) {
	for _, key := range keys {
		if n.Get(key) == nil {
			r.add(n, "missing-key", "%s%s is missing", prefix, key)
		}
	}
}

func (r *reader) replicas(n *source.Node, into *int) {
	r.scalar(number(into, 1, 100))(n)
	if *into > 1 {
		r.add(n, "shared-replay", "more than one replica needs a replay store that they share, and this version has none; run one")
	}
}

func (r *reader) listen(n *source.Node, l *Listen) {
	isMap := r.fields(n, "listen", readers{
		"address": r.scalar(address(&l.Address)),
		"admin":   r.notYet("an admin listener"),
		"tls":     func(n *source.Node) { r.tls(n, l) },
	})
	if isMap {
		r.require(n, "listen.", "address")
	}
}

// tls wants files: the certificate is read for each connection that begins.
func (r *reader) tls(n *source.Node, l *Listen) {
	if r.fields(n, "tls", readers{"cert": r.secret(&l.Cert, inFile), "key": r.secret(&l.Key, inFile)}) {
		r.require(n, "listen.tls.", "cert", "key")
	}
}

// leaseKeys come from no variable: every process of the user can read an
// environment.
func (r *reader) leaseKeys(n *source.Node, keys *[]Secret) {
	r.each(n, func(item *source.Node) {
		var s Secret
		r.secret(&s, inFile, fromCommand)(item)
		*keys = append(*keys, s)
	})
}

func (r *reader) connections(n *source.Node, all *[]Connection) {
	if !r.is(n, source.Map) {
		return
	}
	for _, f := range n.Fields {
		c := Connection{Name: f.Key.Text, Pos: r.place(f.Key.Pos)}
		r.key = "connection " + strconv.Quote(c.Name)
		r.fields(f.Value, "a connection", readers{
			"url":     r.scalar(baseURL(&c.URL)),
			"admin":   r.secret(&c.Admin, inFile, inEnv, fromCommand),
			"contact": r.scalar(text(&c.Contact)),
		})
		*all = append(*all, c)
	}
}

func (r *reader) limits(n *source.Node, l *Limits) {
	r.fields(n, "limits", readers{
		"requests_per_repository": r.scalar(rate(&l.PerRepository, "m")),
		"strangers":               r.scalar(rate(&l.Strangers, "s")),
		"concurrency":             r.scalar(number(&l.Concurrency, 1, 10_000)),
		"max_policy_staleness":    r.scalar(duration(&l.MaxStaleness, time.Minute, 24*time.Hour)),
	})
}

func (r *reader) outbound(n *source.Node, o *Outbound) {
	r.fields(n, "outbound", readers{"proxy": r.scalar(proxy(&o.Proxy)), "ca_file": r.path(&o.CAFile)})
}
