package quote

import (
	"strings"
	"testing"
)

func TestSecretsOfAllShapes(t *testing.T) {
	letters := strings.Repeat("a1B2c3D4e5", 8)
	for _, shape := range secretShapes {
		for text, want := range map[string]int{
			shape.begin + letters:                               1,
			"x: \"" + shape.begin + letters:                     1,
			"ü=" + shape.begin + letters + "ü":                  1,
			"word" + shape.begin + letters:                      0,
			shape.begin + strings.Repeat("x", len(letters)):     0,
			shape.begin + letters[:shape.rest-1]:                0,
			shape.begin + "<" + letters:                         0,
			shape.begin + letters + " " + shape.begin + letters: 2,
		} {
			if got := Secrets(text); len(got) != want {
				t.Errorf("%q: %d, want %d", text, len(got), want)
			}
		}
	}
}

// P-leak: a secret is hidden alone, among words, twice, and a key in all its lines.
func TestConcealHidesSecretsAlone(t *testing.T) {
	token := "ghp_" + strings.Repeat("a1B2c3D4e5", 4)
	key := "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEvQ\n-----END "
	for text, want := range map[string]string{
		"":                                 "",
		"refs/heads/main":                  "refs/heads/main",
		token:                              "***",
		"use " + token + ", " + token:      "use ***, ***",
		"a " + key + "RSA":                 "a ***RSA",
		"-----BEGIN CERTIFICATE-----\nMII": "-----BEGIN CERTIFICATE-----\nMII",
		key + " eyJ":                       "*** eyJ",
		"-----BEGIN " + "PRIVATE KEY-----": "***",
	} {
		if got := Conceal(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := Text("use " + token); got != "use ***" {
		t.Error(got)
	}
}

func TestNamesOfSecrets(t *testing.T) {
	for key, want := range map[string]bool{
		"password": true, "Password": true, "db_password": true, "GH_TOKEN": true, "apiKey": true, "client-secret": true, "pat": true,
		"pattern": false, "max_token_age": false, "keys": false, "": false, "repat": false, "autoken": false, "key": false, "my-key": true,
	} {
		if NamesSecret(key) != want {
			t.Errorf("%s: %v", key, !want)
		}
	}
}
