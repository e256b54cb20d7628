package proof

import (
	"embed"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

//go:embed mutants/*.txt
var mutantFiles embed.FS

// mutant is a job that is nearly one that a grant allows, and that nobody means
// to admit.
type mutant struct {
	name  string
	about []string // the claims that make the difference
	evil  string   // how far a pattern excuses a grant that admits it

	// changes make an allowed job the mutant, one behind the other. There is no such
	// mutant of a job that one of them cannot be made to.
	//
	//	claim=value   gives a claim another value
	//	-claim        takes a claim away
	//	event=name    says that something else started the job
	//	move=ref      runs the job for another ref
	//	source=name   takes another repository, with its files
	//	file=path     starts another workflow file, at the same ref
	//	!claim        goes on where the job has the claim
	//	?claim        goes on where the grant speaks of the claim
	//	~claim        goes on in both cases
	//
	// In values {claim} stands for what the job has, and other words for parts of it:
	// see job.word.
	changes []string
}

// How far a pattern excuses a grant; without a word it does, because it was
// written to admit such jobs.
const (
	nameAlike = "names" // not where the pattern ends in the middle of a name
	always    = "never" // nothing does
)

// mutantsOf lists the mutants of a kind's jobs.
func mutantsOf(kind *identity.Kind) []mutant {
	name, _, _ := strings.Cut(kind.Name, "-") // GitHub's three kinds have the same
	text, _ := mutantFiles.ReadFile("mutants/" + name + ".txt")
	var all []mutant
	for line := range strings.Lines(string(text)) {
		parts := strings.Split(line, "|")
		if strings.HasPrefix(line, "#") || len(parts) != 4 {
			continue
		}
		all = append(all, mutant{strings.TrimSpace(parts[0]), strings.Fields(parts[1]), strings.TrimSpace(parts[2]), strings.Fields(parts[3])})
	}
	return all
}

// absences are tokens without a claim that "unless" goes by.
func absences(g *policy.Grant) []mutant {
	var all []mutant
	var seen []string
	for _, b := range g.Unless {
		for _, m := range b.Matches {
			if name := m.Claim.Name; !slices.Contains(seen, name) {
				seen = append(seen, name)
				all = append(all, mutant{"a token without " + name + ", which unless names", []string{name}, always, []string{"-" + name}})
			}
		}
	}
	return all
}

// job is the job that a mutant is made of.
type job struct {
	grant  *policy.Grant
	kind   *identity.Kind
	claims identity.Claims
}

func (j *job) text(claim string) string {
	text, _ := j.claims.Text(claim)
	return text
}

// asks returns the conditions on a claim, of the grant and of its issuer for all
// grants.
func (j *job) asks(claim string) []policy.Match {
	var found []policy.Match
	for _, m := range slices.Concat(j.grant.Match, j.grant.Issuer.Require) {
		if m.Claim.Name == claim {
			found = append(found, m)
		}
	}
	return found
}

// become makes the job a mutant, and reports whether it can be one.
func (j *job) become(m mutant) bool {
	for _, change := range m.changes {
		if !j.change(change) {
			return false
		}
	}
	return true
}

func (j *job) change(change string) bool {
	claim := change[1:]
	switch change[0] {
	case '!':
		return j.text(claim) != ""
	case '?':
		return len(j.asks(claim)) > 0
	case '~':
		return j.text(claim) != "" || len(j.asks(claim)) > 0
	case '-':
		delete(j.claims, claim)
		return true
	}
	target, template, _ := strings.Cut(change, "=")
	value, ok := j.fill(template)
	if !ok {
		return false
	}
	return j.give(target, value)
}

// give makes one change for which a value is needed.
func (j *job) give(target, value string) bool {
	switch target {
	case "move":
		j.kind.Move(j.claims, value)
		if _, known := j.kind.Claim("ref_type"); known {
			j.claims["ref_type"] = settle(j.kind, j.claims)["ref_type"]
		}
	case "source":
		j.rename(value)
	case "file":
		j.restart(value)
	case "event":
		before := j.text(j.kind.Event)
		j.claims[j.kind.Event] = value
		return before != value
	default:
		c, _ := j.kind.Claim(target)
		j.claims[target] = typed(c, value)
	}
	return true
}

// rename makes a job's repository another one, and its workflow files that one's.
func (j *job) rename(after string) {
	before := j.text(j.kind.Repository)
	j.claims[j.kind.Repository] = after
	for _, claim := range fileClaims {
		text := "/" + j.text(claim)
		if i := strings.Index(text, "/"+before+"/"); i >= 0 {
			j.claims[claim] = strings.TrimPrefix(text[:i+1]+after+text[i+1+len(before):], "/")
		}
	}
}

// restart names another workflow file. A job that calls no other workflow runs in
// the file that was started.
func (j *job) restart(file string) {
	before := j.startedBy()
	_, ref := identity.CutFileRef(before)
	for _, claim := range fileClaims {
		if j.text(claim) == before {
			j.claims[claim] = file + "@" + ref
		}
	}
}

// fileClaims name the file that a job was started from, and the one that it runs.
var fileClaims = []string{"workflow_ref", "ci_config_ref_uri", "job_workflow_ref"}

// startedBy is the file that the job was started from, and its ref.
func (j *job) startedBy() string { return j.text(fileClaims[0]) + j.text(fileClaims[1]) }

// fill puts in what stands in braces. It reports whether the job has all of that.
func (j *job) fill(template string) (string, bool) {
	before, rest, found := strings.Cut(template, "{")
	if !found {
		return template, true
	}
	name, after, _ := strings.Cut(rest, "}")
	word := j.word(name)
	filled, ok := j.fill(after)
	return before + word + filled, ok && word != ""
}

// word returns what a word in braces stands for: parts of the repository's name,
// of its branch or tag and of its workflow files, or else a claim. It is "" where
// the job has no such thing.
func (j *job) word(name string) string {
	ref := j.fullRef()
	switch name {
	case "owner":
		return upToSlash(j.text(j.kind.Repository))
	case "name":
		return fromSlash(j.text(j.kind.Repository))
	case "branch":
		return behind(ref, "refs/heads/")
	case "tag":
		return behind(ref, "refs/tags/")
	case "run": // the branch that other events run for
		if behind(ref, "refs/heads/") != "" {
			return ref
		}
		return "refs/heads/main"
	case "dir":
		return upToSlash(fileOf(j.startedBy()))
	case "stem":
		return stem(fileOf(j.startedBy()))
	case "callee":
		return fileOf(j.text("job_workflow_ref"))
	case "calleedir":
		return upToSlash(fileOf(j.text("job_workflow_ref")))
	case "calleestem":
		return stem(fileOf(j.text("job_workflow_ref")))
	}
	if claim, swapped := strings.CutPrefix(name, "^"); swapped {
		return swapCase(j.text(claim))
	}
	return j.text(name)
}

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

func upToSlash(text string) string { return text[:max(0, strings.LastIndexByte(text, '/'))] }

func fromSlash(text string) string { return text[strings.LastIndexByte(text, '/')+1:] }

// behind returns what follows a prefix, "" where text has another.
func behind(text, prefix string) string {
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok {
		return ""
	}
	return rest
}

func fileOf(text string) string {
	file, _ := identity.CutFileRef(text)
	return file
}

func stem(file string) string { return strings.TrimSuffix(fromSlash(file), ".yml") }

// swapCase returns text with its first letter in the other case.
func swapCase(text string) string {
	if text == "" {
		return ""
	}
	if upper := strings.ToUpper(text[:1]); upper != text[:1] {
		return upper + text[1:]
	}
	return strings.ToLower(text[:1]) + text[1:]
}

func number(n int64) json.Number { return json.Number(strconv.FormatInt(n, 10)) }
