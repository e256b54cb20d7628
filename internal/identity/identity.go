package identity

import (
	"crypto/sha256"
	"io"
	"time"
)

// Identity is a job that proved who it is. Only Verify makes one; the zero
// Identity is nobody's and has no issuer.
type Identity struct {
	issuer Issuer
	claims Claims
	useKey [sha256.Size]byte
	until  time.Time
}

// Issuer returns who issued the ID token.
func (i Identity) Issuer() Issuer { return i.issuer }

// Claims returns what the ID token states. The caller must not change it.
func (i Identity) Claims() Claims { return i.claims }

// UseKey returns what stands for the ID token where its single use is kept:
// a hash of iss and jti, or of the signed text where there is no jti. Never of
// the signature: one can make a second valid ECDSA signature out of a first.
func (i Identity) UseKey() [sha256.Size]byte { return i.useKey }

// UsableUntil returns the time from which on Verify refuses the ID token, which
// is as long as its use has to be remembered.
func (i Identity) UsableUntil() time.Time { return i.until }

func useKey(t *token, id string) (key [sha256.Size]byte) {
	hash := sha256.New()
	what, text := "jti", id
	if id == "" {
		what, text = "signed", t.signed
	}
	_, _ = io.WriteString(hash, what+"\x00"+t.issuer+"\x00"+text)
	hash.Sum(key[:0])
	return key
}
