package policy

import (
	"strings"

	"github.com/autoken/autoken/internal/quote"
)

// Concealer returns what hides in a text about the draft all that looks like a
// secret: whoever stumbles over one must not spread it.
func (d *Draft) Concealer() func(string) string {
	var keys []string
	for _, file := range d.Files {
		for _, s := range file.Secrets() {
			if s.What == "" && len(s.Text) > 8 { // shorter ones are words that stand elsewhere too
				keys = append(keys, s.Text, "***")
			}
		}
	}
	lines := strings.NewReplacer(keys...)
	return func(text string) string { return quote.Conceal(lines.Replace(text)) }
}

// conceal hides secrets in what was found.
func (d *Draft) conceal() *Draft {
	if len(d.Findings) == 0 {
		return d
	}
	hide := d.Concealer()
	for i := range d.Findings {
		f := &d.Findings[i]
		f.Subject, f.Message, f.Fix = hide(f.Subject), hide(f.Message), hide(f.Fix)
	}
	return d
}
