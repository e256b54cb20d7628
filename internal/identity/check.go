package identity

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// leeway is how far the clocks of an issuer and of this machine may differ.
const leeway = 60 * time.Second

// Check says why Verify would refuse a genuine token with these claims, nil where
// it would not. It is for tools: claims that pass prove nothing.
func (i Issuer) Check(claims Claims, now time.Time) error {
	if iss, _ := claims.Text("iss"); iss != i.URL {
		return fmt.Errorf("issuer %s is not configured", show(iss))
	}
	_, _, err := i.examine(claims, i.Audience, now)
	return err
}

// examine applies what Verify wants of a token apart from its signature, and
// returns its life and its id.
func (i Issuer) examine(claims Claims, audience string, now time.Time) (lifetime, string, error) {
	if err := i.checkAudience(claims, audience); err != nil {
		return lifetime{}, "", err
	}
	life, err := i.checkTimes(claims, now)
	if err != nil {
		return lifetime{}, "", err
	}
	id, err := i.tokenID(claims)
	return life, id, err
}

// checkAudience wants exactly one audience: a token that is good elsewhere too
// could come from there.
func (i Issuer) checkAudience(claims Claims, want string) error {
	audience := claims["aud"]
	if list, ok := audience.([]any); ok && i.listsAudience() && len(list) == 1 {
		audience = list[0]
	}
	got, ok := audience.(string)
	switch {
	case want == "":
		return errors.New("no audience is configured")
	case !ok:
		return errors.New("aud is not one string")
	case got != want:
		return fmt.Errorf("aud is %s and not %s", show(got), show(want))
	}
	return nil
}

// lifetime is the part of a token's life that matters here.
type lifetime struct {
	issued time.Time
	end    time.Time // leeway included
}

// checkTimes bounds the life by exp and by the token's age: an issuer's jobs may
// hold tokens that are good for hours. GitHub sets nbf ten minutes before iat.
func (i Issuer) checkTimes(claims Claims, now time.Time) (lifetime, error) {
	expires, err := claims.time("exp")
	if err != nil {
		return lifetime{}, err
	}
	issued, err := claims.time("iat")
	if err != nil {
		return lifetime{}, err
	}
	latest := now.Add(leeway)
	if _, there := claims["nbf"]; there {
		begins, err := claims.time("nbf")
		if err != nil {
			return lifetime{}, err
		}
		if begins.After(latest) {
			return lifetime{}, fmt.Errorf("not yet valid for %s (nbf)", begins.Sub(now))
		}
	}
	aged := issued.Add(i.MaxAge())
	switch {
	case issued.After(latest):
		return lifetime{}, fmt.Errorf("issued %s from now (iat)", issued.Sub(now))
	case !now.Before(expires.Add(leeway)):
		return lifetime{}, fmt.Errorf("expired %s ago (exp)", now.Sub(expires))
	case !now.Before(aged.Add(leeway)):
		return lifetime{}, fmt.Errorf("issued %s ago, accepted for %s (iat)", now.Sub(issued), i.MaxAge())
	}
	if aged.Before(expires) {
		expires = aged
	}
	return lifetime{issued, expires.Add(leeway)}, nil
}

// time reads a claim in whole seconds (RFC 7519 section 2 allows fractions; no
// CI system sends them) from September 2001 to the year 5138.
func (c Claims) time(name string) (time.Time, error) {
	const earliest, latest = 1e9, 1e11
	number, ok := c[name].(json.Number)
	if !ok {
		return time.Time{}, fmt.Errorf("%s is not a number", name)
	}
	seconds, err := strconv.ParseInt(string(number), 10, 64)
	if err != nil || seconds < earliest || seconds > latest {
		return time.Time{}, fmt.Errorf("%s is %s, which is no time", name, show(string(number)))
	}
	return time.Unix(seconds, 0), nil
}

// tokenID returns jti, and "" where the issuer is of a kind that may lack it.
func (i Issuer) tokenID(claims Claims) (string, error) {
	value, there := claims["jti"]
	id, isText := value.(string)
	if there && !isText {
		return "", errors.New("jti is not a string")
	}
	if id == "" && !i.mayLackID() {
		return "", errors.New("no jti")
	}
	return id, nil
}
