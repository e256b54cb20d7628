package httpclient

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/plainfile"
)

func tlsConfig(c Config) (*tls.Config, error) {
	roots, err := authorities(c)
	if err != nil {
		return nil, err
	}
	secure := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}
	if c.CertFile == "" && c.KeyFile == "" {
		return secure, nil
	}
	own, err := keyPair(c.CertFile, c.KeyFile)
	if err != nil {
		return nil, fault.New(fault.Usage, "client certificate %q with key %q: %w", c.CertFile, c.KeyFile, err)
	}
	secure.Certificates = []tls.Certificate{own}
	return secure, nil
}

func keyPair(certFile, keyFile string) (tls.Certificate, error) {
	cert, err := plainfile.Read(certFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := plainfile.Read(keyFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(cert, key)
}

// authorities returns the system's and the extra ones, nil for the system's alone.
func authorities(c Config) (*x509.CertPool, error) {
	if c.CAFile == "" && len(c.CAPEM) == 0 {
		return nil, nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool() // a container without any: the extra ones are all there is
	}
	if len(c.CAPEM) > 0 && !roots.AppendCertsFromPEM(c.CAPEM) {
		return nil, fault.New(fault.Usage, "the extra authorities hold no certificate")
	}
	if c.CAFile == "" {
		return roots, nil
	}
	text, err := plainfile.Read(c.CAFile)
	if err != nil {
		return nil, fault.New(fault.Usage, "reading the authorities: %w", err)
	}
	if !roots.AppendCertsFromPEM(text) {
		return nil, fault.New(fault.Usage, "%q holds no certificate", c.CAFile).
			WithHint("it must be PEM: -----BEGIN CERTIFICATE-----")
	}
	return roots, nil
}

// certificate says what is wrong with the certificate that a server showed, and
// who issued it: behind a proxy that opens TLS, the issuer's name tells.
func certificate(bad *tls.CertificateVerificationError, host string) (text, hint string) {
	chain := bad.UnverifiedCertificates
	if len(chain) == 0 {
		return "the server showed no certificate", ""
	}
	leaf, top := chain[0], chain[len(chain)-1]
	by := fmt.Sprintf(" (issued by %q)", nameOf(leaf))
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](bad); ok && invalid.Reason == x509.Expired {
		return fmt.Sprintf("certificate is valid only from %s to %s%s", day(invalid.Cert.NotBefore), day(invalid.Cert.NotAfter), by),
			"compare this machine's clock; if it is right, " + host + " needs a new certificate"
	}
	if _, ok := errors.AsType[x509.HostnameError](bad); ok {
		return fmt.Sprintf("certificate is for %q, not for %s%s", strings.Join(leaf.DNSNames, ", "), host, by),
			"check the spelling of the URL, and whether a proxy answers in the service's place"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](bad); ok {
		return fmt.Sprintf("certificate signed by unknown authority %q", nameOf(top)),
			"pass --ca-file or AUTOKEN_CA_FILE with that authority's certificate, if you trust it"
	}
	return "certificate is not valid" + by, ""
}

func nameOf(c *x509.Certificate) string {
	if c.Issuer.CommonName != "" {
		return c.Issuer.CommonName
	}
	return c.Issuer.String()
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
