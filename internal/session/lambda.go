package session

import (
	"context"
	"sync"
	"time"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/secret"
)

// Lambda is a broker of the lambda protocol as a Broker. That protocol has no
// leases: what gives an Artifactory token back is the token, and a SonarQube
// token is given back by the run that got it, with an ID token of its own.
type Lambda struct {
	Client  exchange.LambdaClient
	Request exchange.LambdaRequest
	Job     ci.Job
	System  ci.System
	Pause   func(context.Context, time.Duration) error // Sleep, but in tests

	once sync.Once
}

// againAfter is the pause before the one second try: an ID token can be younger
// than the gateway's clock, and is then refused.
const againAfter = time.Second

// Exchange asks once, and once more where the gateway, not the broker behind it,
// refused the ID token.
func (l *Lambda) Exchange(ctx context.Context, r exchange.Request) (exchange.Answer, error) {
	request := l.Request
	request.IDToken = r.IDToken
	got, err := l.Client.Exchange(ctx, request)
	if err != nil && exchange.GatewayRefused(err) {
		l.once.Do(func() { got, err = l.again(ctx, request) })
	}
	if err != nil {
		return exchange.Answer{}, err
	}
	got.Lease = got.Token
	return exchange.Answer{Credentials: []credential.Credential{got}}, nil
}

func (l *Lambda) again(ctx context.Context, request exchange.LambdaRequest) (credential.Credential, error) {
	pause := l.Pause
	if pause == nil {
		pause = Sleep
	}
	if err := pause(ctx, againAfter); err != nil {
		return credential.Credential{}, err
	}
	token, err := l.token(ctx)
	if err != nil {
		return credential.Credential{}, err
	}
	request.IDToken = token
	return l.Client.Exchange(ctx, request)
}

// Revoke gives a token back with a new ID token.
func (l *Lambda) Revoke(ctx context.Context, token secret.Value) (credential.Outcome, error) {
	idToken, err := l.token(ctx)
	if err != nil {
		return credential.Unknown, err
	}
	request := l.Request
	request.IDToken = idToken
	if request.Platform == "artifactory" {
		request.Token = token
	}
	outcome, err := l.Client.Cleanup(ctx, request)
	if err == nil && outcome == credential.Unknown {
		return credential.Revoked, nil // it says so, and has no way to say more
	}
	return outcome, err
}

// token gets an ID token and hides it.
func (l *Lambda) token(ctx context.Context) (secret.Value, error) {
	token, err := l.System.IDToken(ctx, l.Job, exchange.LambdaAudience)
	if err != nil || l.System.Mask == nil {
		return token, err
	}
	return token, l.System.Mask(l.Job, secret.Whole(token))
}
