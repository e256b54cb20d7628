package identity

// GuessKind returns the vocabulary that claims seem to be written in. It is for
// tools: what a policy says about an issuer is what counts.
func GuessKind(claims Claims) *Kind {
	has := func(claim string) bool { _, ok := claims.Text(claim); return ok }
	name := generic.Name
	switch {
	case has("repository_id"), has("repository"):
		name = guessGitHub(claims)
	case has("project_id"), has("project_path"):
		name = gitlab.Name
	case has("pipeline_slug"):
		name = buildkite.Name
	case has(circle + "project-id"):
		name = circleci.Name
	}
	return LookupKind(name)
}

func guessGitHub(claims Claims) string {
	url, _ := claims.Text("iss")
	for _, kind := range []Kind{githubGHECom, githubServer} {
		if kind.CheckURL(url, false) == nil {
			return kind.Name
		}
	}
	return github.Name
}
