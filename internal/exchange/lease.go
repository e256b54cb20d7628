package exchange

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/secret"
)

// Lease is what a broker needs in order to revoke what it issued. Jobs keep it
// sealed, so that any replica can revoke and none needs a database. Sealed, it
// is as secret as its Token once somebody has the keys.
type Lease struct {
	Platform        string
	Connection      string
	URLHash         [sha256.Size]byte // of the connection's URL: one that was moved gets nothing of the old one's
	TokenID         string            // what the platform revokes by
	Token           secret.Value      // the credential itself, where the platform revokes or probes by it
	Repository      string
	Run             string
	Attempt         string
	CheckRun        string
	Grant           string
	DecisionID      string
	Issued          time.Time
	Expires         time.Time // promised
	PlatformExpires time.Time
}

// A sealed lease is base64url without padding of: version, key id, salt, and the
// AES-256-GCM seal of the JSON under a key and nonce of this lease alone, so that
// no number of leases and replicas wears a key out.
const (
	leaseVersion = 1
	keyLength    = 32
	keyIDLength  = 4
	saltLength   = 32
	headLength   = 1 + keyIDLength + saltLength
	leaseContext = "autoken-lease-v1"
)

// Keyring seals and opens the leases of one broker instance. It is safe for
// concurrent use.
type Keyring struct {
	instance string
	keys     []leaseKey
}

type leaseKey struct {
	id     [keyIDLength]byte
	secret []byte
}

// NewLeaseKey returns a key for NewKeyring that nobody else has.
func NewLeaseKey() []byte {
	key := make([]byte, keyLength)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	return key
}

// NewKeyring returns a keyring whose first key seals and whose keys all open.
// Each must be 32 random bytes.
func NewKeyring(instance string, keys ...[]byte) (*Keyring, error) {
	if instance == "" || len(keys) == 0 {
		return nil, fault.New(fault.Usage, "leases need an instance id and a key").WithHint("autoken broker keygen makes a key")
	}
	ring := &Keyring{instance: instance}
	for i, key := range keys {
		if len(key) != keyLength || bytes.Count(key, key[:1]) == keyLength {
			return nil, fault.New(fault.Usage, "lease key %d is not 32 random bytes", i+1).WithHint("autoken broker keygen makes a key")
		}
		if slices.ContainsFunc(keys[:i], func(other []byte) bool { return bytes.Equal(other, key) }) {
			return nil, fault.New(fault.Usage, "lease key %d is there twice", i+1)
		}
		ring.keys = append(ring.keys, leaseKey{id: keyID(key), secret: bytes.Clone(key)})
	}
	return ring, nil
}

// keyID names a key without being its hash as anybody else would make it.
func keyID(key []byte) [keyIDLength]byte {
	sum := sha256.Sum256(append([]byte("autoken-lease-key-id\x00"), key...))
	return [keyIDLength]byte(sum[:])
}

// Seal returns l as a text that only this instance's keys open. It fails where
// that would be larger than a lease may be.
func (k *Keyring) Seal(l Lease) (secret.Value, error) {
	if !utf8.ValidString(l.TokenID + l.Token.Reveal()) {
		return secret.Value{}, fault.New(fault.Internal, "sealing a lease: the credential is not text")
	}
	text, err := json.Marshal(sealed(l))
	if err != nil {
		return secret.Value{}, fault.New(fault.Internal, "sealing a lease: %w", err)
	}
	head := make([]byte, headLength, headLength+len(text)+16)
	head[0] = leaseVersion
	copy(head[1:], k.keys[0].id[:])
	salt := head[1+keyIDLength:]
	_, _ = rand.Read(salt) // never fails

	aead, nonce, err := k.keys[0].open(salt)
	if err != nil {
		return secret.Value{}, fault.New(fault.Internal, "sealing a lease: %w", err)
	}
	lease := base64.RawURLEncoding.EncodeToString(aead.Seal(head, nonce, text, k.context()))
	if len(lease) > maxLease {
		return secret.Value{}, fault.New(fault.Internal, "sealing a lease: the credential is too large")
	}
	return secret.New(lease), nil
}

