package identity

import (
	"context"
	"fmt"
)

const maxBody = 1 << 20 // of one answer

// download reads the keys that the issuer publishes now.
func (s *keySet) download(ctx context.Context) (map[string]publicKey, error) {
	address, err := s.address(ctx)
	if err != nil {
		return nil, err
	}
	body, err := s.get(ctx, address)
	if err != nil {
		return nil, err
	}
	return parseKeys(body, s.issuer.algorithms())
}

// get reads what is there, where keys may come from there.
func (s *keySet) get(ctx context.Context, address string) ([]byte, error) {
	if !s.issuer.mayFetch(address) {
		return nil, fmt.Errorf("no keys are read from %s: it is not an https address", show(address))
	}
	body, err := s.fetch(ctx, address)
	if len(body) > maxBody {
		return nil, fmt.Errorf("%s answers more than 1 MiB", address)
	}
	return body, err
}

// address returns where the keys are. A discovery document can name no other
// host than the issuer's own: an operator may, by JWKSURL.
func (s *keySet) address(ctx context.Context) (string, error) {
	if s.issuer.JWKSURL != "" {
		return s.issuer.JWKSURL, nil
	}
	body, err := s.get(ctx, s.issuer.discoveryURL())
	if err != nil {
		return "", err
	}
	document, err := DecodeClaims(body)
	if err != nil {
		return "", fmt.Errorf("discovery document: %w", err)
	}
	if named, _ := document.Text("issuer"); named != s.issuer.URL {
		return "", fmt.Errorf("discovery document: it is that of issuer %s", show(named))
	}
	address, _ := document.Text("jwks_uri")
	if !s.issuer.sameOrigin(address) {
		return "", fmt.Errorf("discovery document: jwks_uri %s is on another host", show(address))
	}
	return address, nil
}
