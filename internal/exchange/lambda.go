package exchange

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/httpclient"
	"github.com/autoken/autoken/internal/secret"
)

// LambdaAudience is what ID tokens for the lambda protocol are made for,
// everywhere: whoever receives one could show it to any other such broker.
const LambdaAudience = "autoken"

const (
	maxHeader   = 8 << 10
	lambdaToken = "token"
	lambdaClean = "cleanup"
)

// LambdaRequest asks for a credential, or with Cleanup to revoke one.
type LambdaRequest struct {
	IDToken     secret.Value
	Platform    string // "sonarqube" or "artifactory"
	Project     string // sonarqube: the project's key
	PlatformURL string // sonarqube: where it is
	Cleanup     bool
	Token       secret.Value // artifactory's cleanup: what to revoke
}

// LambdaAnswer is what a lambda broker's own code answers. It comes with HTTP 200
// whatever happened; Code says which it is.
type LambdaAnswer struct {
	Code    int // 200, 400, 401 or 500
	Token   secret.Value
	Text    string             // a warning beside a token, else what is wrong
	Outcome credential.Outcome // of a cleanup; only autoken's own broker says it
}

// LambdaClient asks the brokers that run behind AWS's API Gateway. Nothing in it
// tries again.
type LambdaClient struct {
	URL  string
	HTTP Doer
}

// ProjectDefault is the SonarQube project of a repository where nobody said
// another: "acme/payments" is acme_payments.
func ProjectDefault(repository string) string { return strings.Replace(repository, "/", "_", 1) }

// GatewayRefused reports whether the gateway in front of a lambda broker did not
// accept the ID token, so that the broker's own code never saw it. One more try
// makes sense, since clocks differ.
func GatewayRefused(err error) bool {
	_, ok := errors.AsType[gatewayRefusal](err)
	return ok
}

type gatewayRefusal struct{}

func (gatewayRefusal) Error() string { return "the broker's gateway does not accept the ID token" }

// Exchange trades r's ID token for a credential. The protocol gives no expiry
// and no lease.
func (c *LambdaClient) Exchange(ctx context.Context, r LambdaRequest) (credential.Credential, error) {
	r.Cleanup = false
	answer, err := c.ask(ctx, r)
	if err != nil {
		return credential.Credential{}, err
	}
	if text := answer.Token.Reveal(); text == "" || !plain(text, maxToken) {
		return credential.Credential{}, fault.New(fault.Internal, "the broker answered success with a token that is empty, too long or not one line of text")
	}
	return credential.Credential{Platform: r.Platform, Token: answer.Token, URL: r.PlatformURL, Warning: answer.Text}, nil
}

// Cleanup asks to revoke. The outcome is Unknown where the broker does not say
// one: the older ones answer success without having looked.
func (c *LambdaClient) Cleanup(ctx context.Context, r LambdaRequest) (credential.Outcome, error) {
	r.Cleanup = true
	answer, err := c.ask(ctx, r)
	if err != nil || !slices.Contains(credential.Outcomes, answer.Outcome) {
		return credential.Unknown, err
	}
	return answer.Outcome, nil
}

func (c *LambdaClient) ask(ctx context.Context, r LambdaRequest) (LambdaAnswer, error) {
	if problem := r.problem(); problem != "" {
		return LambdaAnswer{}, fault.New(fault.Usage, "asking the broker: %s", problem)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL, nil)
	if err != nil {
		return LambdaAnswer{}, fault.New(fault.Usage, "the broker's URL cannot be asked")
	}
	r.setHeaders(req.Header)
	got, err := c.HTTP.Do(req)
	if err != nil {
		return LambdaAnswer{}, err
	}
	return decodeLambdaAnswer(got)
}

func (r LambdaRequest) setHeaders(h http.Header) {
	kind := lambdaToken
	if r.Cleanup {
		kind = lambdaClean
	}
	for name, value := range map[string]string{
		"Authorization": r.IDToken.Reveal(), "Platform": r.Platform, "Type": kind,
		"Project": r.Project, "Sonarurl": r.PlatformURL, "Token": r.Token.Reveal(),
	} {
		if value != "" {
			h.Set(name, value)
		}
	}
}

func (r LambdaRequest) problem() string {
	switch {
	case !sendable(r.IDToken, maxHeader):
		return "authorization is not an ID token"
	case !isPlatform(r.Platform):
		return "platform is no name"
	case !plain(r.Project, maxText) || !plain(r.PlatformURL, maxText) || strings.TrimSpace(r.Project) != r.Project || strings.TrimSpace(r.PlatformURL) != r.PlatformURL:
		return "project or sonarUrl is not one line of text"
	case !r.Token.IsZero() && (!r.Cleanup || !sendable(r.Token, maxHeader)):
		return "token is not one to revoke"
	default:
		return ""
	}
}

