package exchange

import (
	"cmp"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/httpclient"
)

// Refusal is a broker's no. What it tells beyond Kind is the broker's text, cut
// to a length; it is not safe to print as it is.
type Refusal struct {
	Kind        fault.Kind
	Status      int    // as it was answered; 0 before that
	Word        string // OAuth's error code; "" for the kind's own
	Description string
	DecisionID  string
	Time        time.Time     // of the decision
	Owner       string        // who may change the grant
	Failed      []Condition   // what did not fit, for callers that may know
	Conditions  int           // how many the grant has
	Grants      []string      // ids whose identity pin the caller satisfies
	RetryAfter  time.Duration // 0 where the broker does not say
}

// Condition is one that did not fit, with the caller's own value.
type Condition struct {
	Name   string `json:"condition"` // "match.ref"
	Actual string `json:"value"`
}

const (
	invalidScope = "invalid_scope"
	invalidToken = "invalid_token"
	maxListed    = 64
)

// meaning is one row of the table between kinds and the wire. The words are
// RFC 8693's (section 2.2.2), RFC 6749's and RFC 8628's.
type meaning struct {
	kind   fault.Kind
	word   string
	status int
	text   string
}

var meanings = []meaning{
	{fault.Usage, "invalid_request", http.StatusBadRequest, "the request is malformed"},
	{fault.Untrusted, "invalid_request", http.StatusUnauthorized, "the ID token is not accepted"},
	{fault.Denied, "invalid_target", http.StatusForbidden, "there is no such grant for this job"},
	{fault.Throttled, "slow_down", http.StatusTooManyRequests, "there are too many requests"},
	{fault.Unavailable, "temporarily_unavailable", http.StatusServiceUnavailable, "a service that is needed does not answer"},
	{fault.Internal, "server_error", http.StatusInternalServerError, "the broker failed"},
}

// find returns the first row that fits, and the last row where none does.
func find(fits func(meaning) bool) meaning {
	if i := slices.IndexFunc(meanings, fits); i >= 0 {
		return meanings[i]
	}
	return meanings[len(meanings)-1]
}

func meaningOf(kind fault.Kind) meaning {
	return find(func(m meaning) bool { return m.kind == kind })
}

// Error says what happened in autoken's words.
func (r *Refusal) Error() string { return "the broker refuses: " + meaningOf(r.Kind).text }

// Unwrap makes fault.KindOf and fault.Temporary find the kind.
func (r *Refusal) Unwrap() error {
	return fault.New(r.Kind, "%s", meaningOf(r.Kind).text).After(r.RetryAfter)
}

// Temporary reports whether the same question, with a new ID token, may get
// another answer: 408, 425, 429 and all of 5xx.
func (r *Refusal) Temporary() bool {
	kind := httpclient.Kind(cmp.Or(r.Status, meaningOf(r.Kind).status))
	return kind == fault.Unavailable || kind == fault.Throttled
}

// RefusalOf returns the refusal in err's chain, or one that says err's kind and
// nothing else: an error's text is for the operator.
func RefusalOf(err error) *Refusal {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r
	}
	r := &Refusal{Kind: fault.KindOf(err)}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		r.RetryAfter = f.RetryAfter
	}
	return r
}

func malformed(problem string) *Refusal { return &Refusal{Kind: fault.Usage, Description: problem} }

type wireRefusal struct {
	Error       string      `json:"error"`
	Description string      `json:"error_description"`
	DecisionID  string      `json:"decision_id,omitempty"`
	Time        string      `json:"time,omitempty"`
	Owner       string      `json:"owner,omitempty"`
	Failed      []Condition `json:"failed,omitempty"`
	Conditions  int         `json:"conditions,omitempty"`
	Grants      []string    `json:"grants,omitempty"`
}

// EncodeRefusal writes r. Nothing depends on whether the caller gets it.
func EncodeRefusal(w http.ResponseWriter, r *Refusal) {
	row := meaningOf(r.Kind)
	wire := wireRefusal{
		Error: cmp.Or(r.Word, row.word), Description: cmp.Or(r.Description, row.text), DecisionID: r.DecisionID,
		Owner: r.Owner, Failed: r.Failed, Conditions: r.Conditions, Grants: r.Grants,
	}
	if !r.Time.IsZero() {
		wire.Time = r.Time.UTC().Format(time.RFC3339)
	}
	setRetryAfter(w, r.RetryAfter)
	_ = send(w, row.status, wire)
}

// setRetryAfter rounds up: a caller that comes back too early is refused again.
func setRetryAfter(w http.ResponseWriter, wait time.Duration) {
	if wait > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10))
	}
}

// refusalFrom reads an answer that is no success. The status decides; a body
// that autoken did not write only decides that something else answered.
func refusalFrom(got *httpclient.Response, now time.Time) error {
	wait := httpclient.RetryAfter(got.Header, now)
	o, err := parseObject(got.Body)
	if err != nil || !isJSON(got.Header) || read[string](o, "error") == "" {
		return notAutoken(got).After(wait)
	}
	r := &Refusal{
		Status: got.Status, Word: shorten(read[string](o, "error")), Description: shorten(read[string](o, "error_description")),
		Owner: shorten(read[string](o, "owner")), Conditions: max(read[int](o, "conditions"), 0), RetryAfter: wait,
		Failed: readFailed(o), Grants: readGrants(o),
	}
	r.Kind = kindOf(got.Status, r.Word)
	if id := read[string](o, "decision_id"); isDecisionID(id) {
		r.DecisionID = id
	}
	if at, err := time.Parse(time.RFC3339, read[string](o, "time")); err == nil {
		r.Time = at.UTC()
	}
	return r
}

func notAutoken(got *httpclient.Response) *fault.Error {
	return fault.New(httpclient.Kind(got.Status), "the broker's address answered %d with %s, not autoken", got.Status, mediaOf(got.Header)).
		WithHint("check the broker's URL, and whether a proxy answers in its place")
}

// kindOf goes by the status. 400 is what RFC 6749 says for nearly everything, so
// there the word refines it.
func kindOf(status int, word string) fault.Kind {
	i := slices.IndexFunc(meanings, func(m meaning) bool {
		return m.status == status && status != http.StatusBadRequest || m.word == word && status == http.StatusBadRequest
	})
	switch {
	case i >= 0:
		return meanings[i].kind
	case status == http.StatusBadRequest:
		return fault.Usage
	default:
		return httpclient.Kind(status)
	}
}

func readFailed(o *object) []Condition {
	var failed []Condition
	for _, c := range firstOf(read[[]Condition](o, "failed")) {
		failed = append(failed, Condition{shorten(c.Name), shorten(c.Actual)})
	}
	return failed
}

func readGrants(o *object) []string {
	ids := firstOf(read[[]string](o, "grants"))
	return slices.DeleteFunc(ids, func(id string) bool { return !isGrantID(id) })
}

func firstOf[T any](list []T) []T { return list[:min(len(list), maxListed)] }

// mediaOf names what an answer claims to be, as far as it is a known shape.
func mediaOf(h http.Header) string {
	media, _, err := mime.ParseMediaType(h.Get(contentType))
	switch {
	case err != nil || len(media) > 64:
		return "nothing that has a type"
	case media == "text/html":
		return "a page (text/html)"
	default:
		return fmt.Sprintf("%q", media)
	}
}
