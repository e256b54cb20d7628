package identity_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/secret"
)

// githubPayload has all claims of a GitHub job.
const githubPayload = `{"jti":"2f0d6a6c-5b8f-4b0e-9f5e-0d6a7c1d2e3f","sub":"repo:acme/payments:ref:refs/heads/main","aud":"https://broker.example","ref":"refs/heads/main","sha":"f2c5a9e6b1b0f1a0c9b0d7a5d1bf0c7a6a1a2b3c","repository":"acme/payments","repository_owner":"acme","repository_owner_id":"65","run_id":"12345678901","run_number":"10","run_attempt":"2","repository_visibility":"private","repository_id":"456789","actor_id":"12","actor":"octocat","workflow":"release","head_ref":"","base_ref":"","event_name":"push","ref_protected":"true","ref_type":"branch","workflow_ref":"acme/payments/.github/workflows/release.yml@refs/heads/main","workflow_sha":"f2c5a9e6b1b0f1a0c9b0d7a5d1bf0c7a6a1a2b3c","job_workflow_ref":"acme/payments/.github/workflows/release.yml@refs/heads/main","job_workflow_sha":"f2c5a9e6b1b0f1a0c9b0d7a5d1bf0c7a6a1a2b3c","runner_environment":"github-hosted","check_run_id":"98765432101","iss":"https://token.actions.example","nbf":1789999400,"exp":1790000300,"iat":1790000000}`

// BenchmarkVerify shows what Verify costs beside the check of the signature,
// which nobody can do without: ratio is to stay below 2.5. The two take turns,
// so that a busy machine slows both.
func BenchmarkVerify(b *testing.B) {
	w := newWorld()
	verifier := w.verifier()
	token := sign(rsaKey(), `{"typ":"JWT","alg":"RS256","x5t":"kAg2vTqMNCnIWmTmFbU1UQ5qXGk","kid":"k1"}`, githubPayload)
	public, digest, signature := takeApart(token)

	var verify, check time.Duration
	for b.Loop() {
		start := time.Now()
		if _, err := verifier.Verify(b.Context(), token, ""); err != nil {
			b.Fatal(err)
		}
		between := time.Now()
		if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, digest, signature); err != nil {
			b.Fatal(err)
		}
		verify, check = verify+between.Sub(start), check+time.Since(between)
	}
	b.ReportMetric(float64(verify.Nanoseconds())/float64(b.N), "verify-ns/op")
	b.ReportMetric(float64(check.Nanoseconds())/float64(b.N), "rsa-ns/op")
	b.ReportMetric(float64(verify)/float64(check), "ratio")
}

func BenchmarkDecodeClaims(b *testing.B) {
	payload := []byte(githubPayload)
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := identity.DecodeClaims(payload); err != nil {
			b.Fatal(err)
		}
	}
}

func takeApart(token secret.Value) (public *rsa.PublicKey, digest, signature []byte) {
	raw := token.Reveal()
	dot := strings.LastIndexByte(raw, '.')
	sum := sha256.Sum256([]byte(raw[:dot]))
	signature, _ = base64.RawURLEncoding.DecodeString(raw[dot+1:])
	public, _ = rsaKey().Public().(*rsa.PublicKey)
	return public, sum[:], signature
}
