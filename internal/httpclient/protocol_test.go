package httpclient_test

import (
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/autoken/autoken/internal/httpclient"
)

// C16: some token services answer HTTP/2 with HTTP_1_1_REQUIRED, so that is what
// is spoken, also with a server that offers more.
func TestC16HTTP11IsSpoken(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Proto)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	client, err := httpclient.New(httpclient.Config{
		CAPEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}),
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := client.Fetch(t.Context(), server.URL)
	if err != nil || string(got) != "HTTP/1.1" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestFetchTakesA200Alone(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/keys" {
			http.Redirect(w, r, "/keys", http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, "keys")
	}))
	defer server.Close()
	client, err := httpclient.New(httpclient.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := client.Fetch(t.Context(), server.URL+"/keys"); err != nil || string(got) != "keys" {
		t.Errorf("%s, %v", got, err)
	}
	if got, err := client.Fetch(t.Context(), server.URL+"/other"); err == nil {
		t.Errorf("a redirect was taken for %q", got)
	}
}
