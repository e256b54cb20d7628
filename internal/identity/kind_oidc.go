package identity

// generic is any other issuer. What its claims mean is not known here, so a
// grant names the one subject that it is for.
var generic = Kind{
	Name:     "oidc",
	Title:    "any OpenID Connect issuer",
	URLShape: "a URL of its own, not at GitHub's",
	Claims: []Claim{
		{Name: "sub", About: "the subject", Control: ByPlatform, Guard: GuardExact},
		{Name: "azp", About: "the party that the token was issued to", Presence: elsewhere, Control: ByPlatform},
		{Name: "client_id", About: "the client that asked for the token", Presence: elsewhere, Control: ByPlatform},
		{Name: "tid", About: "the tenant's id", Presence: elsewhere, Control: ByPlatform},
		{Name: "oid", About: "the subject's id in its tenant", Presence: elsewhere, Control: ByPlatform},
		{Name: "hd", About: "the domain of the subject's organization", Presence: elsewhere, Control: ByPlatform},
		{Name: "email", About: "the subject's address", Presence: elsewhere, Control: ByOutsider, Folded: true},
		{Name: "email_verified", About: "whether the address was verified", Type: Bool, Presence: elsewhere, Control: ByPlatform},
		{Name: "iss", About: "a URL of its own, not at GitHub's", Control: ByPlatform},
		{Name: "aud", About: "the audience", Control: ByWriter},
	},
	ExactSubject: true,
	matchURL:     func(host, _ string) bool { return host != githubIssuer },
}

var elsewhere = Presence{Sometimes: true, Note: "depends on the issuer"}
