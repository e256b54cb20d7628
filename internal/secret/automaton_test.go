package secret

import (
	"math/rand/v2"
	"testing"
)

// unlike returns what a hundred secrets of fifteen forms come to at worst: needles
// of 60 bytes that share nothing but chance.
func unlike() []string {
	random := rand.New(rand.NewPCG(7, 8))
	needles := make([]string, 100*15)
	for i := range needles {
		needle := make([]byte, 60)
		for j := range needle {
			needle[j] = byte(' ' + random.IntN(95))
		}
		needles[i] = string(needle)
	}
	return needles
}

func TestAutomatonIsCompact(t *testing.T) {
	a := newAutomaton(unlike())
	rows := len(a.table) / int(a.classes)
	if size := 4*len(a.table) + 12*len(a.narrow) + 8*len(a.lengths); size > 3<<20 {
		t.Errorf("%d rows and %d narrow states take %d bytes", rows, len(a.narrow), size)
	}
	if states := rows + len(a.narrow); states < 80_000 || rows < 1000 {
		t.Errorf("%d states, %d of them rows: ordinary text would walk along fail links", states, rows)
	}
}

func BenchmarkNewAutomaton(b *testing.B) {
	needles := unlike()
	for b.Loop() {
		newAutomaton(needles)
	}
}
