package lint

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

var characterRules = []rule{
	{check.Meta{ID: "suspicious-characters", Summary: "a value has characters that look like others, or that no such name has", Severity: check.High}, strangeCharacters},
	{check.Meta{ID: "empty-vs-absent", Summary: `a condition on "" does not hold where the claim is absent`, Severity: check.Medium}, perCondition(inMatch|inRequire|inUnless, emptyTexts)},
}

func strangeCharacters(l *look) {
	for _, c := range l.conditions(anywhere) {
		l.subject = c.subject
		for _, w := range words(c.Match) {
			l.strange(w, freeText(c))
		}
	}
	for _, issuer := range l.Policy.Trusted() {
		l.subject = "issuer " + issuer.Name
		pos := placeOf(l.setting("issuers", issuer.Name, "audience"), issuer.Pos)
		l.strange(policy.Word{Text: issuer.Audience, Pos: pos}, false)
	}
}

func (l *look) strange(w policy.Word, free bool) {
	message, fix := strangeness(w.Text, free)
	if message != "" {
		l.say(w.Pos, message, fix)
	}
}

// freeText reports whether people choose a claim's value, so that it may be in
// their own language.
func freeText(c *condition) bool {
	return c.kind.ExactSubject || c.Claim.Globs == identity.AnyGlob || c.Claim.Control == identity.ByWriter || strings.HasPrefix(c.Claim.Name, propertyPrefix)
}

// strangeness says what is odd about a text. In a free one letters of any
// language are fine, as long as a word is not made to be read as another.
func strangeness(text string, free bool) (message, fix string) {
	if trimmed := strings.TrimSpace(text); trimmed != text {
		return "no value begins or ends with a space, so this never fits", "write " + scalar(trimmed)
	}
	for _, r := range text {
		switch as := looksLike(r); {
		case r < unicode.MaxASCII:
		case as != "" && (!unicode.IsLetter(r) || disguised(text)):
			return fmt.Sprintf("U+%04X looks like %s, and is another character", r, as), ""
		case !free:
			return fmt.Sprintf("U+%04X is in no such name", r), ""
		}
	}
	return "", ""
}

// disguised reports whether a word mixes ASCII letters with others that look like
// them, or has none but those.
func disguised(text string) bool {
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
		ascii, alike, other := 0, 0, 0
		for _, r := range word {
			switch {
			case r < unicode.MaxASCII:
				ascii++
			case looksLike(r) != "":
				alike++
			default:
				other++
			}
		}
		if alike > 0 && (ascii > 0 || other == 0) {
			return true
		}
	}
	return false
}

// lookAlikes are letters of other scripts, each in front of the ASCII letters
// that it is read as.
const lookAlikes = "аaеeоoрpсcуyхxіiјjѕsһhԁdԛqԝwкkАAВBЕEКKМMНHОOРPСCТTУYХXІIЈJЅSοoαaνvρpυuιiκkχxΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧXıiɑaɡgℓl"

// looksLike returns what a character can be taken for, "" where that is nothing
// else.
func looksLike(r rune) string {
	switch {
	case r < unicode.MaxASCII:
		return ""
	case unicode.Is(unicode.Zs, r):
		return "a space"
	case unicode.Is(unicode.Pd, r) || r == '\u2212':
		return "-"
	case strings.ContainsRune("\u2044\u2215\u29f8", r):
		return "/"
	case r > 0xff00 && r < 0xff5f: // ASCII in full width
		return string(r - 0xfee0)
	case r >= 0x1d400 && r < 0x1d800, r >= 0x2160 && r < 0x2180: // letters of formulas, Roman numbers
		return "a letter"
	}
	letters := []rune(lookAlikes)
	for i := 0; i < len(letters); i += 2 {
		if letters[i] == r {
			return string(letters[i+1])
		}
	}
	return ""
}

func emptyTexts(l *look, c *condition) {
	for _, w := range c.Values.Exact {
		if w.Text != "" {
			continue
		}
		fix := c.Claim.Name + ": {empty: true}"
		if len(words(c.Match)) > 1 {
			fix = "make a grant of its own with " + fix
		}
		l.say(w.Pos, c.Claim.Name+` can be absent as well as "", and this holds for "" alone`, fix)
	}
}
