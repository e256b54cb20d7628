package exchange

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/httpclient"
)

func refused(tb testing.TB, w *wire) *Refusal {
	tb.Helper()
	_, err := client(w).Exchange(tb.Context(), aRequest("a"))
	r, ok := errors.AsType[*Refusal](err)
	if !ok {
		tb.Fatalf("%v is no refusal", err)
	}
	return r
}

// S28: the words and statuses, and that a kind keeps over the wire.
func TestS28Words(t *testing.T) {
	want := map[fault.Kind][2]string{
		fault.Usage:       {"invalid_request", "400"},
		fault.Untrusted:   {"invalid_request", "401"},
		fault.Denied:      {"invalid_target", "403"},
		fault.Throttled:   {"slow_down", "429"},
		fault.Unavailable: {"temporarily_unavailable", "503"},
		fault.Internal:    {"server_error", "500"},
		fault.Ambiguous:   {"server_error", "500"},
		fault.NoIdentity:  {"server_error", "500"},
	}
	for _, kind := range fault.Kinds {
		var status int
		r := refused(t, &wire{handle: func(w http.ResponseWriter, _ *http.Request) {
			EncodeRefusal(w, &Refusal{Kind: kind})
			status = w.(*httptest.ResponseRecorder).Code
			if w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s may be kept", kind)
			}
		}})
		if got := [2]string{r.Word, fmt.Sprint(status)}; got != want[kind] {
			t.Errorf("%s: %v, want %v", kind, got, want[kind])
		}
		if status != 500 && (r.Kind != kind || fault.KindOf(r) != kind) || status == 500 && r.Kind != fault.Internal {
			t.Errorf("%s arrives as %s", kind, r.Kind)
		}
		if wantTemporary := status == 429 || status >= 500; r.Temporary() != wantTemporary {
			t.Errorf("%s: temporary is %t", kind, r.Temporary())
		}
	}
}

