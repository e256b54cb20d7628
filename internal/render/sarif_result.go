package render

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/autoken/autoken/internal/check"
)

// sarifResults are the worst findings and the ignored ones, as many as fit.
func (f Findings) sarifResults(rules map[string]int) []sarifResult {
	results := make([]sarifResult, 0, len(f.Findings)+len(f.Ignored))
	prints := fingerprints{}
	for _, finding := range worstFirst(f.Findings) {
		results = append(results, resultOf(finding, rules, prints))
	}
	for _, ignored := range f.Ignored {
		result := resultOf(ignored.Finding, rules, prints)
		result.Suppressions = []sarifSuppression{{"inSource", "accepted", ignored.Reason}}
		results = append(results, result)
	}
	return results[:min(len(results), maxResults)]
}

func resultOf(f check.Finding, rules map[string]int, prints fingerprints) sarifResult {
	index, ok := rules[f.Rule]
	if !ok {
		index = -1 // which means that there is none
	}
	return sarifResult{
		RuleID: f.Rule, RuleIndex: index, Level: sarifLevel(f.Severity), Message: sarifText(annotationText(f)),
		Locations: locationsOf(f), Suppressions: []sarifSuppression{},
		Fingerprints: map[string]string{"autokenFinding/v1": prints.of(f)}, Bag: sarifProperties{Severity: f.Severity.String()},
	}
}

func locationsOf(f check.Finding) []sarifLocation {
	var location sarifLocation
	if f.Pos.File != "" {
		location.Physical = &sarifPhysical{artifactOf(f.Pos.File), sarifRegion{max(1, f.Pos.Line), f.Pos.Col}}
	}
	if f.Subject != "" {
		location.Logical = []sarifLogical{{f.Subject}}
	}
	if location.Physical == nil && location.Logical == nil {
		return []sarifLocation{}
	}
	return []sarifLocation{location}
}

// artifactOf is a file as a URI, relative to the root of the sources where the
// name is relative.
func artifactOf(name string) sarifArtifact {
	path := filepath.ToSlash(name)
	escaped := strings.ReplaceAll((&url.URL{Path: path}).EscapedPath(), ":", "%3A")
	switch {
	case !filepath.IsAbs(name):
		return sarifArtifact{escaped, "%SRCROOT%"}
	case strings.HasPrefix(path, "/"):
		return sarifArtifact{"file://" + escaped, ""}
	}
	return sarifArtifact{"file:///" + escaped, ""}
}

// sarifText is a message in which nothing is a link.
func sarifText(text string) sarifMessage {
	return sarifMessage{Text: strings.ReplaceAll(text, "](", `]\(`)}
}

// fingerprints tell findings apart that are otherwise alike, by their order.
type fingerprints map[string]int

// of recognizes a finding when lines above it came or went: by its rule, file and
// subject and by the text that it is about.
func (p fingerprints) of(f check.Finding) string {
	sum := sha256.New()
	for _, part := range []string{f.Rule, filepath.ToSlash(f.Pos.File), f.Subject, marked(f.Excerpt)} {
		_, _ = sum.Write([]byte(strconv.Itoa(len(part)) + ":" + part)) // a hash takes all it is given
	}
	alike := hex.EncodeToString(sum.Sum(nil)[:16])
	p[alike]++
	return alike + ":" + strconv.Itoa(p[alike])
}

// marked is the text above an excerpt's carets.
func marked(excerpt string) string {
	text, carets, _ := strings.Cut(excerpt, "\n")
	runes := []rune(text)
	start := strings.Index(carets, "^")
	if start < 0 || start >= len(runes) {
		return ""
	}
	return string(runes[start:min(len(runes), start+strings.Count(carets, "^"))])
}
