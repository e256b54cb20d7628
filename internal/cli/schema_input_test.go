package cli

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/config"
)

const brokerExample = `
version: 1
instance: acme-prod
public_url: https://autoken.acme.example
policy: policy
kill: kill.yaml
listen:
  address: 127.0.0.1:8443
  tls: {cert: {file: tls.crt}, key: {file: tls.key}}
replicas: 1
lease_keys: [{file: lease.key}, {command: [PROGRAM, lease]}]
connections:
  sonar: {url: https://sonar.acme.example, admin: {env: SONAR_ADMIN}, contact: "#sonar"}
limits: {requests_per_repository: 60/m, strangers: 20/s, concurrency: 64, max_policy_staleness: 1h30m}
trusted_proxies: [10.0.0.0/8]
outbound: {proxy: from-environment, ca_file: acme.pem}
decisions: {to: stdout}
`

// loads is whether autoken takes a file, and what it says.
type loads func(t *testing.T, doc map[string]any) (ok bool, says string)

func brokerLoads(t *testing.T, doc map[string]any) (bool, string) {
	t.Helper()
	text, err := yaml.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	_, findings := config.LoadBroker("broker.yaml", text)
	return !check.AtLeast(findings, check.Error), findingText(findings)
}

func findingText(findings []check.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		b.WriteString(f.String() + "\n")
	}
	return b.String()
}

func yamlDoc(t *testing.T, text string) map[string]any {
	t.Helper()
	var doc map[string]any
	program := filepath.ToSlash(filepath.Join(t.TempDir(), "read-key")) // absolute on every system
	if err := yaml.Unmarshal([]byte(strings.ReplaceAll(text, "PROGRAM", program)), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// agree fails where schema and program think differently of a file.
func agree(t *testing.T, f schemaFormat, load loads, doc map[string]any, what string) (says string) {
	t.Helper()
	ok, says := load(t, doc)
	if err := f.fits(t, doc); (err == nil) != ok {
		t.Errorf("%s with %s: the schema says %v, the program loads it: %v\n%s", f.name, what, err, ok, says)
	}
	return says
}

// eachMap visits every map of a document together with its place in the schema.
func (f schemaFormat) eachMap(node map[string]any, value any, visit func(schema, fields map[string]any)) {
	if ref, ok := node["$ref"].(string); ok {
		node = f.top["definitions"].(map[string]any)[strings.TrimPrefix(ref, "#/definitions/")].(map[string]any)
	}
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			if inner, ok := node["items"].(map[string]any); ok {
				f.eachMap(inner, item, visit)
			}
		}
	case map[string]any:
		free, named := node["additionalProperties"].(map[string]any)
		if !named {
			visit(node, v)
		}
		properties, _ := node["properties"].(map[string]any)
		for name, item := range v {
			inner, ok := properties[name].(map[string]any)
			if !ok {
				inner = free
			}
			f.eachMap(inner, item, visit)
		}
	}
}

// Wherever a key is left away or added, schema and broker agree; what the broker
// knows and the schema does not is something that it refuses.
func TestSchemaBrokerAgrees(t *testing.T) {
	f, doc := formatOf(t, "broker"), yamlDoc(t, brokerExample)
	if says := agree(t, f, brokerLoads, doc, "nothing changed"); says != "" {
		t.Fatal(says)
	}
	f.eachMap(f.top, doc, func(schema, fields map[string]any) {
		properties, _ := schema["properties"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			value := fields[name]
			delete(fields, name)
			agree(t, f, brokerLoads, doc, "no "+name)
			fields[name] = value
		}
		fields["nonsense"] = "x"
		says := agree(t, f, brokerLoads, doc, "nonsense")
		delete(fields, "nonsense")
		_, known, _ := strings.Cut(says, "known: ")
		known, _, _ = strings.Cut(known, " [")
		for name := range strings.SplitSeq(known, ", ") {
			if properties[name] == nil {
				fields[name] = "x"
				agree(t, f, brokerLoads, doc, name)
				delete(fields, name)
			}
		}
		for name := range properties {
			if !slices.Contains(strings.Split(known, ", "), name) {
				t.Errorf("the schema has %s, and the broker knows %s", name, known)
			}
		}
	})
}

func TestSchemaBrokerRefuses(t *testing.T) {
	f := formatOf(t, "broker")
	for _, bad := range []string{
		"version: 2", "instance: ACME", "public_url: http://autoken.acme.example", "public_url: https://user@autoken.acme.example",
		"public_url: https://autoken.acme.example?x=1", "replicas: 2", "replicas: 0", "decisions: {to: syslog}", "trusted_proxies: [everyone]",
		"lease_keys: [{env: LEASE_KEY}]", "lease_keys: [{file: a, command: [PROGRAM]}]", "lease_keys: {file: a}", "lease_keys: [{command: [read-key]}]", "listen: {address: ':8443', tls: {cert: {file: a}}}", "listen: {address: localhost}", "listen: {address: ':8443', tls: {cert: {file: a}, key: {env: TLS_KEY}}}", "trusted_proxies: [0.0.0.0/0]", "outbound: {proxy: none}",
		"limits: {strangers: 20/m}", "limits: {requests_per_repository: 60}", "limits: {concurrency: 0}", "limits: {max_policy_staleness: soon}",
		"connections: [sonar]", "connections: {sonar: {url: sonar}}", "connections: {sonar: {admin: {}}}", "replay: {redis: {file: a}}", "grants: []",
	} {
		doc := yamlDoc(t, brokerExample)
		maps.Copy(doc, yamlDoc(t, bad))
		if says := agree(t, f, brokerLoads, doc, bad); says == "" {
			t.Errorf("%s is accepted", bad)
		}
	}
}