func TestRefusalGoesOverTheWire(t *testing.T) {
	want := &Refusal{
		Kind: fault.Denied, Status: 403, Word: "invalid_target", Description: "no", DecisionID: "d7k2m9x4q7t1", Time: now, Owner: "@acme/payments",
		Failed: []Condition{{"match.ref", "refs/pull/1/merge"}, {"match.event_name", ""}}, Conditions: 5, Grants: []string{"payments/sonar"}, RetryAfter: 7 * time.Second,
	}
	got := refused(t, &wire{handle: func(w http.ResponseWriter, _ *http.Request) { EncodeRefusal(w, want) }})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// S11: what strangers get depends on the kind alone.
func TestS11StrangersGetTheSameBytes(t *testing.T) {
	write := func(err error) string {
		rec := httptest.NewRecorder()
		EncodeRefusal(rec, RefusalOf(err))
		return fmt.Sprint(rec.Code, rec.Header(), rec.Body)
	}
	a := write(fault.New(fault.Denied, "no grant %s", canary))
	b := write(fmt.Errorf("evaluating: %w", fault.New(fault.Denied, "ref does not fit").WithHint(canary)))
	if a != b || strings.Contains(a, canary) {
		t.Errorf("%s\n%s", a, b)
	}
}

func TestRetryAfterIsRoundedUp(t *testing.T) {
	for wait, want := range map[time.Duration]string{0: "", time.Millisecond: "1", time.Second: "1", 1500 * time.Millisecond: "2"} {
		rec := httptest.NewRecorder()
		EncodeRefusal(rec, &Refusal{Kind: fault.Throttled, RetryAfter: wait})
		if got := rec.Header().Get("Retry-After"); got != want {
			t.Errorf("%v: %q, want %q", wait, got, want)
		}
	}
}

func TestRefusalOf(t *testing.T) {
	own := &Refusal{Kind: fault.Denied, Owner: "@x"}
	if got := RefusalOf(fmt.Errorf("deciding: %w", own)); got != own {
		t.Errorf("%+v", got)
	}
	got := RefusalOf(fault.New(fault.Throttled, canary).After(3 * time.Second))
	if diff := cmp.Diff(&Refusal{Kind: fault.Throttled, RetryAfter: 3 * time.Second}, got); diff != "" {
		t.Error(diff)
	}
	if got := RefusalOf(errors.New(canary)); got.Kind != fault.Internal || got.Description != "" {
		t.Errorf("%+v", got)
	}
}

func TestRefusalsByStatus(t *testing.T) {
	for _, test := range []struct {
		status int
		word   string
		want   fault.Kind
	}{
		{400, "invalid_request", fault.Usage},
		{400, "invalid_scope", fault.Usage},
		{400, "invalid_target", fault.Denied},
		{400, "slow_down", fault.Throttled},
		{400, "temporarily_unavailable", fault.Unavailable},
		{400, "never heard of", fault.Usage},
		{401, "never heard of", fault.Untrusted},
		{403, "never heard of", fault.Denied},
		{403, "slow_down", fault.Denied},
		{404, "invalid_target", fault.Internal},
		{408, "x", fault.Unavailable},
		{425, "x", fault.Unavailable},
		{429, "x", fault.Throttled},
		{500, "x", fault.Internal},
		{502, "x", fault.Unavailable},
		{504, "x", fault.Unavailable},
	} {
		r := refused(t, answering(test.status, "application/json", fmt.Sprintf(`{"error":%q}`, test.word)))
		if r.Kind != test.want || r.Status != test.status {
			t.Errorf("%d %s: %s, want %s", test.status, test.word, r.Kind, test.want)
		}
	}
}

// C17: a page from something in between is named and not repeated.
func TestC17WhatAutokenDidNotWrite(t *testing.T) {
	for _, test := range []struct {
		status      int
		media, body string
		kind        fault.Kind
		want        string
	}{
		{502, "text/html; charset=utf-8", "<html>" + canary, fault.Unavailable, "the broker's address answered 502 with a page (text/html), not autoken"},
		{403, "text/html", "<html>" + canary, fault.Internal, "the broker's address answered 403 with a page (text/html), not autoken"},
		{403, "application/json", `{"message":"` + canary + `"}`, fault.Internal, `the broker's address answered 403 with "application/json", not autoken`},
		{429, canary + "\n::error::", canary, fault.Throttled, "the broker's address answered 429 with nothing that has a type, not autoken"},
		{302, "text/html", canary, fault.Internal, "the broker's address answered 302 with a page (text/html), not autoken"},
		{503, "application/json", `{"error":"a","error":"` + canary + `"}`, fault.Unavailable, `the broker's address answered 503 with "application/json", not autoken`},
	} {
		_, err := client(answering(test.status, test.media, test.body)).Exchange(t.Context(), aRequest("a"))
		if err == nil || err.Error() != test.want || fault.KindOf(err) != test.kind || fault.HintOf(err) == "" {
			t.Errorf("got  %v (%s)\nwant %s (%s)", err, fault.KindOf(err), test.want, test.kind)
		}
	}
}

// C17: what a broker tells is kept apart from the error's own words, and short.
func TestC17ForeignTextStaysOutOfErrors(t *testing.T) {
	long := strings.Repeat("ä", 10_000)
	body := fmt.Sprintf(`{"error":"x%[1]s","error_description":%[2]q,"owner":%[2]q,"decision_id":"##[x]","time":"soon","conditions":-4,
		"failed":[%[3]s],"grants":["%[1]s","ok/grant",%[2]q]}`, canary, long, strings.Repeat(fmt.Sprintf(`{"condition":%q,"value":%q},`, long, long), 20)+`{}`)
	r := refused(t, answering(403, "application/json", body))
	if strings.Contains(r.Error(), canary) {
		t.Error(r.Error())
	}
	for _, text := range append([]string{r.Description, r.Owner}, r.Failed[0].Name, r.Failed[19].Actual) {
		if utf8.RuneCountInString(text) != 512 || !strings.HasSuffix(text, "…") {
			t.Errorf("%d characters", utf8.RuneCountInString(text))
		}
	}
	if r.DecisionID != "" || !r.Time.IsZero() || r.Conditions != 0 || !slices.Equal(r.Grants, []string{"ok/grant"}) {
		t.Errorf("%+v", r)
	}
}

func FuzzRefusal(f *testing.F) {
	f.Add(uint8(5), "text", "d1", "@x", "match.ref", "refs/heads/main", 3, "payments/sonar", `{"error":"x"}`)
	f.Add(uint8(0), "", "", "", "", "", 0, "", `{"error":1,"failed":{},"grants":[1]}`)
	f.Fuzz(func(t *testing.T, kind uint8, description, id, owner, name, value string, conditions int, grant, raw string) {
		row := meanings[int(kind)%len(meanings)]
		want := &Refusal{Kind: row.kind, Status: row.status, Word: row.word, Description: description, DecisionID: id, Owner: owner, Conditions: conditions, Time: now}
		if name != "" {
			want.Failed = []Condition{{name, value}}
		}
		if grant != "" {
			want.Grants = []string{grant}
		}
		carried := description != "" && conditions >= 0 && (id == "" || isDecisionID(id)) && (grant == "" || len(grant) <= 128 && isGrantID(grant))
		for _, text := range []string{description, owner, name, value} {
			carried = carried && utf8.ValidString(text) && shorten(text) == text
		}
		got := refused(t, &wire{handle: func(w http.ResponseWriter, _ *http.Request) { EncodeRefusal(w, want) }})
		if diff := cmp.Diff(want, got); carried && diff != "" {
			t.Error(diff)
		}
		for _, status := range []int{400, 403, 500} {
			err := refusalFrom(&httpclient.Response{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(raw)}, now)
			if !slices.Contains(fault.Kinds, fault.KindOf(err)) || len(err.Error()) > 200 {
				t.Errorf("%q: %v", raw, err)
			}
		}
	})
}
