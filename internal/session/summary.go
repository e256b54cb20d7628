package session

import (
	"fmt"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/render"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/quote"
)

// Summaries of public repositories are public: URLs and the platform's names for
// things stay out of them.

// Summary tells of a login in GitHub's markdown.
func (s *Session) Summary(held *Held, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n### autoken: %s%s\n\n| grant | for | variables | ends | decision |\n|---|---|---|---|---|\n",
		render.Count(len(held.Bound), "credential"), until(held.Bound, now))
	for _, bound := range held.Bound {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", quote.Markdown(bound.Grant), quote.Markdown(bound.Platform),
			quote.Markdown(bound.Names()), Clock(bound.Expires, now), quote.Markdown(bound.DecisionID))
	}
	for _, bound := range held.Bound {
		if bound.Warning != "" {
			fmt.Fprintf(&b, "\n%s: %s\n", quote.Markdown(bound.Platform), quote.Markdown(bound.Warning))
		}
	}
	return s.Conceal(b.String()) + s.identityFold()
}

// RefusalSummary tells of a login that got nothing, with the job's claims for
// whoever has to find out why.
func (s *Session) RefusalSummary(err error, _ time.Time) string {
	var b strings.Builder
	headline, body, _ := strings.Cut(err.Error(), "\n")
	fmt.Fprintf(&b, "\n### autoken: %s\n", quote.Markdown(headline))
	if body != "" {
		fmt.Fprintf(&b, "\n%s\n", fence(body))
	}
	if hint := fault.HintOf(err); hint != "" {
		fmt.Fprintf(&b, "\n%s\n", fence(hint))
	}
	return s.Conceal(b.String()) + s.claimsFold()
}

// fence shows text as it is, in a code block that it cannot end.
func fence(text string) string {
	marks := "```"
	for strings.Contains(text, marks) {
		marks += "`"
	}
	return marks + "text\n" + quote.Lines(text) + "\n" + marks
}

func (s *Session) identityFold() string {
	if s.claims == nil {
		return ""
	}
	run := s.System.Run(s.Job)
	return fmt.Sprintf("\n<details><summary>identity</summary>\n\n%s, %s, %s, run %s attempt %s\n\n</details>\n\n",
		quote.Markdown(s.Seen("repository")), quote.Markdown(s.Seen("event_name")), quote.Markdown(s.Seen("ref")),
		quote.Markdown(run.ID), quote.Markdown(run.Attempt))
}

func (s *Session) claimsFold() string {
	if s.claims == nil {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n<details><summary>the claims of this job's ID token</summary>\n\n| claim | value |\n|---|---|\n")
	for _, name := range Names(s.claims) {
		fmt.Fprintf(&b, "| %s | %s |\n", quote.Code(name), quote.Code(s.Seen(name)))
	}
	return b.String() + "\n</details>\n\n"
}

// LogoutSummary tells what became of the job's credentials.
func LogoutSummary(all []Returned, now time.Time) string {
	revoked := 0
	for _, r := range all {
		if r.Outcome == credential.Revoked || r.Outcome == credential.AlreadyGone {
			revoked++
		}
	}
	return fmt.Sprintf("\nautoken: revoked %s (%d of %d)\n\n", Clock(now, now), revoked, len(all))
}

// until is the time at which the last of them ends.
func until(all []Bound, now time.Time) string {
	var last time.Time
	for _, b := range all {
		if b.Expires.After(last) {
			last = b.Expires
		}
	}
	if last.IsZero() {
		return ""
	}
	return " until " + Clock(last, now)
}

// Clock writes a time for people, in UTC and saying so, with the date where it is
// not today's.
func Clock(t, now time.Time) string {
	if t.IsZero() {
		return "-"
	}
	t, now = t.UTC(), now.UTC()
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format("15:04 UTC")
	}
	return t.Format("2006-01-02 15:04 UTC")
}
