package httpclient

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/autoken/autoken/internal/fault"
)

func quiet(t *testing.T) *log.Logger {
	t.Helper()
	return log.New(io.Discard, "", 0)
}

// S20: a redirect is an answer, whatever its status, the method and the target.
func TestS20NoRedirectIsFollowed(t *testing.T) {
	var strangers atomic.Int32
	other, otherRoots := serve(t, func(http.ResponseWriter, *http.Request) { strangers.Add(1) })
	var own atomic.Int32
	var target string
	here, roots := serve(t, func(w http.ResponseWriter, r *http.Request) {
		own.Add(1)
		var status int
		fmt.Sscanf(r.URL.Path, "/%d", &status)
		w.Header().Set("Location", target)
		w.WriteHeader(status)
	})
	client := newClient(t, Config{CAPEM: append(roots, otherRoots...)})
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			for _, target = range []string{here + "/200", other, "http://" + strings.TrimPrefix(here, "https://"), "https://host/%zz"} {
				own.Store(0)
				req := request(t, method, fmt.Sprintf("%s/%d", here, status), strings.Repeat("b", len(method)-3))
				req.Header.Set("Token", "secret")
				got, err := client.Do(req)
				if err != nil || got.Status != status {
					t.Errorf("%d %s to %q: %v %v, want the redirect itself", status, method, target, got, err)
				}
				if own.Load() != 1 || strangers.Load() != 0 {
					t.Errorf("%d %s to %q: %d and %d requests, want 1 and 0", status, method, target, own.Load(), strangers.Load())
				}
			}
		}
	}
}

// T6: an answer is read up to a limit.
func TestT6BodyLimit(t *testing.T) {
	url, roots := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(bytes.Repeat([]byte("A"), 1<<20))
	})
	client := newClient(t, Config{CAPEM: roots})
	if got, err := get(t, client, url); err != nil || len(got.Body) != 1<<20 {
		t.Errorf("1 MiB: %v, want all of it", err)
	}
	tight := newClient(t, Config{CAPEM: roots, MaxBody: 1<<20 - 1})
	_, err := get(t, tight, url)
	if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "larger than 1048575 bytes") || strings.Contains(err.Error(), "AAAA") {
		t.Errorf("1 MiB with a limit one below: %v", err)
	}
}

// T6: a small answer must not unpack into a huge one.
func TestT6NothingIsUnpacked(t *testing.T) {
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, _ = zip.Write(make([]byte, 64<<20))
	zip.Close()
	url, roots := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Accept-Encoding"); got != "identity" {
			t.Errorf("Accept-Encoding %q", got)
		}
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	})
	if _, err := get(t, newClient(t, Config{CAPEM: roots}), url); err == nil || !strings.Contains(err.Error(), "compressed") {
		t.Errorf("a packed answer: %v, want a refusal", err)
	}
}

