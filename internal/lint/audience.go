package lint

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
)

var audienceRules = []rule{
	{check.Meta{ID: "audience-shared", Summary: "ID tokens are accepted that were made for somebody else", Severity: check.High}, sharedAudiences},
	{check.Meta{ID: "audience-as-identity", Summary: "a grant tells jobs apart by something that every job can ask for", Severity: check.Medium}, audienceConditions},
	{check.Meta{ID: "token-age-unbounded", Summary: "an ID token that leaked is good for as long as its issuer says", Severity: check.Medium}, tokenAges},
	{check.Meta{ID: "shared-audience", Summary: "a grant can be had with ID tokens that every lambda broker accepts", Severity: check.High}, lambdaGrants},
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
		pos := placeOf(l.setting("issuers", issuer.Name, "audience"), issuer.Pos)
		f := check.Finding{Subject: "issuer " + issuer.Name, Fix: "write the broker's own URL"}
		switch {
		case issuer.Audience == "":
			continue
		case isOthers(issuer):
			f.Message = "tokens with this audience are made for others; whoever gets one of those gets credentials here"
		case !strings.Contains(issuer.Audience, "://"):
			f.Message = "this audience is no URL, so somebody else may have chosen the same one"
			f.Severity = check.Low
		default:
			continue
		}
		l.report(pos, f)
	}
}

func isOthers(issuer *policy.Issuer) bool {
	known := slices.ContainsFunc(othersAudiences, func(a string) bool {
		open := strings.HasSuffix(a, "/") || strings.HasSuffix(a, ":")
		return issuer.Audience == a || (open && strings.HasPrefix(issuer.Audience, a))
	})
	return known || host(issuer.Audience) != "" && host(issuer.Audience) == host(issuer.URL)
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

func audienceConditions(l *look) {
	for c := range l.conditions(inMatch, inRequire, inUnless, inMay) {
		switch c.Claim.Name {
		case "aud":
			l.report(start(c.Match), check.Finding{Subject: c.subject, Fix: "remove aud: the issuer's audience is compared already", Message: "a job may ask for any audience, so it says nothing about who asks"})
		case "iss":
			l.report(start(c.Match), check.Finding{Subject: c.subject, Fix: "remove iss: the issuer's url is compared already", Message: "every job of the issuer has this iss"})
		}
	}
}

// freshEnough is how old an ID token may be where a job gets a new one for each
// request.
const freshEnough = time.Hour

func tokenAges(l *look) {
	for _, issuer := range l.Policy.Trusted() {
		subject := "issuer " + issuer.Name
		switch {
		case issuer.MaxTokenAge == 0:
			l.report(issuer.Pos, check.Finding{
				Subject: subject, Fix: "add max_token_age: 10m",
				Message: "ID tokens are accepted for as long as they live, which is hours with some issuers",
			})
		case issuer.MaxTokenAge > freshEnough && issuer.Vocabulary.Event == "event_name":
			l.report(placeOf(l.setting("issuers", issuer.Name, "max_token_age"), issuer.Pos), check.Finding{
				Subject: subject, Severity: check.Low, Fix: "max_token_age: 10m",
				Message: "a job gets a new ID token whenever it asks, so none needs to be this old",
			})
		}
	}
}

func lambdaGrants(l *look) {
	for g := range l.grants() {
		if g.Lambda {
			l.report(placeOf(below(l.item("grants", g.Pos), "lambda"), g.Pos), check.Finding{
				Subject: g.String(), Fix: "remove lambda, or ignore this with the day on which it ends",
				Message: "the lambda path takes ID tokens that every other lambda broker takes too, and gets from jobs",
			})
		}
	}
}
