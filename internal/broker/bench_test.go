package broker

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/autoken/autoken/internal/secret"
)

// BenchmarkToken compares the broker with a bare handler that does nothing but
// verify the ID token, which nobody can do without: ratio, of their throughputs,
// is to stay above 0.6. The two take turns, so that a busy machine slows both.
func BenchmarkToken(b *testing.B) {
	var broker, bare time.Duration
	var waits []time.Duration
	requests := 0
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b)
		load := newLoad(b, w)
		b.StartTimer()
		for range 4 {
			took, each := load.run(b, load.broker)
			broker, requests = broker+took, requests+len(each)
			waits = append(waits, each...)
			took, _ = load.run(b, load.bare)
			bare += took
		}
		load.close()
	}
	slices.Sort(waits)
	b.ReportMetric(bare.Seconds()/broker.Seconds(), "ratio")
	b.ReportMetric(float64(requests)/broker.Seconds(), "requests/s")
	b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(waits[len(waits)/2].Microseconds())/1000, "p50-ms")
}

// load is a number of clients that ask two servers at once.
type load struct {
	broker, bare *httptest.Server
	client       *http.Client
}

const (
	clients = 8
	perRun  = 200
)

func newLoad(b *testing.B, w *world) *load {
	b.Helper()
	verifier := w.rules.Load().verifiers[0]
	bare := func(answer http.ResponseWriter, r *http.Request) {
		if _, err := verifier.Verify(r.Context(), secret.New(r.PostFormValue("subject_token")), ""); err != nil {
			answer.WriteHeader(http.StatusUnauthorized)
		}
	}
	l := &load{
		broker: httptest.NewServer(w.Handler()), bare: httptest.NewServer(http.HandlerFunc(bare)),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}},
	}
	for _, server := range []*httptest.Server{l.broker, l.bare} {
		l.ask(b, bodies(clients), server) // connections, and the issuer's keys
	}
	return l
}

func (l *load) close() {
	l.client.CloseIdleConnections()
	l.broker.Close()
	l.bare.Close()
}

// bodies signs ID tokens and makes requests of them.
func bodies(n int) []string {
	all := make([]string, n)
	for i := range all {
		r := question{token: idToken(), scope: "deploy"}.request()
		body, _ := io.ReadAll(r.Body) // of a string
		all[i] = string(body)
	}
	return all
}

func (l *load) run(b *testing.B, server *httptest.Server) (time.Duration, []time.Duration) {
	b.Helper()
	b.StopTimer()
	all := bodies(perRun)
	b.StartTimer()
	begin := time.Now()
	waits := l.ask(b, all, server)
	return time.Since(begin), waits
}

func (l *load) ask(b *testing.B, all []string, server *httptest.Server) []time.Duration {
	b.Helper()
	waits := make([]time.Duration, len(all))
	var running sync.WaitGroup
	for c := range clients {
		running.Go(func() {
			for i := c; i < len(all); i += clients {
				begin := time.Now()
				answer, err := l.client.Post(server.URL+"/token", "application/x-www-form-urlencoded", strings.NewReader(all[i]))
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
				waits[i] = time.Since(begin)
				if answer.StatusCode != http.StatusOK {
					b.Errorf("status %d", answer.StatusCode)
				}
			}
		})
	}
	running.Wait()
	return waits
}

// BenchmarkTokenAlone is one request without a network.
func BenchmarkTokenAlone(b *testing.B) {
	b.ReportAllocs()
	var w *world
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		if i%5000 == 0 {
			w = newWorld(b)
			w.ask(idToken(), "deploy")
		}
		r, answer, handler := question{token: idToken(), scope: "deploy"}.request(), httptest.NewRecorder(), w.Handler()
		b.StartTimer()
		handler.ServeHTTP(answer, r)
	}
}

// maxAllocs is a third above what a request was measured to need.
const maxAllocs = 350

func TestRequestAllocatesLittle(t *testing.T) {
	w := newWorld(t)
	w.ask(idToken(), "deploy")
	handler := w.Handler()
	const runs = 50
	var requests []*http.Request
	for range runs + 1 {
		requests = append(requests, question{token: idToken(), scope: "deploy"}.request())
	}
	next := 0
	got := testing.AllocsPerRun(runs, func() {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, requests[next])
		if next++; answer.Code != http.StatusOK {
			t.Fatal(answer.Body)
		}
	})
	if t.Logf("%.0f allocations", got); got > maxAllocs {
		t.Errorf("a request needs %.0f allocations, more than %d", got, maxAllocs)
	}
}
