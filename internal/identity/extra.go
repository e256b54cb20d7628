package identity

// Extra is something that one of two things allows and the other does not.
type Extra struct {
	What         string // "connection jf", "ttl"
	Mine, Theirs string // how much of it: "1h" and "10m"; "" where there is none at all on the other side
}

// Gained says that the new one of the two allows it.
func (e Extra) Gained() string {
	if e.Mine == "" {
		return e.What + " added"
	}
	return e.What + ": " + e.Mine + ", was " + e.Theirs
}

// Lost says that the old one of the two allowed it.
func (e Extra) Lost() string {
	if e.Mine == "" {
		return e.What + " taken away"
	}
	return e.What + ": " + e.Theirs + ", was " + e.Mine
}
