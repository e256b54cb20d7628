package exchange

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/secret"
)

func aKey(seed string) []byte {
	sum := sha256.Sum256([]byte(seed))
	return sum[:]
}

func ring(tb testing.TB, instance string, keys ...[]byte) *Keyring {
	tb.Helper()
	k, err := NewKeyring(instance, keys...)
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

func aLease() Lease {
	return Lease{
		Platform: "github", Connection: "gh-acme", URLHash: sha256.Sum256([]byte("https://api.github.com")), TokenID: "id", Token: secret.New("ghs_" + canary),
		Repository: "456789", Run: "8812", Attempt: "1", CheckRun: "77", Grant: "payments/sonar", DecisionID: "d7k2m9x4q7t1",
		Issued: now, Expires: now.Add(15 * time.Minute), PlatformExpires: now.Add(time.Hour),
	}
}

func seal(tb testing.TB, k *Keyring, l Lease) secret.Value {
	tb.Helper()
	v, err := k.Seal(l)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// S7: a lease opens under its instance's keys, also after a rotation, and under
// nothing else.
func TestS7WhoOpensALease(t *testing.T) {
	one, two := aKey("one"), aKey("two")
	lease := seal(t, ring(t, "acme", one), aLease())
	for name, k := range map[string]*Keyring{
		"same": ring(t, "acme", one), "first of two": ring(t, "acme", one, two), "second of two": ring(t, "acme", two, one),
	} {
		got, err := k.Open(lease)
		if diff := cmp.Diff(aLease(), got, bySecret); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	for name, k := range map[string]*Keyring{
		"other key": ring(t, "acme", two), "other instance": ring(t, "acme2", one), "instance cut": ring(t, "acm", one),
		"other key that claims the id": {instance: "acme", keys: []leaseKey{{id: keyID(one), secret: two}}},
	} {
		if got, err := k.Open(lease); err == nil || cmp.Diff(Lease{}, got, bySecret) != "" {
			t.Errorf("%s opens it", name)
		}
	}
	promoted := ring(t, "acme", two, one)
	if _, err := ring(t, "acme", one).Open(seal(t, promoted, aLease())); err == nil {
		t.Error("a promoted key does not seal")
	}
	if _, err := ring(t, "acme", two).Open(seal(t, promoted, aLease())); err != nil {
		t.Errorf("a promoted key does not open: %v", err)
	}
}

// S7: each changed bit, each shortening and each other spelling closes it.
func TestS7TamperingNeverOpens(t *testing.T) {
	k := ring(t, "acme", aKey("one"))
	lease := seal(t, k, aLease()).Reveal()
	raw, err := base64.RawURLEncoding.DecodeString(lease)
	if err != nil {
		t.Fatal(err)
	}
	open := func(text string) bool {
		_, err := k.Open(secret.New(text))
		if err != nil && err.Error() != errNotOpened.Error() {
			t.Fatalf("%v tells more than others", err)
		}
		return err == nil
	}
	if !open(lease) {
		t.Fatal("it does not open as it is")
	}
	for i := range raw {
		for bit := range 8 {
			raw[i] ^= 1 << bit
			if open(base64.RawURLEncoding.EncodeToString(raw)) {
				t.Errorf("opens with bit %d of byte %d changed", bit, i)
			}
			raw[i] ^= 1 << bit
		}
		if open(base64.RawURLEncoding.EncodeToString(raw[:i])) {
			t.Errorf("opens when cut to %d bytes", i)
		}
	}
	padded := base64.RawURLEncoding.EncodeToString(append(bytes.Clone(raw), 0))
	std := base64.StdEncoding.EncodeToString(raw)
	for _, text := range []string{"", padded, lease + "\n", lease[:9] + "\r\n" + lease[9:], " " + lease, lease + "=", lease + lease, std + "=", strings.Repeat("A", maxLease+4)} {
		if open(text) {
			t.Errorf("%.40q opens", text)
		}
	}
	// the last character of most lengths has bits that base64 ignores
	for n := range 3 {
		l := aLease()
		l.Run += strings.Repeat("1", n)
		lease := seal(t, k, l).Reveal()
		for _, last := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
			other := lease[:len(lease)-1] + string(last)
			if other != lease && open(other) {
				t.Errorf("opens with another last character")
			}
		}
	}
}

func TestS7LeaseFormat(t *testing.T) {
	key := aKey("one")
	k := ring(t, "acme", key)
	a, b := seal(t, k, aLease()), seal(t, k, aLease())
	if a.Equal(b) {
		t.Error("two leases are the same")
	}
	raw, _ := base64.RawURLEncoding.DecodeString(a.Reveal())
	bare := sha256.Sum256(key)
	if raw[0] != 1 || bytes.Equal(raw[1:5], bare[:4]) || bytes.Contains(raw, []byte(canary)) || len(a.Reveal()) > 2<<10 {
		t.Errorf("version %d, %d characters", raw[0], len(a.Reveal()))
	}
	if _, err := k.Seal(Lease{Token: secret.New(strings.Repeat("x", 16<<10))}); err != nil {
		t.Errorf("the largest credential: %v", err)
	}
	if _, err := k.Seal(Lease{Token: secret.New(strings.Repeat("x", 32<<10))}); err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("a credential that is too large: %v", err)
	}
	if _, err := k.Seal(Lease{Token: secret.New("a\xffb")}); err == nil {
		t.Error("a credential that would be changed is sealed")
	}
}

// S7: keys that nobody drew at random are refused.
func TestS7WeakKeys(t *testing.T) {
	good := aKey("one")
	for name, keys := range map[string][][]byte{
		"none": {}, "nil": {nil}, "empty": {{}}, "zero": {make([]byte, 32)}, "one byte": {bytes.Repeat([]byte{7}, 32)},
		"short": {good[:31]}, "long": {append(bytes.Clone(good), 1)}, "second is weak": {good, make([]byte, 32)}, "twice": {good, good},
	} {
		if _, err := NewKeyring("acme", keys...); fault.KindOf(err) != fault.Usage {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewKeyring("", good); err == nil {
		t.Error("a keyring without an instance")
	}
}

func FuzzLease(f *testing.F) {
	f.Add("ghs_1", "payments/sonar", "acme", int64(1_700_000_000), 5, byte(1), "AQAAAA")
	f.Add("", "", "i", int64(0), 0, byte(128), "")
	f.Fuzz(func(t *testing.T, token, grant, instance string, at int64, place int, flip byte, raw string) {
		if instance == "" || len(token) > 4<<10 || strings.ToValidUTF8(token+grant, "") != token+grant {
			t.Skip()
		}
		k := ring(t, instance, aKey("fuzz"))
		want := Lease{Grant: grant, Issued: time.Unix(at%(1<<36), 0).UTC(), URLHash: sha256.Sum256([]byte(grant))}
		if token != "" {
			want.Token = secret.New(token)
		}
		lease, err := k.Seal(want)
		if err != nil {
			t.Skip() // years that JSON cannot write, texts that grow too large
		}
		got, err := k.Open(lease)
		if diff := cmp.Diff(want, got, bySecret); err != nil || diff != "" {
			t.Error(err, diff)
		}
		changed := []byte(lease.Reveal())
		changed[uint(place)%uint(len(changed))] ^= flip
		for _, text := range []string{string(changed), raw, lease.Reveal() + raw} {
			if _, err := k.Open(secret.New(text)); err == nil && text != lease.Reveal() {
				t.Errorf("%q opens", text)
			}
		}
	})
}
