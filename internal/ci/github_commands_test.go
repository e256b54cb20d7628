package ci_test

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/fake"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/secret"
)

// masksOf returns the texts that were registered one by one.
func masksOf(t *testing.T, values ...string) []string {
	t.Helper()
	s := newStep(t)
	if err := s.system(t).Mask(s.job(), secret.Forms(secrets(values...)...)); err != nil {
		t.Fatal(err)
	}
	var runner fake.Runner
	runner.Write(s.out.String())
	if log := runner.Log(); len(log) > 0 {
		t.Errorf("masking itself shows %q", log)
	}
	return runner.Masks()
}

// C1, C4: a secret of several lines is masked as a whole, escaped, and by line.
func TestC1C4SeveralLines(t *testing.T) {
	const key = "-----BEGIN KEY-----\r\n  100% of it\n\nbase64==\n-----END KEY-----\n"
	masks := masksOf(t, key)
	for _, want := range []string{
		key, "-----BEGIN KEY-----", "100% of it", "base64==",
		base64.StdEncoding.EncodeToString([]byte(key)),
		base64.RawURLEncoding.EncodeToString([]byte(key)),
	} {
		if !slices.Contains(masks, want) {
			t.Errorf("no mask for %q", want)
		}
	}
}

func TestC4MaskLinesAreOfOneLine(t *testing.T) {
	s := newStep(t)
	if err := s.system(t).Mask(s.job(), secret.Forms(secrets("first\r\nsecond\rthird%0Afourth")...)); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(s.out.String(), "\r") {
		t.Error("a carriage return ends a line of the log")
	}
	for line := range strings.Lines(s.out.String()) {
		if !strings.HasPrefix(line, "::add-mask::") || !strings.HasSuffix(line, "\n") {
			t.Errorf("%q is no command", line)
		}
	}
	if !strings.Contains(s.out.String(), "third%250Afourth") {
		t.Error("a percent sign is not escaped")
	}
}

// C20: short masks hide half the log, and what is too short must not pass as
// masked.
func TestC20ShortSecrets(t *testing.T) {
	for _, mask := range masksOf(t, "{\n  \"token\": \"abcdef\"\n}", "", "  padded  ") {
		if len(strings.TrimSpace(mask)) < secret.MinLength {
			t.Errorf("mask %q", mask)
		}
	}
	for _, short := range []string{"a", "abc", " abc ", "a\nb\nc", "\n\n\n\n\n"} {
		s := newStep(t)
		err := s.system(t).Mask(s.job(), secrets("long enough", short))
		wantFault(t, err, fault.Internal, "shorter than 4")
		if s.out.Len() > 0 {
			t.Errorf("%q: written although it was refused: %s", short, s.out.String())
		}
	}
	if masks := masksOf(t); len(masks) > 2 {
		t.Errorf("no value, and masks %q", masks)
	}
}

// S2: a line that something else left open must not swallow the first mask.
func TestS2OpenLineBeforeTheMasks(t *testing.T) {
	s := newStep(t)
	s.out.WriteString("progress: 40%") // no line end
	if err := s.system(t).Mask(s.job(), secret.Forms(secrets("s3cr3t-token")...)); err != nil {
		t.Fatal(err)
	}
	s.out.WriteString("s3cr3t-token\n")
	var runner fake.Runner
	runner.Write(s.out.String())
	want := []string{"progress: 40%::add-mask::autoken ends the line before its masks", "***"}
	if diff := cmp.Diff(want, runner.Log()); diff != "" {
		t.Error(diff)
	}
}

type chunks struct{ writes []string }

func (c *chunks) Write(p []byte) (int, error) {
	c.writes = append(c.writes, string(p))
	return len(p), nil
}