// T6: the deadline covers the body's last byte, and silence.
func TestT6SlowServersEndAtTheDeadline(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	servers := map[string]func(net.Conn){
		"says nothing": func(net.Conn) { <-stop },
		"drips": func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
			for {
				if _, err := c.Write([]byte("x")); err != nil {
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
		},
	}
	for name, handle := range servers {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := get(t, newClient(t, Config{Timeout: 200 * time.Millisecond}), rawServer(t, handle))
			if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "no complete answer in 200ms") {
				t.Errorf("%v", err)
			}
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestCallersDeadlineIsNamed(t *testing.T) {
	url := rawServer(t, func(net.Conn) { time.Sleep(time.Second) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	req := request(t, http.MethodGet, url, "").WithContext(ctx)
	_, err := newClient(t, Config{Retries: 5}).Do(req)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no time was left") {
		t.Errorf("%v", err)
	}
}

// S15: without retries a request goes out once, also where net/http would repeat it.
func TestS15SentOnceWithoutRetries(t *testing.T) {
	var seen atomic.Int32
	url := rawServer(t, func(net.Conn) { seen.Add(1) })
	client := newClient(t, Config{})
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		seen.Store(0)
		req := request(t, method, url, "subject_token=once")
		req.Header.Set("Idempotency-Key", "net/http repeats these")
		if _, err := client.Do(req); err == nil || !strings.Contains(err.Error(), "closed") {
			t.Errorf("%s: %v, want a closed connection", method, err)
		}
		time.Sleep(50 * time.Millisecond)
		if seen.Load() != 1 {
			t.Errorf("%s arrived %d times, want once", method, seen.Load())
		}
	}
}

// S15: a connection that was used before is what makes net/http repeat requests.
func TestS15FreshConnectionEachTime(t *testing.T) {
	remotes := map[string]bool{}
	url, roots := serve(t, func(_ http.ResponseWriter, r *http.Request) { remotes[r.RemoteAddr] = true })
	client := newClient(t, Config{CAPEM: roots})
	for range 3 {
		if _, err := get(t, client, url); err != nil {
			t.Fatal(err)
		}
	}
	if len(remotes) != 3 {
		t.Errorf("%d connections for 3 requests", len(remotes))
	}
}

func TestRequestIsLeftAsItIs(t *testing.T) {
	url, roots := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s", r.Header.Get("User-Agent"), r.Header.Get("Content-Type"), body)
	})
	req := request(t, http.MethodPost, url, "a=b")
	req.Header.Set("Content-Type", "text/x")
	before := req.Header.Clone()
	got, err := newClient(t, Config{CAPEM: roots, UserAgent: "autoken/1"}).Do(req)
	if err != nil || string(got.Body) != "autoken/1 text/x a=b" {
		t.Errorf("%v %v", got, err)
	}
	if len(req.Header) != len(before) {
		t.Errorf("header became %v", req.Header)
	}
}

// C17: no error repeats what was sent or received, nor the URL beyond its host.
func TestC17ErrorsHoldNoForeignText(t *testing.T) {
	answers := map[string]string{
		"no status line": "leaked: PRIVATE\r\n\r\n",
		"bad status":     "HTTP/1.1 PRIVATE OK\r\n\r\n",
		"bad header":     "HTTP/1.1 200 OK\r\nPRIVATE\r\n\r\n",
		"bad length":     "HTTP/1.1 200 OK\r\nContent-Length: PRIVATE\r\n\r\n",
		"bad coding":     "HTTP/1.1 200 OK\r\nTransfer-Encoding: PRIVATE\r\n\r\n",
		"short body":     "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nPRIVATE",
		"bad chunk":      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nPRIVATE\r\n",
		"other coding":   "HTTP/1.1 200 OK\r\nContent-Encoding: PRIVATE\r\nContent-Length: 0\r\n\r\n",
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			url := rawServer(t, func(c net.Conn) { _, _ = io.WriteString(c, answer) })
			req := request(t, http.MethodPost, url+"/PRIVATE?PRIVATE=1", "PRIVATE")
			req.Header.Set("Token", "PRIVATE")
			_, err := newClient(t, Config{}).Do(req)
			if err == nil || fault.KindOf(err) != fault.Unavailable {
				t.Fatalf("%v, want an error of kind unavailable", err)
			}
			for e := err; e != nil; e = errors.Unwrap(e) {
				if strings.Contains(e.Error(), "PRIVATE") {
					t.Errorf("%T: %v", e, e)
				}
			}
		})
	}
}

func TestPlainHTTPIsForLoopbackAlone(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	proxy, asked := connectProxy(t, s.Listener.Addr().String(), "")
	client := newClient(t, Config{Timeout: time.Second, Proxy: proxy})
	for _, url := range []string{s.URL, "http://localhost:" + port} {
		if _, err := get(t, client, url); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, url := range []string{"http://192.0.2.1/", "http://[2001:db8::1]/", "http://0.0.0.0:" + port} {
		if _, err := get(t, client, url); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "plain http is only for this machine") {
			t.Errorf("%s: %v, want a refusal of kind usage", url, err)
		}
	}
	if len(asked) != 0 {
		t.Errorf("the proxy was asked: %s", <-asked)
	}
}

func TestURLsThatAreNeverAsked(t *testing.T) {
	client := newClient(t, Config{})
	for _, url := range []string{"ftp://127.0.0.1/", "file:///etc/passwd", "https://user:PRIVATE@127.0.0.1/"} {
		if _, err := get(t, client, url); fault.KindOf(err) != fault.Usage || strings.Contains(err.Error(), "PRIVATE") {
			t.Errorf("%s: %v", url, err)
		}
	}
}
