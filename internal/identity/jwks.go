package identity

import (
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// publicKey is one usable key of an issuer.
type publicKey struct {
	key crypto.PublicKey
	alg string // the one algorithm it is for; "": any that it fits
}

// verify reports whether signature is this key's over signed.
func (k publicKey) verify(alg string, signed, signature []byte) bool {
	return k.isFor(alg) && algorithms[alg].verify(k.key, signed, signature)
}

func (k publicKey) isFor(alg string) bool {
	a, known := algorithms[alg]
	return known && (k.alg == "" || k.alg == alg) && a.fits(k.key)
}

// parseKeys reads a JWK set and returns its keys by kid. It leaves out what no
// algorithm of the list can use, so that one bad key does not spoil the others,
// and a kid that stands for two different keys. A set of which nothing is left
// is an error: it must not replace a good one.
func parseKeys(body []byte, algorithms []string) (map[string]publicKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, fmt.Errorf("read the key set: %w", err)
	}
	keys, ambiguous := map[string]publicKey{}, map[string]bool{}
	for _, raw := range set.Keys {
		id, key, ok := parseKey(raw, algorithms)
		if !ok {
			continue
		}
		if other, twice := keys[id]; twice && !other.equal(key) {
			ambiguous[id] = true
		}
		keys[id] = key
	}
	for id := range ambiguous {
		delete(keys, id)
	}
	if len(keys) == 0 {
		return nil, errors.New("read the key set: it has no usable key")
	}
	return keys, nil
}

func parseKey(raw []byte, algorithms []string) (id string, key publicKey, ok bool) {
	var jwk jose.JSONWebKey
	if err := jwk.UnmarshalJSON(raw); err != nil {
		return "", publicKey{}, false
	}
	if jwk.KeyID == "" || jwk.Use != "" && jwk.Use != "sig" {
		return "", publicKey{}, false
	}
	key = publicKey{key: jwk.Key, alg: jwk.Algorithm}
	return jwk.KeyID, key, slices.ContainsFunc(algorithms, key.isFor)
}

func (k publicKey) equal(other publicKey) bool {
	key, ok := k.key.(interface{ Equal(x crypto.PublicKey) bool })
	return ok && k.alg == other.alg && key.Equal(other.key)
}
