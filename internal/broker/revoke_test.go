package broker

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/platform"
	"github.com/autoken/autoken/internal/record"
)

// Every credential that an answer carries is one that its lease ends.
func TestLeaseEndsItsCredential(t *testing.T) {
	w := newWorld(t)
	_, body := w.ask(idToken(), "deploy publish")
	for i, one := range body["credentials"].([]any) {
		status, answer := w.returns(one.(map[string]any)["lease"].(string))
		if status != http.StatusOK || answer["status"] != "revoked" || w.live() != 1-i {
			t.Errorf("%d %v, %d live", status, answer, w.live())
		}
	}
	if got := w.records.last(t, record.Revoke); got.Outcome != "revoked" || got.Claims["run_id"] != "19520931456" || got.DecisionID == "" {
		t.Errorf("record %+v", got)
	}
}

// S7: of a lease that was given back the platform is not asked again.
func TestS7ReplayedRevoke(t *testing.T) {
	w := newWorld(t)
	asked := 0
	w.breaks("sandbox", trouble{revoke: func(context.Context, platform.Connection) error { asked++; return nil }})
	_, body := w.ask(idToken(), "deploy")
	lease := body["lease"].(string)
	for i, want := range []string{"revoked", "already_gone", "already_gone"} {
		if status, answer := w.returns(lease); status != http.StatusOK || answer["status"] != want || asked != 1 {
			t.Errorf("%d: %d %v, the platform was asked %d times", i, status, answer, asked)
		}
	}
}

// S7: a lease that is none of ours is unknown, and no platform hears of it.
func TestS7LeasesOfOthers(t *testing.T) {
	w := newWorld(t)
	_, body := w.ask(idToken(), "deploy")
	lease := body["lease"].(string)
	w.breaks("sandbox", trouble{revoke: func(context.Context, platform.Connection) error { t.Error("the platform is asked"); return nil }})
	keyring := func(instance, key string) func(*world) {
		return func(w *world) {
			var err error
			if w.config.LeaseKeys, err = exchange.NewKeyring(instance, []byte(key)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, change := range map[string]func(*world){
		"another instance":   keyring("other", "0123456789abcdef0123456789abcdeF"),
		"an unknown key":     keyring("test", "another-key-89abcdef0123456789ab"),
		"a moved connection": moved(func(c *platform.Connection) { c.URL += "-2" }),
		"a new platform":     moved(func(c *platform.Connection) { c.Platform = "artifactory" }),
	} {
		other := newWorld(t)
		change(other)
		other.Broker.config = other.config
		status, answer := other.returns(lease)
		if status != http.StatusBadRequest || answer["error"] != "invalid_token" || answer["status"] != "unknown" {
			t.Errorf("%s: %d %v", name, status, answer)
		}
		if got := other.records.last(t, record.Revoke); got.Outcome != "unknown" || !strings.HasPrefix(got.Reason, errNotOurs.Error()) {
			t.Errorf("%s: record %+v", name, got)
		}
	}
}

func moved(change func(*platform.Connection)) func(*world) {
	return func(w *world) {
		c := w.config.Connections["sandbox"]
		change(&c)
		w.config.Connections["sandbox"] = c
	}
}

// S7: a platform that does not revoke is told apart, keeps nobody from getting
// credentials, and is asked again the next time.
func TestS7FailedRevokeBlocksNothing(t *testing.T) {
	w := newWorld(t)
	_, body := w.ask(idToken(), "deploy")
	lease := body["lease"].(string)
	w.breaks("sandbox", trouble{revoke: outOfOrder})
	for range 5 {
		status, answer := w.returns(lease)
		w.wants(http.StatusInternalServerError, status, answer)
	}
	status, body := w.ask(idToken(), "deploy")
	w.wants(http.StatusOK, status, body)
	w.breaks("sandbox", trouble{})
	if status, answer := w.returns(lease); status != http.StatusOK || answer["status"] != "revoked" {
		t.Errorf("%d %v", status, answer)
	}
}