// DecodeLambda reads a request on the broker's side. Which platforms there are
// is not its business. Its errors are *Refusals that repeat nothing of the
// request.
func DecodeLambda(r *http.Request) (LambdaRequest, error) {
	if r.Method != http.MethodGet || r.ContentLength != 0 || len(r.TransferEncoding) > 0 || r.URL.RawQuery != "" {
		return LambdaRequest{}, malformed("the request is not a GET without query and body")
	}
	// net/http folds names, so that both spellings of one count as two
	for _, name := range []string{"Authorization", "Platform", "Type", "Project", "Sonarurl", "Token"} {
		if len(r.Header.Values(name)) > 1 {
			return LambdaRequest{}, malformed("a header comes twice")
		}
	}
	kind := r.Header.Get("Type")
	if kind != lambdaToken && kind != lambdaClean {
		return LambdaRequest{}, malformed("type is neither token nor cleanup")
	}
	got := LambdaRequest{
		IDToken: secret.New(r.Header.Get("Authorization")), Platform: r.Header.Get("Platform"), Project: r.Header.Get("Project"),
		PlatformURL: r.Header.Get("Sonarurl"), Cleanup: kind == lambdaClean,
	}
	if token := r.Header.Get("Token"); token != "" {
		got.Token = secret.New(token)
	}
	if problem := got.problem(); problem != "" {
		return LambdaRequest{}, malformed(problem)
	}
	return got, nil
}

type wireLambda struct {
	Code    int           `json:"code"`
	Message lambdaMessage `json:"message"`
}

type lambdaMessage struct {
	Token  string             `json:"token,omitempty"`
	Text   string             `json:"text"`
	Status credential.Outcome `json:"status,omitempty"`
}

// EncodeLambda writes what the broker's own code answers. An error means that the
// caller did not get it.
func EncodeLambda(w http.ResponseWriter, a LambdaAnswer) error {
	if text := a.Token.Reveal(); !plain(text, maxToken) || text != "" && a.Code != http.StatusOK {
		return fault.New(fault.Internal, "a token that no client would take")
	}
	message := lambdaMessage{Token: a.Token.Reveal(), Text: shorten(strings.ToValidUTF8(a.Text, "?")), Status: a.Outcome}
	return send(w, http.StatusOK, wireLambda{Code: a.Code, Message: message})
}

// EncodeLambdaRefusal writes r as the gateway or the broker's own code would, and
// never more than they say.
func EncodeLambdaRefusal(w http.ResponseWriter, r *Refusal) {
	if r.Kind == fault.Denied {
		_ = EncodeLambda(w, LambdaAnswer{Code: http.StatusUnauthorized, Text: "You are not authorized for this project"})
		return
	}
	row := meaningOf(r.Kind)
	text := http.StatusText(row.status)
	setRetryAfter(w, r.RetryAfter)
	_ = send(w, row.status, map[string]string{"message": text})
}

func decodeLambdaAnswer(got *httpclient.Response) (LambdaAnswer, error) {
	top, err := parseObject(got.Body)
	if err != nil || top.members["message"] == nil {
		return LambdaAnswer{}, notAutoken(got)
	}
	if got.Status != http.StatusOK {
		return LambdaAnswer{}, fromGateway(got.Status)
	}
	message, err := parseObject(top.members["message"])
	if err != nil {
		return LambdaAnswer{}, notAutoken(got)
	}
	answer := LambdaAnswer{
		Code: read[int](top, "code"), Text: shorten(read[string](message, "text")), Outcome: read[credential.Outcome](message, "status"),
	}
	if text := read[string](message, "token"); text != "" {
		answer.Token = secret.New(text)
	}
	if err := errors.Join(top.err, message.err); err != nil {
		return LambdaAnswer{}, fault.New(fault.Internal, "the broker's answer cannot be used: %w", err)
	}
	if answer.Code != http.StatusOK {
		return LambdaAnswer{}, fromHandler(answer)
	}
	return answer, nil
}

// fromGateway reads what stands in front of the broker's code. A crash of that
// code may have left a credential behind, so it is nothing to try again.
func fromGateway(status int) error {
	switch status {
	case http.StatusUnauthorized:
		return fault.New(fault.Untrusted, "%w", gatewayRefusal{})
	case http.StatusForbidden:
		return fault.New(fault.Denied, "the broker's gateway does not let this job in")
	case http.StatusInternalServerError:
		return fault.New(fault.Internal, "the broker crashed")
	default:
		return fault.New(httpclient.Kind(status), "the broker's gateway answered %d", status)
	}
}

// fromHandler keeps the broker's text, which says what its operator wants the
// job's author to know, out of the message and in a Refusal.
func fromHandler(a LambdaAnswer) error {
	kind := fault.Internal
	switch a.Code {
	case http.StatusUnauthorized, http.StatusForbidden:
		kind = fault.Denied
	case http.StatusBadRequest:
		kind = fault.Usage
	}
	return &Refusal{Kind: kind, Status: http.StatusOK, Description: a.Text}
}
