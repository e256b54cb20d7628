package platform_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/platform"
)

// bench is a sandbox and its clock.
type bench struct {
	platform.Platform
	connection platform.Connection
	now        time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{now: time.Unix(1_800_000_000, 0)}
	clock := func() time.Time { return b.now }
	var ok bool
	if b.Platform, ok = platform.Lookup("sandbox"); !ok {
		t.Fatal("there is no sandbox")
	}
	b.connection = platform.Connection{Name: "s", Platform: "sandbox", Sandbox: platform.NewSandbox(clock), Now: clock}
	return b
}

func (b *bench) issue(t *testing.T, ttl time.Duration) platform.Issued {
	t.Helper()
	got, err := b.Issue(t.Context(), b.connection, platform.Order{Label: "run 1", TTL: ttl})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// opens returns what the platform answers to a header.
func (b *bench) opens(authorization string) (int, string) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", authorization)
	answer := httptest.NewRecorder()
	b.connection.Sandbox.ServeHTTP(answer, r)
	return answer.Code, strings.TrimSpace(answer.Body.String())
}

func TestSandboxTokenLives(t *testing.T) {
	b := newBench(t)
	one, two := b.issue(t, time.Minute), b.issue(t, time.Hour)
	if status, body := b.opens("Bearer " + one.Token.Reveal()); status != http.StatusOK || body != `{"token_of":"run 1"}` {
		t.Errorf("%d %s", status, body)
	}
	for _, header := range []string{"", "Bearer ", one.Token.Reveal(), "Basic " + one.Token.Reveal(), "Bearer " + one.TokenID, "Bearer " + one.Token.Reveal() + "x"} {
		if status, _ := b.opens(header); status != http.StatusUnauthorized {
			t.Errorf("%q: %d", header, status)
		}
	}
	if !one.PlatformExpires.Equal(b.now.Add(time.Minute)) {
		t.Errorf("expires %s", one.PlatformExpires)
	}
	b.now = one.PlatformExpires
	if status, _ := b.opens("Bearer " + one.Token.Reveal()); status != http.StatusUnauthorized || b.connection.Sandbox.Live() != 1 {
		t.Errorf("expired: %d, %d live", status, b.connection.Sandbox.Live())
	}
	for _, want := range []credential.Outcome{credential.Revoked, credential.AlreadyGone} {
		got, err := b.Revoke(t.Context(), b.connection, platform.Receipt{TokenID: two.TokenID})
		if err != nil || got != want {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
	if status, _ := b.opens("Bearer " + two.Token.Reveal()); status != http.StatusUnauthorized {
		t.Errorf("revoked: %d", status)
	}
}

func TestSandboxIsBounded(t *testing.T) {
	b := newBench(t)
	for i := range 20_000 {
		_, err := b.Issue(t.Context(), b.connection, platform.Order{Label: strconv.Itoa(i), TTL: time.Minute})
		if err != nil {
			if fault.KindOf(err) != fault.Unavailable {
				t.Error(err)
			}
			b.now = b.now.Add(time.Minute)
			b.issue(t, time.Minute)
			if live := b.connection.Sandbox.Live(); live != 1 {
				t.Errorf("%d live", live)
			}
			return
		}
	}
	t.Error("no bound")
}

// A connection without a sandbox is a mistake of ours and no crash.
func TestNoSandbox(t *testing.T) {
	b := newBench(t)
	b.connection.Sandbox = nil
	if _, err := b.Issue(t.Context(), b.connection, platform.Order{}); fault.KindOf(err) != fault.Internal {
		t.Error(err)
	}
	if _, err := b.Revoke(t.Context(), b.connection, platform.Receipt{}); fault.KindOf(err) != fault.Internal {
		t.Error(err)
	}
}

// Every platform can issue and revoke, and is one that policies can name.
func TestPlatforms(t *testing.T) {
	for _, p := range platform.Platforms {
		if _, known := credential.LookupPlatform(p.Name); !known || p.Issue == nil || p.Revoke == nil {
			t.Errorf("platform %+v", p)
		}
	}
	if _, ok := platform.Lookup("mainframe"); ok {
		t.Error("there is a mainframe")
	}
}