const configExample = `
broker: https://autoken.acme.example
grant: [payments/sonar, payments/publish]
audience: https://autoken.acme.example
id-token-file: token
id-token-env: TOKEN
timeout: 90s
ca-file: acme.pem
client-cert: client.pem
client-key: client.key
protocol: token-exchange
platform: sonarqube
target: acme_payments
platform-url: https://sonar.acme.example
rename: ["SONAR_TOKEN=MY_TOKEN", "payments/publish:ARTIFACTORY_TOKEN=JF"]
export: output
dry-run: true
strict-logout: true
no-mask: true
action-state: true
as-grant: true
format: json
color: never
quiet: true
verbose: 2
`

func loadConfig(t *testing.T, doc map[string]any) (config.Client, error) {
	t.Helper()
	text, err := yaml.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	config.AddFlags(flags, config.Settings)
	if err = flags.Parse([]string{"--config", "autoken.yaml"}); err != nil {
		t.Fatal(err)
	}
	client, _, err := config.Load(config.Source{
		Flags: flags, Settings: config.Settings, ReadFile: func(string) ([]byte, error) { return text, nil },
	})
	return client, err
}

func configLoads(t *testing.T, doc map[string]any) (bool, string) {
	t.Helper()
	_, err := loadConfig(t, doc)
	if err != nil {
		return false, err.Error()
	}
	return true, ""
}

func TestSchemaConfigLoads(t *testing.T) {
	f, doc := formatOf(t, "config"), yamlDoc(t, configExample)
	agree(t, f, configLoads, doc, "everything")
	got, err := loadConfig(t, doc)
	want := config.Client{
		Broker: "https://autoken.acme.example", Grants: []string{"payments/sonar", "payments/publish"}, Audience: "https://autoken.acme.example",
		IDTokenFile: "token", IDTokenEnv: "TOKEN", Timeout: 90 * time.Second, CAFile: "acme.pem", ClientCert: "client.pem", ClientKey: "client.key",
		Protocol: "token-exchange", Platform: "sonarqube", Target: "acme_payments", PlatformURL: "https://sonar.acme.example",
		Rename: []string{"SONAR_TOKEN=MY_TOKEN", "payments/publish:ARTIFACTORY_TOKEN=JF"}, Export: "output",
		DryRun: true, StrictLogout: true, ActionState: true, NoMask: true, AsGrant: true, Format: "json", Color: "never", Quiet: true, Verbose: 2,
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(want)); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	for _, good := range []string{"protocol: lambda", "export: env", "format: table", "color: auto", "color: always", "timeout: 1h"} {
		changed := maps.Clone(doc)
		maps.Copy(changed, yamlDoc(t, good))
		if says := agree(t, f, configLoads, changed, good); says != "" {
			t.Errorf("%s: %s", good, says)
		}
	}
	for _, bad := range []string{"protocol: oauth", "export: file", "format: xml", "color: blue", "nonsense: 1", "timeout: soon", "timeout: 60"} {
		spoiled := maps.Clone(doc)
		maps.Copy(spoiled, yamlDoc(t, bad))
		if says := agree(t, f, configLoads, spoiled, bad); says == "" {
			t.Errorf("%s is accepted", bad)
		}
	}
}

// Every setting is a property of its own type, with its own default.
func TestSchemaConfigListsTheSettings(t *testing.T) {
	properties := formatOf(t, "config").top["properties"].(map[string]any)
	types := map[string]any{}
	for _, s := range config.Settings {
		if s.Name == "config" {
			continue // a file does not name itself
		}
		types[s.Name] = typeOf(s.Default)
		property, _ := properties[s.Name].(map[string]any)
		if diff := cmp.Diff(defaultOf(s.Default), property["default"]); diff != "" {
			t.Errorf("the default of %s: %s", s.Name, diff)
		}
	}
	got := map[string]any{}
	for name, property := range properties {
		if got[name] = property.(map[string]any)["type"]; got[name] == nil {
			got[name] = "string" // one of a closed list
		}
	}
	if diff := cmp.Diff(types, got); diff != "" {
		t.Errorf("settings and properties differ:\n%s", diff)
	}
}

func typeOf(value any) string {
	switch value.(type) {
	case bool:
		return "boolean"
	case int:
		return "integer"
	case []string:
		return "array"
	default:
		return "string"
	}
}

// defaultOf is how a schema writes a default; what means "nothing" is left out.
func defaultOf(value any) any {
	switch v := value.(type) {
	case time.Duration:
		return v.String()
	case string:
		if v != "" {
			return v
		}
	case bool:
		return v
	}
	return nil
}
