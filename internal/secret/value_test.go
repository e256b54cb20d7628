package secret_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/secret"
)

const password = "hunter2-Ünlock"

// keeper holds a Value in each way that fmt and the encoders treat differently.
type keeper struct {
	Public  secret.Value
	Map     map[string]secret.Value
	Slice   []secret.Value
	Pointer *secret.Value
	Any     any
	private secret.Value
	nested  struct{ deep secret.Value }
}

type job struct{ Token secret.Value }

func newKeeper() keeper {
	v := secret.New(password)
	k := keeper{
		Public: v, Map: map[string]secret.Value{"k": v}, Slice: []secret.Value{v}, Pointer: &v, Any: v, private: v,
	}
	k.nested.deep = v
	return k
}

// leak returns the form in which shown gives the password away, or "".
func leak(shown string) string {
	for _, form := range []string{
		password, "hunter2", hex.EncodeToString([]byte(password)), strings.ToUpper(hex.EncodeToString([]byte(password))),
		"68 75 6e 74", "104 117 110 116", base64.StdEncoding.EncodeToString([]byte(password)),
	} {
		if strings.Contains(shown, form) {
			return form
		}
	}
	return ""
}

func TestValueNeverPrints(t *testing.T) {
	v, k := secret.New(password), newKeeper()
	for verb := range strings.SplitSeq("v +v #v s q x X d o b c e f g t p T U % x #x -20s +q #q", " ") {
		for name, value := range map[string]any{"value": v, "pointer": &v, "struct": k, "struct pointer": &k, "slice": []any{v, k}} {
			shown := fmt.Sprintf("%"+verb, value)
			if form := leak(shown); form != "" {
				t.Errorf("%%%s of a %s shows %q: %s", verb, name, form, shown)
			}
		}
	}
	if got := fmt.Sprintf("%v %q %x %d", v, v, v, v); got != "*** *** *** ***" {
		t.Errorf("a value prints as %q", got)
	}
}

func TestValueNeverEncodes(t *testing.T) {
	v, k := secret.New(password), newKeeper()
	asJSON, err := json.Marshal(map[string]any{"v": v, "k": k})
	if err != nil {
		t.Fatal(err)
	}
	asKey, err := json.Marshal(map[secret.Value]int{v: 1})
	if err != nil {
		t.Fatal(err)
	}
	asXML, err := xml.Marshal(job{v})
	if err != nil {
		t.Fatal(err)
	}
	wrapped := errors.Join(fmt.Errorf("sign in with %v: %w", k, errors.New("no")), fmt.Errorf("%s", v))
	for name, shown := range map[string]string{
		"json": string(asJSON), "json key": string(asKey), "xml": string(asXML),
		"error": wrapped.Error(), "panic": panicText(v), "print": fmt.Sprint(v, k) + fmt.Sprintln(v, &k),
	} {
		if form := leak(shown); form != "" {
			t.Errorf("%s shows %q: %s", name, form, shown)
		}
		if !strings.Contains(shown, "***") {
			t.Errorf("%s does not show a mask: %s", name, shown)
		}
	}
}

func panicText(v secret.Value) (text string) {
	defer func() { text = fmt.Sprint(recover()) }()
	panic(v)
}

func TestValueNeverLogs(t *testing.T) {
	v, k := secret.New(password), newKeeper()
	var logged bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&logged, nil), slog.NewJSONHandler(&logged, nil)} {
		logged.Reset()
		slog.New(handler).With("with", v).WithGroup("g").Info("m", "v", v, "pv", &v, "k", k, "pk", &k, "any", []secret.Value{v})
		if form := leak(logged.String()); form != "" {
			t.Errorf("%T shows %q: %s", handler, form, logged.String())
		}
		if !strings.Contains(logged.String(), "***") {
			t.Errorf("%T does not show a mask: %s", handler, logged.String())
		}
	}
}

func TestValueLogsAsText(t *testing.T) {
	if got := slog.AnyValue(secret.New(password)).Resolve(); got.Kind() != slog.KindString || got.String() != "***" {
		t.Errorf("a handler sees %v (%v)", got, got.Kind())
	}
}

func TestValueReveal(t *testing.T) {
	if got := secret.New(password).Reveal(); got != password {
		t.Errorf("revealed %q", got)
	}
	var zero secret.Value
	if zero.Reveal() != "" || !zero.IsZero() || !secret.New("").IsZero() || secret.New("x").IsZero() {
		t.Error("only values without text are zero")
	}
	if !secret.New("a").Equal(secret.New("a")) || secret.New("a").Equal(secret.New("b")) || secret.New("a").Equal(secret.New("ab")) || !zero.Equal(secret.New("")) {
		t.Error("values are equal when their texts are")
	}
}
