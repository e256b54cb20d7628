package identity

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// maxToken bounds an ID token, which has 1 to 3 KiB: everything below costs
// time by its length, and nobody has verified it yet.
const maxToken = 16 << 10

// token is an ID token taken apart, of which nothing is verified.
type token struct {
	signed    string // header and payload as they were signed
	detached  string // the token without its payload (RFC 7515 appendix F)
	signature []byte
	payload   []byte
	alg, kid  string
	issuer    string
	claims    Claims
}

// base64url takes each text for one byte sequence only: no padding, no bits
// beyond the last byte. (Line breaks, which it would skip, parse refuses.)
var base64url = base64.RawURLEncoding.Strict()

func parse(raw string) (*token, error) {
	if len(raw) > maxToken {
		return nil, errors.New("longer than 16 KiB")
	}
	if strings.Count(raw, ".") != 2 {
		return nil, errors.New("not three parts with dots between")
	}
	if strings.ContainsAny(raw, "\r\n") {
		return nil, errors.New("it has a line break")
	}
	header, rest, _ := strings.Cut(raw, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	t := &token{signed: raw[:len(header)+1+len(payload)], detached: header + ".." + signature}
	if err := t.readHeader(header); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	if err := t.readPayload(payload); err != nil {
		return nil, fmt.Errorf("payload: %w", err)
	}
	var err error
	if t.signature, err = base64url.DecodeString(signature); err != nil || len(t.signature) == 0 {
		return nil, errors.New("no signature in base64url")
	}
	return t, nil
}

// refusedHeaders bring along a key or say where one is, or ask for a way of
// reading the token that we do not know.
var refusedHeaders = []string{"crit", "jwk", "jku", "x5u", "x5c"}

func (t *token) readHeader(part string) error {
	text, err := base64url.DecodeString(part)
	if err != nil {
		return err
	}
	header, err := decode(text, false)
	if err != nil {
		return err
	}
	for _, name := range refusedHeaders {
		if _, there := header[name]; there {
			return fmt.Errorf("%s is not accepted", name)
		}
	}
	t.alg, _ = header.Text("alg")
	if t.kid, _ = header.Text("kid"); t.kid == "" {
		return errors.New("no kid")
	}
	return nil
}

func (t *token) readPayload(part string) (err error) {
	if t.payload, err = base64url.DecodeString(part); err != nil {
		return err
	}
	if t.claims, err = DecodeClaims(t.payload); err != nil {
		return err
	}
	if t.issuer, _ = t.claims.Text("iss"); t.issuer == "" {
		return errors.New("no iss")
	}
	return nil
}
