package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// object is a JSON object that was read strictly: names count as they are
// written, and none may come twice. encoding/json alone takes the last of two,
// and "Access_Token" for "access_token".
type object struct {
	members map[string]json.RawMessage
	err     error // the first member that had the wrong type
}

var (
	errNotObject = errors.New("it is not a JSON object")
	errTwice     = errors.New("it has a member twice")
	errTrailing  = errors.New("something follows its JSON")
)

func parseObject(body []byte) (*object, error) {
	if !utf8.Valid(body) {
		return nil, errNotObject
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil, errNotObject
	}
	members, err := parseMembers(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errTrailing
	}
	return &object{members: members}, nil
}

func parseMembers(d *json.Decoder) (map[string]json.RawMessage, error) {
	members := map[string]json.RawMessage{}
	for d.More() {
		token, err := d.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return nil, errNotObject
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, errNotObject
		}
		if _, ok := members[name]; ok {
			return nil, errTwice
		}
		members[name] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, errNotObject
	}
	return members, nil
}

// read returns the member called name, the zero value where it is absent or null.
func read[T any](o *object, name string) T {
	var value, zero T
	raw, ok := o.members[name]
	if !ok {
		return zero
	}
	if err := json.Unmarshal(raw, &value); err != nil {
		if o.err == nil {
			o.err = fmt.Errorf("%s has the wrong type", name)
		}
		return zero
	}
	return value
}

func isJSON(h http.Header) bool {
	media, params, err := mime.ParseMediaType(h.Get(contentType))
	return err == nil && media == "application/json" && (params["charset"] == "" || strings.EqualFold(params["charset"], "utf-8"))
}

// send writes an answer that no cache may keep, and makes sure that it went out:
// whoever issued something must learn that nobody got it.
func send(w http.ResponseWriter, status int, answer any) error {
	body, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	w.Header().Set(contentType, "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	if err := http.NewResponseController(w).Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("writing the answer: %w", err)
	}
	return nil
}
