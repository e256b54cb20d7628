package httpclient

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/autoken/autoken/internal/fault"
)

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// C24: the proxy that is configured is the one that is used, and messages name it.
func TestC24Route(t *testing.T) {
	tests := []struct {
		config Config
		url    string
		want   string
	}{
		{Config{}, "https://a.example", "directly"},
		{Config{Env: env()}, "https://a.example", "directly, no proxy variable applies"},
		{Config{Env: env("HTTPS_PROXY", "http://proxy:3128")}, "https://a.example", "through proxy http://proxy:3128 (HTTPS_PROXY)"},
		{Config{Env: env("HTTPS_PROXY", "http://x:1", "https_proxy", "proxy:3128")}, "https://a.example", "through proxy http://proxy:3128 (https_proxy)"},
		{Config{Env: env("HTTPS_PROXY", "http://user:PRIVATE@proxy:3128/path?q")}, "https://a.example", "through proxy http://proxy:3128 (HTTPS_PROXY)"},
		{Config{Env: env("HTTPS_PROXY", "socks5://proxy:1080")}, "https://a.example", "through proxy socks5://proxy:1080 (HTTPS_PROXY)"},
		{Config{Env: env("HTTPS_PROXY", "http://p:1", "NO_PROXY", "a.example")}, "https://a.example", "directly, because of NO_PROXY"},
		{Config{Env: env("HTTPS_PROXY", "http://p:1", "NO_PROXY", ".example")}, "https://sub.a.example", "directly, because of NO_PROXY"},
		{Config{Env: env("HTTPS_PROXY", "http://p:1", "no_proxy", "10.0.0.0/8")}, "https://10.1.2.3", "directly, because of no_proxy"},
		{Config{Env: env("HTTPS_PROXY", "http://p:1", "NO_PROXY", "example")}, "https://a.example.org", "through proxy http://p:1 (HTTPS_PROXY)"},
		{Config{Env: env("HTTPS_PROXY", "http://p:1")}, "https://127.0.0.1", "directly"},
		{Config{Env: env("HTTP_PROXY", "http://p:1")}, "https://a.example", "directly, no proxy variable applies"},
		{Config{Env: env("HTTP_PROXY", "http://p:1", "HTTPS_PROXY", "http://p:1")}, "http://a.example", "directly"},
		{Config{Proxy: "http://own:1", Env: env("HTTPS_PROXY", "http://p:1", "NO_PROXY", "*")}, "https://a.example", "through proxy http://own:1"},
	}
	for _, test := range tests {
		u, err := url.Parse(test.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := newClient(t, test.config).Route(u).String(); got != test.want {
			t.Errorf("%s: %q, want %q", test.url, got, test.want)
		}
	}
}

// C24: a proxy that cannot be read stops the command instead of being ignored.
func TestC24UnreadableProxy(t *testing.T) {
	for _, proxy := range []string{"http://user:PRIV%ZZATE@proxy", "ftp://PRIVATE.proxy", "http://", "http://:3128"} {
		_, err := New(Config{Env: env("HTTPS_PROXY", proxy)})
		if fault.KindOf(err) != fault.Usage || strings.Contains(err.Error()+fault.HintOf(err), "PRIV") || !strings.Contains(err.Error(), "HTTPS_PROXY") {
			t.Errorf("%s: %v", proxy, err)
		}
	}
}

func TestThroughProxy(t *testing.T) {
	ca := newIssuer(t, "Acme Root")
	far := serveAs(t, &tls.Config{Certificates: []tls.Certificate{ca.leaf(t, "service.example", time.Now().Add(time.Hour))}})
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("me:PRIVATE"))
	proxy, asked := connectProxy(t, far, basic)
	with := strings.Replace(proxy, "http://", "http://me:PRIVATE@", 1)
	roots := pemOf(ca.cert.Raw)

	guarded := Config{CAPEM: roots, Proxy: with, Guard: Public} // the proxy itself may be private
	if got, err := get(t, newClient(t, guarded), "https://service.example/"); err != nil || got.Status != http.StatusOK {
		t.Errorf("%v %v", got, err)
	}
	if got := <-asked; got != "CONNECT service.example:443" {
		t.Errorf("the proxy was asked %q", got)
	}
	if _, err := get(t, newClient(t, guarded), "https://169.254.169.254/"); err == nil || !strings.Contains(err.Error(), "not a public one") || len(asked) != 0 {
		t.Errorf("literal metadata address through a proxy: %v", err)
	}

	_, err := get(t, newClient(t, Config{CAPEM: roots, Env: env("HTTPS_PROXY", proxy), Retries: 3}), "https://service.example/PRIVATE?PRIVATE")
	want := "cannot reach https://service.example: through proxy " + proxy + " (HTTPS_PROXY): 407 proxy authentication required"
	if err == nil || err.Error() != want || !strings.Contains(fault.HintOf(err), "user:password") {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if len(asked) != 1 {
		t.Errorf("the proxy was asked %d times, want once", len(asked))
	}
	wrong := strings.Replace(proxy, "http://", "http://me:WRONGPASS@", 1)
	if _, err := get(t, newClient(t, Config{Proxy: wrong}), "https://service.example/"); err == nil || strings.Contains(err.Error(), "WRONG") || strings.Contains(err.Error(), "SECRET BODY") {
		t.Errorf("%v, want an error without the password and the body", err)
	}
}

func TestCertificateMessages(t *testing.T) {
	ca, stranger := newIssuer(t, "Acme Root"), newIssuer(t, "Evil\x1b[31m Root")
	hour := time.Now().Add(time.Hour)
	tests := map[string]struct {
		show tls.Certificate
		want string
		hint string
	}{
		"unknown":    {stranger.leaf(t, "service.example", hour), `certificate signed by unknown authority "Evil\x1b[31m Root"`, "AUTOKEN_CA_FILE"},
		"expired":    {ca.leaf(t, "service.example", time.Now().Add(-time.Hour)), `(issued by "Acme Root")`, "clock"},
		"other host": {ca.leaf(t, "other.example", hour), `certificate is for "other.example", not for service.example (issued by "Acme Root")`, "spelling"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			far := serveAs(t, &tls.Config{Certificates: []tls.Certificate{test.show}})
			proxy, asked := connectProxy(t, far, "")
			_, err := get(t, newClient(t, Config{CAPEM: pemOf(ca.cert.Raw), Proxy: proxy, Retries: 3}), "https://service.example/")
			if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), test.want) || !strings.Contains(fault.HintOf(err), test.hint) {
				t.Errorf("%v (%s)", err, fault.HintOf(err))
			}
			if len(asked) != 1 {
				t.Errorf("tried %d times, want once", len(asked))
			}
		})
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	ca := newIssuer(t, "Acme Root")
	far := serveAs(t, &tls.Config{Certificates: []tls.Certificate{ca.leaf(t, "service.example", time.Now().Add(time.Hour))}, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10})
	proxy, _ := connectProxy(t, far, "")
	if _, err := get(t, newClient(t, Config{CAPEM: pemOf(ca.cert.Raw), Proxy: proxy}), "https://service.example/"); err == nil || !strings.Contains(err.Error(), "tls") {
		t.Errorf("%v, want a refusal that names TLS", err)
	}
}

