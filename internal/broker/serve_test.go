package broker

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/autoken/autoken/internal/platform"
	"github.com/autoken/autoken/internal/record"
	"github.com/autoken/autoken/internal/secret"
)

// served is a broker that listens; stop ends it and returns what Serve did.
func (w *world) served(t *testing.T) (address string, stop func() error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Serve(ctx, l) }()
	stop = func() error { cancel(); return <-ended }
	t.Cleanup(cancel)
	return l.Addr().String(), stop
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// write sends a question as a client does.
func write(t *testing.T, conn net.Conn, token secret.Value, scope string) {
	t.Helper()
	if err := (question{token: token, scope: scope}).request().Write(conn); err != nil {
		t.Fatal(err)
	}
}

// ends returns what a connection says until the broker closes it.
func ends(conn net.Conn, within time.Duration) (string, error) {
	_ = conn.SetReadDeadline(time.Now().Add(within))
	text, err := io.ReadAll(conn)
	return string(text), err
}

// T6: whoever sends a byte now and then, or too much, is not waited for, and
// keeps nobody else from being served.
func TestT6SlowAndLargeRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	address, stop := w.served(t)
	const head = "POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	slow := map[string]net.Conn{}
	for _, part := range []string{"POST /tok", head + "X-A: b", head + "Content-Length: 100\r\n\r\nscope="} {
		slow[part] = dial(t, address)
		if _, err := io.WriteString(slow[part], part); err != nil {
			t.Fatal(err)
		}
	}
	for name, request := range map[string]struct{ text, want string }{
		"headers": {head + "X-A: " + strings.Repeat("a", 32<<10) + "\r\n\r\n", "HTTP/1.1 431 "},
		"body":    {head + "Connection: close\r\nContent-Length: 70000\r\n\r\n" + strings.Repeat("a", 70000), "HTTP/1.1 400 "},
	} {
		conn := dial(t, address)
		go func() { _, _ = io.WriteString(conn, request.text) }()
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil || !strings.HasPrefix(line, request.want) {
			t.Errorf("%s: %q, %v", name, line, err)
		}
	}
	conn := dial(t, address)
	write(t, conn, idToken(), "deploy")
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 200 ") {
		t.Errorf("beside slow callers: %q, %v", line, err)
	}
	for part, conn := range slow {
		if text, err := ends(conn, readTime+2*time.Second); err != nil || strings.HasPrefix(text, "HTTP/1.1 200") {
			t.Errorf("%q: %q, %v", part, text, err)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// A broker that is told to stop finishes what it is doing.
func TestServeFinishesRequestsInWork(t *testing.T) {
	w := newWorld(t)
	begun, proceed := make(chan struct{}), make(chan struct{})
	w.breaks("sandbox", trouble{issue: func(context.Context, platform.Connection) error { close(begun); <-proceed; return nil }})
	address, stop := w.served(t)
	conn := dial(t, address)
	write(t, conn, idToken(), "deploy")
	<-begun
	ended := make(chan error)
	go func() { ended <- stop() }()
	for {
		extra, err := net.Dial("tcp", address)
		if err != nil {
			break // it does not listen any more
		}
		extra.Close()
		time.Sleep(time.Millisecond)
	}
	close(proceed)
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 200 ") {
		t.Errorf("answer %q, %v", line, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if len(w.records.all(t, record.Start)) != 1 || len(w.records.all(t, record.Stop)) != 1 || w.live() != 1 {
		t.Errorf("%d live, records:\n%s", w.live(), &w.records)
	}
}

// S16: a caller that hangs up over a real connection.
func TestS16CallerHangsUp(t *testing.T) {
	w := newWorld(t)
	begun, noticed := make(chan struct{}), make(chan struct{})
	w.breaks("sandbox", trouble{issue: func(ctx context.Context, _ platform.Connection) error {
		close(begun)
		<-ctx.Done()
		close(noticed)
		return nil
	}})
	address, stop := w.served(t)
	conn := dial(t, address)
	write(t, conn, idToken(), "deploy")
	<-begun
	conn.Close()
	<-noticed
	if err := stop(); err != nil {
		t.Error(err)
	}
	w.wantsUndelivered(1)
}

// S18: --dev listens on this machine alone.
func TestS18DevListensHere(t *testing.T) {
	w := newWorld(t)
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := w.Serve(t.Context(), l); err == nil || !strings.Contains(err.Error(), "for this machine alone") {
		t.Errorf("serves: %v", err)
	}
}

// A listener that breaks ends the broker with the reason.
func TestServeListenerBreaks(t *testing.T) {
	w := newWorld(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := w.Serve(t.Context(), l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v", err)
	}
}

func (w *world) reads() (n int) {
	w.change(func() { n = w.fetched })
	return n
}

// Readiness comes without a token: nobody sends one to a broker that is not
// ready. Keys that could not be read are asked for again soon.
func TestServeReadsKeysByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		toThePresent()
		w := newWorld(t)
		w.change(func() { w.down = true })
		ctx, cancel := context.WithCancel(t.Context())
		go w.keepKeys(ctx)
		time.Sleep(time.Second)
		if w.get("/readyz") != http.StatusServiceUnavailable {
			t.Error("ready without keys")
		}
		w.change(func() { w.down = false })
		time.Sleep(missingEvery)
		if w.get("/readyz") != http.StatusOK {
			t.Error("not ready with keys")
		}
		before := w.reads()
		time.Sleep(refreshKeys - time.Minute)
		if after := w.reads(); after != before {
			t.Errorf("keys that are there were read %d times more", after-before)
		}
		time.Sleep(2 * time.Minute)
		if w.reads() == before {
			t.Error("old keys are not read again")
		}
		cancel()
	})
}

// A changed policy counts within seconds, without anybody saying so.
func TestServeWatchesItsFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		toThePresent()
		w := newWorld(t)
		ctx, cancel := context.WithCancel(t.Context())
		go w.watch(ctx)
		w.change(func() { w.killing = switchedOff })
		time.Sleep(reloadEvery + time.Millisecond)
		cancel()
		status, body := w.ask(idToken(), "switched-off")
		w.wants(http.StatusForbidden, status, body)
	})
}
