package render

import (
	"io"

	"github.com/autoken/autoken/internal/check"
)

// The parts of SARIF 2.1.0 (OASIS) that findings need.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Automation  sarifAutomation   `json:"automationDetails"`
		Invocations []sarifInvocation `json:"invocations"`
		ColumnKind  string            `json:"columnKind"`
		Results     []sarifResult     `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifAutomation struct {
		ID string `json:"id"`
	}
	sarifRule struct {
		ID      string           `json:"id"`
		Short   sarifMessage     `json:"shortDescription"`
		Full    sarifMessage     `json:"fullDescription"`
		Help    sarifMessage     `json:"help"`
		Default sarifDefault     `json:"defaultConfiguration"`
		Bag     *sarifProperties `json:"properties,omitempty"`
	}
	sarifDefault struct {
		Level string `json:"level"`
	}
	sarifProperties struct {
		Tags     []string `json:"tags,omitempty"`
		Security string   `json:"security-severity,omitempty"`
		Severity string   `json:"severity,omitempty"`
	}
	sarifMessage struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications"`
	}
	sarifNotification struct {
		Level   string          `json:"level"`
		Message sarifMessage    `json:"message"`
		Rule    *sarifReference `json:"associatedRule,omitempty"`
	}
	sarifReference struct {
		ID string `json:"id"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Level        string             `json:"level"`
		Message      sarifMessage       `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Fingerprints map[string]string  `json:"partialFingerprints"`
		Suppressions []sarifSuppression `json:"suppressions"`
		Bag          sarifProperties    `json:"properties"`
	}
	sarifLocation struct {
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI  string `json:"uri"`
		Base string `json:"uriBaseId,omitempty"`
	}
	sarifRegion struct {
		Line int `json:"startLine"`
		Col  int `json:"startColumn,omitempty"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Status        string `json:"status"`
		Justification string `json:"justification"`
	}
)

const (
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

	// maxResults is how many results code scanning takes of one run.
	maxResults = 25_000
)

// findingsSARIF writes all findings, whatever is shown elsewhere: in a code
// scanning service, what a file lacks counts as mended.
func findingsSARIF(w io.Writer, _ Style, f Findings) error {
	return JSON(w, sarifLog{sarifSchema, "2.1.0", []sarifRun{f.sarifRun()}})
}

func (f Findings) sarifRun() sarifRun {
	rules := f.sarifRules()
	indexes := make(map[string]int, len(rules))
	for i, rule := range rules {
		indexes[rule.ID] = i
	}
	return sarifRun{
		Tool:        sarifTool{sarifDriver{"autoken", f.Version, rules}},
		Automation:  sarifAutomation{f.Command + "/"}, // apart from what other commands of autoken upload
		Invocations: []sarifInvocation{{true, f.notifications()}},
		ColumnKind:  "unicodeCodePoints",
		Results:     f.sarifResults(indexes),
	}
}

func (f Findings) sarifRules() []sarifRule {
	rules := make([]sarifRule, 0, len(f.Rules))
	for _, r := range f.Rules {
		rules = append(rules, sarifRule{
			ID: r.ID, Short: sarifMessage{Text: r.Summary}, Full: sarifMessage{Text: capital(r.Summary) + "."},
			Help:    sarifMessage{Text: firstOf(r.Help, r.Summary), Markdown: firstOf(r.Markdown, r.Help)},
			Default: sarifDefault{sarifLevel(r.Severity)}, Bag: ruleBag(r.Severity),
		})
	}
	return rules
}

func firstOf(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// ruleBag has the number by which code scanning sorts security findings. A file
// that cannot be loaded is no danger, and has none.
func ruleBag(severity check.Severity) *sarifProperties {
	numbers := map[check.Severity]string{check.Critical: "9.5", check.High: "8.0", check.Medium: "5.5", check.Low: "3.0", check.Info: "1.0"}
	number, ok := numbers[severity]
	if !ok {
		return nil
	}
	return &sarifProperties{Tags: []string{"security"}, Security: number}
}

func sarifLevel(severity check.Severity) string {
	if level := levelOf(severity); level != "notice" {
		return level
	}
	return "note"
}

// notifications say what was not looked at, and what the file has no room for.
func (f Findings) notifications() []sarifNotification {
	list := []sarifNotification{}
	for _, n := range f.NotChecked {
		text := sarifText("not checked: " + notCheckedText(n))
		about := &sarifReference{n.Rule}
		if n.Rule == "" {
			about = nil
		}
		list = append(list, sarifNotification{"warning", text, about})
	}
	if rest := len(f.Findings) + len(f.Ignored) - maxResults; rest > 0 {
		list = append(list, sarifNotification{"error", sarifText(Count(rest, "finding") + " more than fit here"), nil})
	}
	return list
}