func TestClientCertificateAndExtraAuthority(t *testing.T) {
	ca := newIssuer(t, "Acme Root")
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	hour := time.Now().Add(time.Hour)
	far := serveAs(t, &tls.Config{Certificates: []tls.Certificate{ca.leaf(t, "service.example", hour)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool})
	proxy, _ := connectProxy(t, far, "")

	dir := t.TempDir()
	own := ca.leaf(t, "job", hour)
	key, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	config := Config{Proxy: proxy, CAFile: write("ca.pem", pemOf(ca.cert.Raw))}
	if _, err := get(t, newClient(t, config), "https://service.example/"); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("without a client certificate: %v", err)
	}
	config.CertFile, config.KeyFile = write("cert.pem", pemOf(own.Certificate[0])), write("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	if got, err := get(t, newClient(t, config), "https://service.example/"); err != nil || got.Status != http.StatusOK {
		t.Errorf("with a client certificate: %v %v", got, err)
	}

	for _, bad := range []Config{
		{CAFile: filepath.Join(dir, "absent")},
		{CAFile: config.KeyFile},
		{CAPEM: []byte("no pem")},
		{CertFile: config.CertFile},
		{CertFile: filepath.Join(dir, "absent"), KeyFile: config.KeyFile},
	} {
		if _, err := New(bad); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), bad.CAFile) || !strings.Contains(err.Error(), bad.CertFile) {
			t.Errorf("%+v: %v, want an error of kind usage with the path", bad, err)
		}
	}
}