var errNotOpened = fault.New(fault.Usage, "this is no lease that this broker can open")

// Open returns the lease in v. All that is wrong with v gives the same error.
func (k *Keyring) Open(v secret.Value) (Lease, error) {
	raw, ok := unpack(v.Reveal())
	if !ok {
		return Lease{}, errNotOpened
	}
	id, salt := [keyIDLength]byte(raw[1:]), raw[1+keyIDLength:headLength]
	for _, key := range k.keys {
		if key.id != id {
			continue
		}
		aead, nonce, err := key.open(salt)
		if err != nil {
			return Lease{}, fault.New(fault.Internal, "opening a lease: %w", err)
		}
		if text, err := aead.Open(nil, nonce, raw[headLength:], k.context()); err == nil {
			return unseal(text)
		}
	}
	return Lease{}, errNotOpened
}

// unpack accepts one spelling: base64 has several for the same bytes, and a
// lease that was given back is remembered by its text.
func unpack(text string) ([]byte, bool) {
	if len(text) > maxLease {
		return nil, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	same := err == nil && base64.RawURLEncoding.EncodeToString(raw) == text
	return raw, same && len(raw) > headLength && raw[0] == leaseVersion
}

func (k *Keyring) context() []byte { return []byte(leaseContext + k.instance) }

// open derives what seals one lease. The key is used once, so the nonce needs no
// randomness of its own.
func (k leaseKey) open(salt []byte) (cipher.AEAD, []byte, error) {
	const nonceLength = 12
	derived, err := hkdf.Key(sha256.New, k.secret, salt, leaseContext, keyLength+nonceLength)
	if err != nil {
		return nil, nil, err
	}
	block, err := aes.NewCipher(derived[:keyLength])
	if err != nil {
		return nil, nil, err
	}
	aead, err := cipher.NewGCM(block)
	return aead, derived[keyLength:], err
}

type wireLease struct {
	Platform        string    `json:"platform"`
	Connection      string    `json:"connection"`
	URLHash         []byte    `json:"url_hash"`
	TokenID         string    `json:"token_id,omitempty"`
	Token           string    `json:"token,omitempty"`
	Repository      string    `json:"repository,omitempty"`
	Run             string    `json:"run,omitempty"`
	Attempt         string    `json:"attempt,omitempty"`
	CheckRun        string    `json:"check_run,omitempty"`
	Grant           string    `json:"grant,omitempty"`
	DecisionID      string    `json:"decision_id,omitempty"`
	Issued          time.Time `json:"issued,omitzero"`
	Expires         time.Time `json:"expires,omitzero"`
	PlatformExpires time.Time `json:"platform_expires,omitzero"`
}

func sealed(l Lease) wireLease {
	return wireLease{
		l.Platform, l.Connection, l.URLHash[:], l.TokenID, l.Token.Reveal(), l.Repository, l.Run, l.Attempt, l.CheckRun, l.Grant,
		l.DecisionID, l.Issued.UTC(), l.Expires.UTC(), l.PlatformExpires.UTC(),
	}
}

func unseal(text []byte) (Lease, error) {
	var w wireLease
	if err := json.Unmarshal(text, &w); err != nil || len(w.URLHash) != sha256.Size {
		return Lease{}, errNotOpened
	}
	l := Lease{
		Platform: w.Platform, Connection: w.Connection, URLHash: [sha256.Size]byte(w.URLHash), TokenID: w.TokenID, Repository: w.Repository,
		Run: w.Run, Attempt: w.Attempt, CheckRun: w.CheckRun, Grant: w.Grant, DecisionID: w.DecisionID,
		Issued: w.Issued, Expires: w.Expires, PlatformExpires: w.PlatformExpires,
	}
	if w.Token != "" {
		l.Token = secret.New(w.Token)
	}
	return l, nil
}
