// Bare makes the two requests of a login with net/http alone: the floor that
// autoken's own start-up and care are measured against. "bare measure COMMAND…"
// runs a command and prints its peak memory in KiB: a large process cannot
// measure its own children, which start with its size.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
)

func main() {
	if len(os.Args) > 2 && os.Args[1] == "measure" {
		measure(os.Args[2:])
		return
	}
	if err := login(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func measure(argv []string) {
	cmd := exec.Command(argv[0], argv[1:]...)
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(peak(cmd.ProcessState))
}

func login() error {
	req, err := http.NewRequest(http.MethodGet, os.Getenv("ACTIONS_ID_TOKEN_REQUEST_URL")+"&audience=x", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+os.Getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN"))
	var token struct{ Value string }
	if err := do(req, &token); err != nil {
		return err
	}
	form := url.Values{"subject_token": {token.Value}, "scope": {"payments/sonar"}}
	req, err = http.NewRequest(http.MethodPost, os.Getenv("AUTOKEN_BROKER")+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var answer struct {
		Token string `json:"access_token"`
	}
	return do(req, &answer)
}

func do(req *http.Request, into any) error {
	got, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil || got.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %v", got.Status, err)
	}
	return json.Unmarshal(body, into)
}
