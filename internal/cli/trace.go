package cli

import (
	"net/http"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/httpclient"
)

// traced shows requests to those who asked with -vv: method, host and status,
// never a path, a query, a header or a body.
func (a *App) traced(d ci.Doer) ci.Doer {
	if a.settings.Verbose < 2 {
		return d
	}
	return tracer{a, d}
}

type tracer struct {
	app  *App
	next ci.Doer
}

// Do keeps what there is to say until the command's masks are out.
func (t tracer) Do(req *http.Request) (*httpclient.Response, error) {
	got, err := t.next.Do(req)
	switch {
	case err != nil:
		t.app.note("%s %s: %s", req.Method, req.URL.Host, err)
	default:
		t.app.note("%s %s: %d, %d bytes", req.Method, req.URL.Host, got.Status, len(got.Body))
	}
	return got, err
}
