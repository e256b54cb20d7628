package record_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/autoken/autoken/internal/record"
)

// hostile acts on terminals, browsers and readers of lines.
const hostile = "two\nlines\u2028 \x1b[2J \u009b2J \u202e </script> \U0001f600 \x7f\"\\"

func TestEachRecordIsALine(t *testing.T) {
	var out bytes.Buffer
	log := record.NewLog(&out)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if err := log.Write(record.Record{Event: record.Exchange, Reason: hostile, Claims: map[string]any{hostile: hostile}}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 50 {
		t.Errorf("%d lines", len(lines))
	}
	for _, line := range lines {
		var r record.Record
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Version != 1 || r.Reason != hostile || r.Claims[hostile] != hostile {
			t.Errorf("%s: %v", line, err)
		}
		if strings.ContainsAny(line, "<>") || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%q acts on whoever prints it", line)
		}
	}
}

// torn is a disk that is full once, in the middle of a line.
type torn struct {
	bytes.Buffer
	full bool
}

func (w *torn) Write(p []byte) (int, error) {
	if w.full {
		w.full = false
		n, _ := w.Buffer.Write(p[:len(p)/2])
		return n, errors.New("disk full")
	}
	return w.Buffer.Write(p)
}

func TestRecordAfterATornOne(t *testing.T) {
	out := &torn{full: true}
	log := record.NewLog(out)
	if err := log.Write(record.Record{Event: record.Exchange}); err == nil {
		t.Fatal("written")
	}
	for range 2 {
		if err := log.Write(record.Record{Event: record.Stop}); err != nil {
			t.Fatal(err)
		}
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 3 || !json.Valid([]byte(lines[1])) || !json.Valid([]byte(lines[2])) {
		t.Errorf("%q", lines)
	}
}

// S16: a reader of the log that has stopped reading holds up one record, and all
// others are told.
func TestS16BlockedLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader, writer := io.Pipe()
		log := record.NewLog(writer)
		first := make(chan error)
		go func() { first <- log.Write(record.Record{Event: record.Start}) }()
		synctest.Wait()
		begin := time.Now()
		err := log.Write(record.Record{Event: record.Exchange})
		if took := time.Since(begin); err == nil || took > 3*time.Second {
			t.Errorf("after %s: %v", took, err)
		}
		go func() { _, _ = io.Copy(io.Discard, reader) }()
		if err := <-first; err != nil {
			t.Error(err)
		}
		if err := log.Write(record.Record{Event: record.Exchange}); err != nil {
			t.Error(err)
		}
		writer.Close()
	})
}

// FuzzClaims: whatever a token claims, its record says the same as encoding/json.
func FuzzClaims(f *testing.F) {
	f.Add(`{"ref":"refs/heads/main","n":12345678901234567890,"l":["a",{"b":null}],"t":true,"é<&>\\\"":"\u2028😀"}`)
	f.Fuzz(func(t *testing.T, text string) {
		decode := func(text []byte) (all map[string]any) {
			d := json.NewDecoder(bytes.NewReader(text))
			d.UseNumber()
			if d.Decode(&all) != nil {
				t.Skip()
			}
			return all
		}
		claims := decode([]byte(text))
		var out bytes.Buffer
		if err := record.NewLog(&out).Write(record.Record{Claims: claims}); err != nil {
			t.Fatal(err)
		}
		got, _ := decode(out.Bytes())["claims"].(map[string]any)
		if diff := cmp.Diff(claims, got, cmpopts.EquateEmpty()); diff != "" || bytes.Count(out.Bytes(), []byte("\n")) != 1 {
			t.Errorf("%s (-want +got):\n%s", out.Bytes(), diff)
		}
	})
}

func TestRecordThatIsNoJSON(t *testing.T) {
	if err := record.NewLog(io.Discard).Write(record.Record{Claims: map[string]any{"f": func() {}}}); err == nil {
		t.Error("written")
	}
}
