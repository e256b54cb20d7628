package policy

import (
	"encoding/json"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/autoken/autoken/internal/source"
)

// fileSchemas are the schemas of a policy's files, ready to be asked.
type fileSchemas struct{ main, team, tests *jsonschema.Schema }

func compileSchemas(t *testing.T) fileSchemas {
	t.Helper()
	return fileSchemas{compileSchema(t, "policy", FileSchema()), compileSchema(t, "team", TeamSchema()), compileSchema(t, "tests", TestsSchema())}
}

func compileSchema(t *testing.T, name string, schema map[string]any) *jsonschema.Schema {
	t.Helper()
	text, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err = c.AddResource(name, doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// check asks about a file, as an editor would that reads its YAML.
func (s fileSchemas) check(name string, text []byte) error {
	file, _ := source.Parse(name, text)
	if file.Root == nil {
		return nil // an editor has other things to say about it
	}
	which := s.team
	switch {
	case path.Base(name) == FileName:
		which = s.main
	case IsSideCar(name):
		which = s.tests
	}
	return which.Validate(asJSON(file.Root))
}

// asJSON is what YAML readers make of a node. Days are texts, as in YAML 1.2.
func asJSON(n *source.Node) any {
	switch n.Kind {
	case source.Map:
		fields := map[string]any{}
		for _, f := range n.Fields {
			fields[f.Key.Text] = asJSON(f.Value)
		}
		return fields
	case source.List:
		items := []any{}
		for _, item := range n.Items {
			items = append(items, asJSON(item))
		}
		return items
	case source.Scalar:
		return scalarJSON(n)
	case source.Null, source.Bad:
	}
	return nil
}

func scalarJSON(n *source.Node) any {
	switch n.Type {
	case "bool":
		return n.Text == "true"
	case "int", "float":
		if v, err := strconv.Atoi(n.Text); err == nil {
			return v
		}
		return 0.5
	}
	return n.Text
}

// everything has each kind of issuer and each platform in it.
const everything = `version: 1
issuers:
  gh: {kind: github, url: "https://token.actions.githubusercontent.com/acme", audience: a, require: {repository_owner_id: [1342004], enterprise: acme}, single_use: token}
  data: {kind: github-ghecom, url: "https://token.actions.acme.ghe.com", audience: a, require: {repository_owner_id: 7}}
  ghes: {kind: github-server, url: "https://ghes.acme.example/_services/token", audience: a, max_token_age: 1h30m}
  gl: {kind: gitlab, url: "https://gitlab.acme.example", audience: a, jwks_url: "https://gitlab.acme.example/keys"}
  bk: {kind: buildkite, url: "https://agent.buildkite.com", audience: a, require: {organization_id: 0190a3c4-6d5e-4f60-8a7b-1c2d3e4f5a6b}}
  circle: {kind: circleci, url: "https://oidc.circleci.com", audience: a, require: {oidc.circleci.com/org-id: 6f1c7a52}}
  other: {kind: oidc, url: "https://oidc.acme.example", audience: a, algorithms: [ES256], single_use: job}
connections: {sonar: sonarqube, jf: artifactory, app: github, toys: sandbox}
limits: {ttl: {max: 2h, default: 15m, sonarqube: 1h, artifactory: 1h, github: 1h, sandbox: 90s}}
teams:
  all: {owner: o, may: {issuer: [gh, gl], repository_id: [1, "2"], ref: {glob: "refs/heads/*"}, connections: [app, jf], permissions: {contents: write}, groups: [a-b], repository_ids: ["7"], ttl: 1h, lambda: true}}
grants:
  - {id: a, issuer: gh, match: {repository: {glob: "acme/*"}, ref: refs/heads/main, environment: "", repo_property_tier: low, base_ref: main}, credential: {connection: toys}}
  - {id: b, issuer: data, match: {job_workflow_ref: acme/ci/.github/workflows/x.yml@refs/tags/v1}, unless: [{actor: [a, b]}], credential: {connection: app, repository_ids: [7], repositories: [a/b], permissions: {contents: read}}}
  - {id: c, issuer: ghes, match: {repository_id: [7, "8"], job_workflow_sha: 8f4b7c1e0d92a6b35c4f7e81d0a9b26c3e5f7a14, head_ref: {empty: true}}, credential: {connection: jf, groups: ["ci-{repository_id}"]}, lambda: true}
  - {id: d, issuer: gl, match: {project_id: 7, ref: main, ref_type: branch, runner_id: 12, pipeline_source: [push]}, credential: {connection: sonar, project: "{project_id}x", permissions: [scan]}, mode: observe}
  - {id: e, issuer: bk, match: {pipeline_id: x, build_branch: {glob: [main, "release/*"]}, build_number: [1, 2]}, credential: {connection: toys, ttl: 60s}, expires: 2027-06-30}
  - {id: f, issuer: circle, match: {oidc.circleci.com/project-id: x, oidc.circleci.com/vcs-ref: refs/heads/main, oidc.circleci.com/ssh-rerun: false, oidc.circleci.com/context-ids: [a]}, credential: {connection: toys}, labels: [x]}
  - {id: g, issuer: other, match: {sub: [x, y], email_verified: true}, credential: {connection: toys}, owner: o, description: d}
tests:
  - {name: n, from: github/push, set: {a: 1, b: [x], c: true, d: ""}, unset: [ref], request: {grant: a}, expect: deny, why: event}
ignore:
  - {rule: org-wide, grant: a, reason: agreed, until: 2027-06-30}
`

// examplePolicies are those of testdata/policies, and one with everything.
func examplePolicies(t *testing.T) map[string]fs.FS {
	t.Helper()
	all := map[string]fs.FS{"everything": fstest.MapFS{FileName: {Data: []byte(everything)}}}
	mains, err := filepath.Glob("../../testdata/policies/*/" + FileName)
	if err != nil || len(mains) == 0 {
		t.Fatalf("no policies: %v", err)
	}
	for _, main := range mains {
		all[main] = os.DirFS(filepath.Dir(main))
	}
	return all
}

func eachFile(t *testing.T, fsys fs.FS, visit func(name string, text []byte)) {
	t.Helper()
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".yaml") {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		visit(name, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSchemasFitThePolicies(t *testing.T) {
	schemas := compileSchemas(t)
	for name, fsys := range examplePolicies(t) {
		if policy, findings, err := Load(fsys, ".", Options{Dev: true}); policy == nil {
			t.Errorf("%s does not load: %v %v", name, findings, err)
		}
		eachFile(t, fsys, func(file string, text []byte) {
			if err := schemas.check(file, text); err != nil {
				t.Errorf("%s, %s: %v", name, file, err)
			}
		})
	}
}

// seen are the rules whose breach a schema sees wherever it is.
var seen = []string{
	"unknown-key", "missing-key", "version", "audience-missing", "multiple-audiences", "wildcard-in-exact", "glob-on-identity", "ref-spelling",
	"callee-ref-unpinned", "sub-starts-with-free-claim", "empty-list", "unknown-permission", "admin-scope", "size-value", "bad-value", "unknown-claim",
}

// unseen are the data files in which one of those rules is broken in a way that
// needs more than a look at the value.
var unseen = map[string]string{
	"template-braces": "what a template becomes is checked by its platform",
	"ttl-over-cap":    "0s is a duration, and none that a credential can have",

	"bundle-in-a-bundle": "a bundled file is a text",
	"bundle-positions":   "a bundled file is a text",
}

func TestSchemasRefuseWhatTheySee(t *testing.T) {
	schemas := compileSchemas(t)
	for _, name := range badFiles(t) {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		want := fileOf(archive, "want")
		breaks := slices.ContainsFunc(seen, func(rule string) bool { return strings.Contains(want, "["+rule+"]") })
		refused := false
		eachFile(t, archiveFS(archive), func(file string, text []byte) { refused = refused || schemas.check(file, text) != nil })
		reason, known := unseen[strings.TrimSuffix(filepath.Base(name), ".txtar")]
		if breaks && refused == known {
			t.Errorf("%s: refused %v, and listed as unseen: %q", name, refused, reason)
		}
	}
}

// A schema never refuses a file that Load accepts: whatever a policy is changed
// into.
func TestSchemasNeverRefuseWhatLoads(t *testing.T) {
	schemas := compileSchemas(t)
	random := rand.New(rand.NewPCG(3, 1))
	loaded := 0
	for name, fsys := range examplePolicies(t) {
		for range 60 {
			changed := mutate(t, random, fsys)
			policy, _, err := Load(changed, ".", Options{Dev: true, Tests: true})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if policy == nil {
				continue
			}
			loaded++
			eachFile(t, changed, func(file string, text []byte) {
				if err := schemas.check(file, text); err != nil {
					t.Fatalf("%s loads, and its schema says: %v\n%s", file, err, text)
				}
			})
		}
	}
	if loaded < 20 {
		t.Errorf("only %d of the changed policies loaded", loaded)
	}
}

// mutate changes one value somewhere in a policy.
func mutate(t *testing.T, random *rand.Rand, fsys fs.FS) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	var names []string
	eachFile(t, fsys, func(name string, text []byte) {
		files[name] = &fstest.MapFile{Data: text}
		names = append(names, name)
	})
	name := names[random.IntN(len(names))]
	file, _ := source.Parse(name, files[name].Data)
	doc := asJSON(file.Root)
	text, err := yaml.Marshal(mutated(random, doc, allKeys(doc)))
	if err != nil {
		t.Fatal(err)
	}
	files[name] = &fstest.MapFile{Data: text}
	return files
}

var pool = []any{
	"", "x", "1", 1, 0, "main", "refs/heads/main", "refs/", "ref", true, false, "2027-06-30", "15m", "1.5h", "+30s", "60000ms", "gh", "sonar-prod",
	[]any{},
	[]any{"push"},
	[]any{"456789", 456790},
	map[string]any{},
	map[string]any{"glob": "refs/**"},
	map[string]any{"glob": "**"},
	map[string]any{"glob": []any{"acme/*", "acme/**"}},
	map[string]any{"empty": true},
	map[string]any{"contents": "read"},
	nil,
	"acme/ci/.github/workflows/x.yml@refs/heads/main",
	map[string]any{"glob": "acme/**/x.yml@refs/tags/v1"},
	"a-b", "@acme/x",
}

// mutated returns a value with one change inside it, or in its place.
func mutated(random *rand.Rand, value any, keys []string) any {
	switch v := value.(type) {
	case map[string]any:
		return mutatedMap(random, v, keys)
	case []any:
		if len(v) > 0 && random.IntN(4) > 0 {
			i := random.IntN(len(v))
			changed := slices.Clone(v)
			changed[i] = mutated(random, v[i], keys)
			return changed
		}
		return append(slices.Clone(v), pool[random.IntN(len(pool))])
	}
	return pool[random.IntN(len(pool))]
}

func mutatedMap(random *rand.Rand, fields map[string]any, keys []string) any {
	changed := maps.Clone(fields)
	own := slices.Sorted(maps.Keys(fields))
	switch choice := random.IntN(12); {
	case choice == 0:
		changed[keys[random.IntN(len(keys))]] = pool[random.IntN(len(pool))]
	case len(own) == 0:
	case choice == 1:
		delete(changed, own[random.IntN(len(own))])
	case choice == 2:
		changed[own[random.IntN(len(own))]] = pool[random.IntN(len(pool))]
	default:
		name := own[random.IntN(len(own))]
		changed[name] = mutated(random, fields[name], keys)
	}
	return changed
}

// allKeys are the words that a key could be.
func allKeys(doc any) []string {
	keys := []string{
		"unless", "owner", "labels", "expires", "mode", "lambda", "ttl", "head_ref", "base_ref", "sub", "workflow_ref", "job_workflow_ref", "run_id",
		"sha", "environment", "require", "single_use", "max_token_age", "why", "unset", "set", "repo_property_tier", "groups", "permissions", "until",
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, item := range v {
				keys = append(keys, name)
				walk(item)
			}
		case []any:
			for _, item := range v {
				walk(item)
			}
		}
	}
	walk(doc)
	return sortedSet(keys)
}