// T7: what a stranger names must not lead inside.
func TestT7Public(t *testing.T) {
	inside := strings.FieldsSeq(`127.0.0.1 127.9.9.9 ::1 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 169.254.170.2 fe80::1 fe80::1%eth0
		fd00:ec2::254 fc00::1 100.64.0.1 100.127.255.255 100.100.100.200 0.0.0.0 0.1.2.3 :: 224.0.0.1 ff02::1 255.255.255.255 240.0.0.1
		::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:10.0.0.1 ::ffff:100.64.0.1 ::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b::7f00:1 64:ff9b:1::1 2002:7f00:1:: 2001::1
		fec0::1 192.0.0.8 198.18.0.1 192.0.2.1 2001:db8::1`)
	for text := range inside {
		if err := Public(netip.MustParseAddr(text)); err == nil {
			t.Errorf("%s is admitted", text)
		}
	}
	for text := range strings.FieldsSeq("140.82.112.3 1.1.1.1 172.32.0.1 100.128.0.1 100.63.255.255 2606:50c0:8000::153 64:ff9b::8c52:7003 ::ffff:1.1.1.1") {
		if err := Public(netip.MustParseAddr(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	if err := Public(netip.Addr{}); err == nil {
		t.Error("no address at all is admitted")
	}
}

// T7: the guard sees the address that is dialled, not the name.
func TestT7GuardAtDialTime(t *testing.T) {
	var seen int
	at, roots := serve(t, func(http.ResponseWriter, *http.Request) { seen++ })
	client := newClient(t, Config{CAPEM: roots, Guard: Public, Retries: 3})
	for _, url := range []string{at, strings.Replace(at, "127.0.0.1", "localhost", 1), strings.Replace(at, "https://127.0.0.1", "http://localhost", 1)} {
		if _, err := get(t, client, url); fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "not a public one") {
			t.Errorf("%s: %v", url, err)
		}
	}
	if seen != 0 {
		t.Errorf("%d requests arrived", seen)
	}
}

func TestRequireHTTPS(t *testing.T) {
	for raw, want := range map[string]string{
		"https://a.example":        "https://a.example",
		"https://a.example/":       "https://a.example",
		"https://A.example:8443/x": "https://A.example:8443/x",
		"https://a.example/x//":    "https://a.example/x",
		"https://[2606:50c0::1]":   "https://[2606:50c0::1]",
		"http://127.0.0.1:8080":    "http://127.0.0.1:8080",
		"http://[::1]:8080/":       "http://[::1]:8080",
		"http://localhost:1":       "http://localhost:1",
	} {
		u, err := RequireHTTPS(raw)
		if err != nil || u.String() != want {
			t.Errorf("%s: %v %v, want %s", raw, u, err, want)
		}
	}
	for _, raw := range []string{
		"", "a.example", "/x", "https:", "https://", "https:a.example", "ftp://a.example", "http://a.example", "http://10.0.0.1", "http://localhost.evil.example",
		"https://me@a.example", "https://me:PRIVATE@a.example", "https://a.example?PRIVATE", "https://a.example/?", "https://a.example/#", "https://a.example#PRIVATE",
		"https://a.example:99999", "https://a.example:0", "https://a.example:", "https://:443", "https://a b", "https://ä.example", "https://a.example\\@b", "https://a.example\n",
		"https://a,b.example", "https://a%2eexample", "//a.example",
	} {
		if u, err := RequireHTTPS(raw); fault.KindOf(err) != fault.Usage || strings.Contains(err.Error(), "PRIVATE") {
			t.Errorf("%q: %v %v, want an error of kind usage", raw, u, err)
		}
	}
}
