package lint

import (
	"net/url"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
)

var audienceRules = []rule{
	{check.Meta{ID: "audience-shared", Summary: "ID tokens are accepted that were made for somebody else", Severity: check.High}, sharedAudiences},
	{check.Meta{ID: "token-age-unbounded", Summary: "an ID token that leaked is good for as long as its issuer says", Severity: check.Medium}, tokenAges},
	{check.Meta{ID: "shared-audience", Summary: "a grant can be had with ID tokens that every lambda broker accepts", Severity: check.High}, perGrant(lambdaGrants)},
}

// othersAudiences are audiences that ID tokens have by default, or that other
// services want; a text that ends in a slash or colon begins one. The last is
// that of every lambda broker.
var othersAudiences = []string{
	"https://github.com/", "https://gitlab.com", "https://buildkite.com/", "https://circleci.com", "sts.amazonaws.com", "https://sts.amazonaws.com",
	"api://AzureADTokenExchange", "https://iam.googleapis.com/", "//iam.googleapis.com/", "sigstore", "pypi", "testpypi", "npm:", "crates.io", "rubygems.org",
	"vault", "openbao", "autoken",
}

func sharedAudiences(l *look) {
	for _, issuer := range l.Policy.Trusted() {
		l.subject = "issuer " + issuer.Name
		pos := placeOf(l.setting("issuers", issuer.Name, "audience"), issuer.Pos)
		const fix = "write the broker's own URL"
		switch {
		case issuer.Audience == "":
		case isOthers(issuer):
			l.say(pos, "tokens with this audience are made for others; whoever gets one of those gets credentials here", fix)
		case !strings.Contains(issuer.Audience, "://"):
			l.sayAs(check.Low, pos, "this audience is no URL, so somebody else may have chosen the same one", fix)
		}
	}
}

func isOthers(issuer *policy.Issuer) bool {
	for _, a := range othersAudiences {
		open := strings.HasSuffix(a, "/") || strings.HasSuffix(a, ":")
		if issuer.Audience == a || open && strings.HasPrefix(issuer.Audience, a) {
			return true
		}
	}
	return host(issuer.Audience) != "" && host(issuer.Audience) == host(issuer.URL)
}

// host returns the host of an https URL: a server's own URL is the default
// audience of what it makes. Issuers at http are this machine's.
func host(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" {
		return ""
	}
	return u.Host
}

// freshEnough is how old an ID token may be where a job gets a new one for each
// request.
const freshEnough = time.Hour

func tokenAges(l *look) {
	for _, issuer := range l.Policy.Trusted() {
		l.subject = "issuer " + issuer.Name
		switch {
		case issuer.MaxTokenAge == 0:
			l.say(issuer.Pos, "ID tokens are accepted for as long as they live, which is hours with some issuers", "add max_token_age: 10m")
		case issuer.MaxTokenAge > freshEnough && issuer.Vocabulary.Event == "event_name":
			l.sayAs(check.Low, placeOf(l.setting("issuers", issuer.Name, "max_token_age"), issuer.Pos),
				"a job gets a new ID token whenever it asks, so none needs to be this old",
				"max_token_age: 10m")
		}
	}
}

func lambdaGrants(l *look, g *policy.Grant) {
	if g.Lambda {
		l.say(placeOf(below(l.item("grants", g.Pos), "lambda"), g.Pos),
			"the lambda path takes ID tokens that every other lambda broker takes too, and gets from jobs",
			"remove lambda, or ignore this with the day on which it ends")
	}
}
