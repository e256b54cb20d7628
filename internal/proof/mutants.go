package proof

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/autoken/autoken/internal/identity"
)

func number(n int64) json.Number { return json.Number(strconv.FormatInt(n, 10)) }

// mutantsOf lists the mutants of a kind's jobs.
func mutantsOf(kind *identity.Kind) []mutant {
	switch kind.Name {
	case "gitlab":
		return gitlabMutants
	case "buildkite":
		return buildkiteMutants
	case "circleci":
		return circleciMutants
	case "oidc":
		return oidcMutants
	}
	return githubMutants
}

// set makes a mutant by giving claims other values.
func set(values identity.Claims) func(*job) bool {
	return func(j *job) bool {
		for name, value := range values {
			j.claims[name] = value
		}
		return true
	}
}

// with makes a mutant of a claim's own value.
func with(claim string, other func(text string) string) func(*job) bool {
	return func(j *job) bool {
		text := j.text(claim)
		if text == "" {
			return false
		}
		j.claims[claim] = other(text)
		return true
	}
}

// at makes a mutant by moving the job to another ref.
func at(ref func(j *job) string) func(*job) bool {
	return func(j *job) bool {
		to := ref(j)
		if to == "" {
			return false
		}
		j.kind.Move(j.claims, to)
		if _, known := j.kind.Claim("ref_type"); known {
			j.claims["ref_type"] = settle(j.kind, j.claims)["ref_type"]
		}
		return true
	}
}

func fixed(ref string) func(*job) string { return func(*job) string { return ref } }

// fullRef is the ref of a job in full.
func (j *job) fullRef() string {
	for _, claim := range []string{"ref_path", "ref", "oidc.circleci.com/vcs-ref"} {
		if ref := j.text(claim); strings.HasPrefix(ref, "refs/") {
			return ref
		}
	}
	if tag := j.text("build_tag"); tag != "" {
		return "refs/tags/" + tag
	}
	if branch := j.text("build_branch"); branch != "" {
		return "refs/heads/" + branch
	}
	return ""
}

// namesake is the ref of the other kind with the same name: a tag called like the
// branch, a branch called like the tag.
func namesake(from, to string) func(*job) string {
	return func(j *job) string {
		name, ok := strings.CutPrefix(j.fullRef(), from)
		if !ok {
			return ""
		}
		return to + name
	}
}

// refMutants are the same for all kinds, but for the claims.
func refMutants(about ...string) []mutant {
	return []mutant{
		{"another branch", about, plain, at(fixed("refs/heads/another-branch"))},
		{"a branch whose name begins alike", about, plain, at(func(j *job) string { return suffixed(j.fullRef(), "refs/heads/") })},
		{"another tag", about, plain, at(func(j *job) string { return suffixed(j.fullRef(), "refs/tags/") })},
		{"a tag named like the branch", about, plain, at(namesake("refs/heads/", "refs/tags/"))},
		{"a branch named like the tag", about, plain, at(namesake("refs/tags/", "refs/heads/"))},
		{"a branch that is called refs/tags/…", about, plain, at(namesake("refs/tags/", "refs/heads/refs/tags/"))},
	}
}

func suffixed(ref, prefix string) string {
	if !strings.HasPrefix(ref, prefix) {
		return ""
	}
	return ref + "-evil"
}

func suffix(text string) string { return text + "-evil" }

// lastAlike puts something before the last name of a path.
func lastAlike(path string) string {
	i := strings.LastIndexByte(path, '/') + 1
	return path[:i] + "evil-" + path[i:]
}

// ownerAlike puts something behind the first name of a path.
func ownerAlike(path string) string {
	owner, rest, _ := strings.Cut(path, "/")
	return owner + "-evil/" + rest
}

// swapCase returns text with its first letter in the other case.
func swapCase(text string) string {
	if upper := strings.ToUpper(text[:1]); upper != text[:1] {
		return upper + text[1:]
	}
	return strings.ToLower(text[:1]) + text[1:]
}

// environmentMutants change the environment of a job that has one, or of a grant
// that speaks of one.
func environmentMutants() []mutant {
	about := []string{"environment"}
	when := func(change func(*job) bool) func(*job) bool {
		return func(j *job) bool { return (j.text("environment") != "" || j.mentions("environment")) && change(j) }
	}
	return []mutant{
		{"another environment", about, plain, when(set(identity.Claims{"environment": "another"}))},
		{"no environment", about, plain, when(func(j *job) bool {
			for _, name := range []string{"environment", "environment_node_id", "environment_protected", "deployment_tier"} {
				delete(j.claims, name)
			}
			return true
		})},
		{"the environment in another case", about, plain, when(with("environment", swapCase))},
	}
}

var oidcMutants = []mutant{
	{"another subject", []string{"sub"}, plain, set(identity.Claims{"sub": "another"})},
	{"a subject that begins alike", []string{"sub"}, nameAlike, with("sub", suffix)},
	{"a subject that ends alike", []string{"sub"}, nameAlike, with("sub", func(text string) string { return "evil-" + text })},
	{"the subject in another case", []string{"sub"}, plain, with("sub", swapCase)},
}
