package credential

// Outcome says what became of a credential that was given back.
type Outcome string

// The four honest outcomes. Only the first two mean that the credential is
// dead; Unknown means that nobody could find out.
const (
	Revoked      Outcome = "revoked"
	AlreadyGone  Outcome = "already_gone"
	NotRevocable Outcome = "not_revocable"
	Unknown      Outcome = "unknown"
)

// Outcomes lists them all.
var Outcomes = []Outcome{Revoked, AlreadyGone, NotRevocable, Unknown}
