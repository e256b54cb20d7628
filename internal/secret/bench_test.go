package secret_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/autoken/autoken/internal/secret"
)

// start is what all tokens of the benchmarks start with.
const start = "squ_0123456789abcdef"

// manySecrets returns a hundred tokens as services issue them and one ID token.
func manySecrets() []secret.Value {
	random := rand.New(rand.NewPCG(1, 2))
	word := func(n int) string {
		text := make([]byte, n)
		for i := range text {
			text[i] = byte(random.UintN(256))
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	var values []secret.Value
	for i := range 100 {
		prefix := [...]string{start, "ghs_", "cmVmdGtuOjAx", ""}[i%4]
		values = append(values, secret.New(prefix+word(30)))
	}
	return append(values, secret.New("eyJhbGciOiJSUzI1NiJ9.eyJ"+word(800)+"."+word(256)))
}

// buildLog returns 256 KiB of text as compilers and test runners write it.
func buildLog() []byte {
	random := rand.New(rand.NewPCG(3, 4))
	lines := []string{
		"2026-03-04T14:32:%02d.1234567Z [INFO] Downloading https://repo.example.com/maven2/org/slf4j/slf4j-api/2.0.%d/slf4j-api.jar (64 kB)\n",
		"ok  \tgithub.com/acme/payments/internal/ledger%d\t0.%03ds\tcoverage: 81.2%% of statements\n",
		"Step %d/40 : RUN go build -trimpath -o /out/app%d ./cmd/app\n",
		" ---> Running in 4f2a9c%d81b%d\n",
		"npm warn deprecated inflight@1.0.%d: This module is not supported, and leaks memory. Do not use it (%d)\n",
		"\x1b[32m✓\x1b[0m src/components/Button.test.tsx (%d tests) %d ms\n",
	}
	var text bytes.Buffer
	for text.Len() < 256<<10 {
		fmt.Fprintf(&text, lines[random.IntN(len(lines))], random.IntN(60), random.IntN(1000))
	}
	return text.Bytes()
}

// writeAll writes text in the pieces that a pipe delivers.
func writeAll(w io.Writer, text []byte) {
	for len(text) > 0 {
		n := min(32<<10, len(text))
		_, _ = w.Write(text[:n])
		text = text[n:]
	}
}

func BenchmarkMasker(b *testing.B) {
	log := buildLog()
	leaky := bytes.ReplaceAll(log, []byte("github.com"), []byte(manySecrets()[1].Reveal()))
	for _, bench := range []struct {
		name string
		text []byte
	}{
		{"build log", log},
		{"common start", []byte(strings.Repeat(start, 256<<10/len(start)))},
		{"cut starts", []byte(strings.Repeat(start[:len(start)-1], 256<<10/len(start)))},
		{"secrets", leaky},
	} {
		b.Run(bench.name, func(b *testing.B) {
			m := secret.NewMasker(io.Discard, manySecrets()...)
			writeAll(m, bench.text)
			b.SetBytes(int64(len(bench.text)))
			b.ReportAllocs()
			for b.Loop() {
				writeAll(m, bench.text)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(floor(bench.text).Nanoseconds()), "x-floor")
		})
	}
}

// floor is the time of the least that a masker could do: look for one byte that
// is not there, and copy.
func floor(text []byte) time.Duration {
	var best time.Duration
	into := make([]byte, 0, len(text))
	for i := range 20 {
		started := time.Now()
		if bytes.IndexByte(text, 0xff) < 0 {
			into = append(into[:0], text...)
		}
		if spent := time.Since(started); i == 0 || spent < best {
			best = spent
		}
	}
	return best
}

func BenchmarkFloor(b *testing.B) {
	text := buildLog()
	into := make([]byte, 0, len(text))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if bytes.IndexByte(text, 0xff) < 0 {
			into = append(into[:0], text...)
		}
	}
}

func BenchmarkNewMasker(b *testing.B) {
	values := manySecrets()
	b.ReportAllocs()
	for b.Loop() {
		secret.NewMasker(io.Discard, values...)
	}
	b.ReportMetric(float64(len(secret.Forms(values...))), "forms")
}

func BenchmarkForms(b *testing.B) {
	values := manySecrets()
	for b.Loop() {
		secret.Forms(values...)
	}
}

func TestMaskerDoesNotAllocate(t *testing.T) {
	log := buildLog()
	leaky := bytes.ReplaceAll(log, []byte("github.com"), []byte(manySecrets()[1].Reveal()))
	for name, text := range map[string][]byte{"build log": log, "secrets": leaky} {
		m := secret.NewMasker(io.Discard, manySecrets()...)
		writeAll(m, text)
		if allocs := testing.AllocsPerRun(5, func() { writeAll(m, text) }); allocs != 0 {
			t.Errorf("%s: %v allocations", name, allocs)
		}
	}
}
