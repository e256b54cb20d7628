package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/httpclient"
)

// A parser stores what it makes of a text, or says what to write instead.
type parser = func(text string) error

var errEmpty = errors.New("it is empty")

func text(into *string) parser {
	return func(text string) error {
		*into = text
		return nil
	}
}

// Patterns are compiled by those who read a broker.yaml: a job does not.
const (
	instanceName = `^[a-z0-9][a-z0-9-]{0,31}$`
	variableName = `^[A-Za-z_][A-Za-z0-9_]*$`
)

func matching(into *string, pattern, shape string) parser {
	return func(text string) error {
		if !regexp.MustCompile(pattern).MatchString(text) {
			return errors.New("write " + shape)
		}
		*into = text
		return nil
	}
}

func oneOf(into *string, values ...string) parser {
	return func(text string) error {
		if !slices.Contains(values, text) {
			return errors.New("write one of: " + strings.Join(values, ", "))
		}
		*into = text
		return nil
	}
}

func baseURL(into *string) parser {
	return func(text string) error {
		u, err := httpclient.RequireHTTPS(text)
		if err == nil {
			*into = u.String()
		}
		return err
	}
}

// fromEnvironment stands for the proxy that the variables name.
const fromEnvironment = "from-environment"

// proxy does not repeat what it refuses: a proxy's URL can hold a password.
func proxy(into *string) parser {
	return func(text string) error {
		u, err := url.Parse(text)
		web := err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
		if text != fromEnvironment && !web {
			return errors.New("write from-environment, or a URL like http://proxy.example:3128")
		}
		*into = text
		return nil
	}
}

func address(into *string) parser {
	return func(text string) error {
		_, port, err := net.SplitHostPort(text)
		if number, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || strconv.FormatUint(number, 10) != port {
			return errors.New(`write "HOST:PORT" or ":PORT"`)
		}
		*into = text
		return nil
	}
}

func number(into *int, least, most int) parser {
	return func(text string) error {
		value, err := strconv.Atoi(text)
		if err != nil || value < least || value > most {
			return fmt.Errorf("write a number from %d to %d", least, most)
		}
		*into = value
		return nil
	}
}

// rate reads "60/m" or "20/s".
func rate(into *int, unit string) parser {
	return func(text string) error {
		count, ok := strings.CutSuffix(text, "/"+unit)
		value, err := strconv.Atoi(count)
		if !ok || err != nil || value < 1 || value > 1_000_000 {
			return fmt.Errorf("write a rate, for example 60/%s", unit)
		}
		*into = value
		return nil
	}
}

func duration(into *time.Duration, least, most time.Duration) parser {
	return func(text string) error {
		value, err := time.ParseDuration(text)
		if err != nil || value < least || value > most {
			return fmt.Errorf("write a duration from %s to %s", least, most)
		}
		*into = value
		return nil
	}
}

// network refuses one that holds every address: then everybody could say where
// a request comes from.
func network(into *[]netip.Prefix) parser {
	return func(text string) error {
		network, err := netip.ParsePrefix(text)
		if err != nil || network.Bits() == 0 {
			return errors.New("write a network of proxies, for example 10.0.0.0/8")
		}
		*into = append(*into, network.Masked())
		return nil
	}
}