func TestMasksComeInOneWrite(t *testing.T) {
	s := newStep(t)
	var out chunks
	job := s.job()
	job.Out = &out
	if err := s.system(t).Mask(job, secret.Forms(secrets("one-secret", "two-secret")...)); err != nil || len(out.writes) != 1 {
		t.Errorf("%v, %d writes", err, len(out.writes))
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestMaskReportsThatNobodyReads(t *testing.T) {
	s := newStep(t)
	job := s.job()
	job.Out = broken{}
	wantFault(t, s.system(t).Mask(job, secret.Forms(secrets("s3cr3t")...)), fault.Internal, "masking: broken pipe")
}

// C2: what was masked and then exported shows in no later step's log.
func TestC2MaskThenExport(t *testing.T) {
	s := newStep(t)
	system, job := s.system(t), s.job()
	const token = "squ_8f4b7c1e0d92a6b35c4f"
	if err := system.Mask(job, secret.Forms(secrets(token)...)); err != nil {
		t.Fatal(err)
	}
	if err := system.Export(job, ci.ToEnv, []credential.Var{{Name: "SONAR_TOKEN", Value: secret.New(token)}}); err != nil {
		t.Fatal(err)
	}
	var runner fake.Runner
	runner.Write(s.out.String())
	runner.Env(s.pairs(t, "GITHUB_ENV"))
	runner.Write("Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(token+":")) + "\n")
	runner.Write("base64url " + base64.RawURLEncoding.EncodeToString([]byte(token)) + "\n")
	want := []string{"  SONAR_TOKEN: ***", "Authorization: Basic ***", "base64url ***"}
	if !slices.Equal(runner.Log(), want) {
		t.Errorf("log %q, want %q", runner.Log(), want)
	}
}

func TestAnnotate(t *testing.T) {
	s := newStep(t)
	system, job := s.system(t), s.job()
	for _, level := range []ci.Level{ci.Error, ci.Warning, ci.Notice} {
		if err := system.Annotate(job, level, "100% denied:\n::stop-commands::x\r\nend"); err != nil {
			t.Fatal(err)
		}
	}
	var runner fake.Runner
	runner.Write(s.out.String() + "::add-mask::still obeyed\n")
	for i, want := range []string{"error", "warning", "notice"} {
		got := runner.Annotations[i]
		if got.Level != want || got.Title != "autoken" || got.Message != "100% denied:\n::stop-commands::x\r\nend" {
			t.Errorf("%+v", got)
		}
	}
	if !slices.Contains(runner.Masks(), "still obeyed") {
		t.Error("the text of an annotation was obeyed")
	}
}

func FuzzMask(f *testing.F) {
	f.Add("squ_8f4b7c1e0d92a6b35c4f", "progress")
	f.Add("-----BEGIN\nabc\r\n100%25 %0A\n\r\rEND-----", "::group::x")
	f.Add("##[stop-commands]x::stop-commands::y", "\n")
	f.Add("\u00a0\u2028\u0085  trimmed \ufeff", "")
	f.Add("aaaa\naaaaa", "aa")
	f.Fuzz(func(t *testing.T, text, before string) {
		if !utf8.ValidString(text) || strings.Contains(text, "*") || strings.ContainsAny(before, ":#") {
			t.Skip("not a secret, a secret that looks like its mask, or commands before ours")
		}
		s := newStep(t)
		s.out.WriteString(before)
		if err := s.system(t).Mask(s.job(), secret.Forms(secrets(text)...)); err != nil || text == "" {
			return
		}
		var runner fake.Runner
		runner.Write(s.out.String())
		for _, mask := range runner.Masks() {
			if len(strings.TrimSpace(mask)) < secret.MinLength {
				t.Errorf("mask %q", mask)
			}
		}
		log := len(runner.Log())
		runner.Write("the token is " + text + ".\n")
		runner.Write("as a header " + base64.StdEncoding.EncodeToString([]byte(text)) + "\n")
		runner.Env([]fake.Pair{{Name: "TOKEN", Value: text}})
		for _, line := range runner.Log()[log:] {
			for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\r' || r == '\n' }) {
				part = strings.TrimSpace(part)
				if len(part) >= secret.MinLength && strings.Contains(strings.TrimPrefix(line, "the token is "), part) {
					t.Errorf("%q shows %q", line, part)
				}
			}
		}
	})
}
