package identity

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha256" // linked in for the hashes below
	_ "crypto/sha512"
	"maps"
	"math/big"
	"slices"
)

// minRSABits is the smallest modulus accepted (NIST SP 800-131A).
const minRSABits = 2048

// algorithm is one way to sign, of RFC 7518 section 3 and RFC 8037. A key fits
// one only by its type and size, so a public RSA key can never be taken for the
// shared secret of an HMAC.
type algorithm struct {
	hash crypto.Hash // 0: the signature is over the text itself
	fits func(crypto.PublicKey) bool
	ok   func(key crypto.PublicKey, hash crypto.Hash, digest, signature []byte) bool
}

var algorithms = map[string]algorithm{
	"RS256": {crypto.SHA256, isRSA, pkcs1},
	"RS384": {crypto.SHA384, isRSA, pkcs1},
	"RS512": {crypto.SHA512, isRSA, pkcs1},
	"PS256": {crypto.SHA256, isRSA, pss},
	"ES256": {crypto.SHA256, onCurve(elliptic.P256), ecdsaPair},
	"ES384": {crypto.SHA384, onCurve(elliptic.P384), ecdsaPair},
	"EdDSA": {0, isEd25519, ed},
}

// SignatureAlgorithms returns the names that Issuer.Algorithms may have.
func SignatureAlgorithms() []string { return slices.Sorted(maps.Keys(algorithms)) }

// verify wants a key that fits.
func (a algorithm) verify(key crypto.PublicKey, signed, signature []byte) bool {
	digest := signed
	if a.hash != 0 {
		hash := a.hash.New()
		hash.Write(signed)
		digest = hash.Sum(nil)
	}
	return a.ok(key, a.hash, digest, signature)
}

func isRSA(key crypto.PublicKey) bool {
	k, ok := key.(*rsa.PublicKey)
	return ok && k.N.BitLen() >= minRSABits
}

func isEd25519(key crypto.PublicKey) bool {
	k, ok := key.(ed25519.PublicKey)
	return ok && len(k) == ed25519.PublicKeySize
}

// onCurve takes the function that makes the curve: most processes need none.
func onCurve(curve func() elliptic.Curve) func(crypto.PublicKey) bool {
	return func(key crypto.PublicKey) bool {
		k, ok := key.(*ecdsa.PublicKey)
		return ok && k.Curve == curve()
	}
}

func pkcs1(key crypto.PublicKey, hash crypto.Hash, digest, signature []byte) bool {
	k, ok := key.(*rsa.PublicKey)
	return ok && rsa.VerifyPKCS1v15(k, hash, digest, signature) == nil
}

// pss wants a salt as long as the hash, as RFC 7518 section 3.5 does.
func pss(key crypto.PublicKey, hash crypto.Hash, digest, signature []byte) bool {
	k, ok := key.(*rsa.PublicKey)
	options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
	return ok && rsa.VerifyPSS(k, hash, digest, signature, options) == nil
}

// ecdsaPair takes R and S one behind the other, each as long as the curve's order.
func ecdsaPair(key crypto.PublicKey, _ crypto.Hash, digest, signature []byte) bool {
	k, ok := key.(*ecdsa.PublicKey)
	if !ok {
		return false
	}
	size := (k.Curve.Params().BitSize + 7) / 8
	if len(signature) != 2*size {
		return false
	}
	r, s := new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])
	return ecdsa.Verify(k, digest, r, s)
}

func ed(key crypto.PublicKey, _ crypto.Hash, message, signature []byte) bool {
	k, ok := key.(ed25519.PublicKey)
	return ok && ed25519.Verify(k, message, signature)
}
