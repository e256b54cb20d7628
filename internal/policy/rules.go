package policy

import "github.com/autoken/autoken/internal/check"

// Rules lists what Load can find wrong with a policy. All of it is an error: a
// policy with one of these does not load.
var Rules = []check.Meta{
	// The file.
	{ID: "syntax", Summary: "the file is not one document of plain YAML", Severity: check.Error},
	{ID: "yaml-merge-or-anchor", Summary: "an anchor, alias or merge key hides from the reviewer what a grant says", Severity: check.Error},
	{ID: "duplicate-key", Summary: "a key stands twice in one map, so that one of its values is lost", Severity: check.Error},
	{ID: "yaml-scalar-trap", Summary: "YAML reads a value without quotes as something other than the text that stands there", Severity: check.Error},
	{ID: "size-limit", Summary: "a file, a value or the number of grants is over its limit", Severity: check.Error},
	{ID: "version", Summary: "the file does not say that it is written in version 1 of the language", Severity: check.Error},
	{ID: "include", Summary: "an include leads out of the policy's folder or to no file", Severity: check.Error},
	{ID: "team-file", Summary: "a team has two files", Severity: check.Error},
	{ID: "unknown-key", Summary: "a key is not one of the language, so what it was to guard is not guarded", Severity: check.Error},
	{ID: "missing-key", Summary: "a key that must be there is missing", Severity: check.Error},
	{ID: "bad-value", Summary: "a value is not one that its key can have", Severity: check.Error},
	{ID: "empty-list", Summary: "a list or map is empty, which means nothing here and everything to some platforms", Severity: check.Error},
	{ID: "unknown-name", Summary: "an issuer, connection, team or platform of that name does not exist", Severity: check.Error},
	{ID: "duplicate-id", Summary: "two grants have one id, or two tests one name", Severity: check.Error},

	// Issuers.
	{ID: "issuer-not-https", Summary: "an issuer's URL is not https", Severity: check.Error},
	{ID: "issuer-not-exact", Summary: "an issuer's URL is not written like the iss of its tokens", Severity: check.Error},
	{ID: "issuer-kind-mismatch", Summary: "an issuer's URL does not belong to its kind", Severity: check.Error},
	{ID: "duplicate-issuer-url", Summary: "two issuers have one URL", Severity: check.Error},
	{ID: "audience-missing", Summary: "an issuer has no audience, so tokens made for others would be accepted", Severity: check.Error},
	{ID: "multiple-audiences", Summary: "an issuer has more than one audience", Severity: check.Error},
	{ID: "sandbox-without-dev", Summary: "a platform for development is used without --dev", Severity: check.Error},

	// Conditions.
	{ID: "unknown-claim", Summary: "a claim is not one that tokens of this kind have", Severity: check.Error},
	{ID: "wildcard-in-exact", Summary: "a * stands in a plain value, where it is no wildcard", Severity: check.Error},
	{ID: "glob-on-identity", Summary: "a glob stands on a claim that must be exact", Severity: check.Error},
	{ID: "regex-in-glob", Summary: "a value was written like a regular expression", Severity: check.Error},
	{ID: "ref-spelling", Summary: "a ref is written in another way than it is sent, so it never matches", Severity: check.Error},
	{ID: "sub-starts-with-free-claim", Summary: "a subject begins with something that any repository can choose", Severity: check.Error},
	{ID: "hyphen-immutable-sub", Summary: "the ids in a subject are joined by a hyphen, which makes them a name that anyone can take", Severity: check.Error},
	{ID: "optional-claim-in-unless", Summary: "unless names a claim that a token may lack, and what is absent excludes nobody", Severity: check.Error},

	// Grants.
	{ID: "shared-issuer-no-tenant-pin", Summary: "an issuer serves everyone, and neither it nor the grant pins the tenant's id", Severity: check.Error},
	{ID: "no-immutable-id", Summary: "a grant knows its repository by name alone, and names change hands", Severity: check.Error},
	{ID: "sub-not-exact", Summary: "a grant of kind oidc does not name the one subject that it is for", Severity: check.Error},
	{ID: "callee-without-caller", Summary: "a grant names a reusable workflow that any repository can call", Severity: check.Error},
	{ID: "callee-ref-unpinned", Summary: "a reusable workflow is not pinned to one ref or commit", Severity: check.Error},
	{ID: "no-context-guard", Summary: "a grant admits every branch and pull request of a repository", Severity: check.Error},
	{ID: "short-ref", Summary: "a short ref can be a branch or a tag of that name", Severity: check.Error},
	{ID: "outside-team", Summary: "a grant lies outside of what its team may", Severity: check.Error},

	// Credentials.
	{ID: "ttl-over-cap", Summary: "a credential would live longer than its limit", Severity: check.Error},
	{ID: "ttl-not-representable", Summary: "the platform cannot make credentials that live for that time", Severity: check.Error},
	{ID: "unknown-permission", Summary: "the platform has no permission of that name", Severity: check.Error},
	{ID: "admin-scope", Summary: "a permission governs more than what a job works on", Severity: check.Error},
	{ID: "template-from-free-claim", Summary: "a template is filled from a claim that the job's author can choose", Severity: check.Error},
	{ID: "template-without-prefix", Summary: "a template for something with power does not begin with a literal prefix", Severity: check.Error},
	{ID: "template-collision", Summary: "a template gives two repositories one name", Severity: check.Error},
}
