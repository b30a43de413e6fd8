package contact_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/contact"
)

// newCertificate returns a certificate, in DER form and as PEM, that ends at until.
func newCertificate(t testing.TB, until time.Time, mails ...string) (der []byte, asPEM string) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	return certificateFor(t, key, pkix.Name{CommonName: "CERT Example"}, until, mails...)
}

func certificateFor(t testing.TB, key crypto.Signer, subject pkix.Name, until time.Time, mails ...string) (der []byte, asPEM string) {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: subject, NotBefore: keyMade, NotAfter: until, EmailAddresses: mails,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	return der, pemOf("CERTIFICATE", der)
}

func pemOf(label string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
}

func TestParseKeyReadsCertificates(t *testing.T) {
	t.Parallel()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	ecKey, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	must(t, err)
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	until := keyNow.AddDate(1, 0, 0)
	// The old way to carry an address, which the standard library shows as hex.
	inSubject := pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, Value: "old@cert.example"}
	many := make([]string, 80)
	for i := range many {
		many[i] = fmt.Sprintf("%02d@cert.example", i)
	}
	for _, tt := range []struct {
		name      string
		key       crypto.Signer
		subject   pkix.Name
		mails     []string
		algorithm string
		userIDs   []string
	}{
		{"of RSA", rsaKey, pkix.Name{CommonName: "Duty", Organization: []string{"CERT"}, ExtraNames: []pkix.AttributeTypeAndValue{inSubject}},
			[]string{"duty@cert.example", "cert@cert.example"}, "RSA 2048", []string{"duty@cert.example", "cert@cert.example", "CN=Duty,O=CERT"}},
		{"of ECDSA without an address", ecKey, pkix.Name{CommonName: "Zażółć"}, nil, "ECDSA P-384", []string{"CN=Zażółć"}},
		{"of Ed25519 without a name", edKey, pkix.Name{}, []string{"a@b.example"}, "Ed25519", []string{"a@b.example"}},
		{"with a name made to deceive", edKey, pkix.Name{CommonName: "a\u202egro\x1b[2J"}, nil, "Ed25519", []string{"CN=agro[2J"}},
		{"with more addresses than are shown", edKey, pkix.Name{}, many, "Ed25519", many[:50]},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			der, material := certificateFor(t, tt.key, tt.subject, until, tt.mails...)
			sum := sha256.Sum256(der)
			got, err := contact.ParseKey(contact.KeySMIME, material, keyNow)
			if err != nil {
				t.Fatalf("ParseKey() = %v", err)
			}
			want := contact.Key{
				Type: "smime", Fingerprint: hex.EncodeToString(sum[:]), UserIDs: tt.userIDs, Algorithm: tt.algorithm,
				CreatedAt: keyMade, ExpiresAt: &until, Material: material,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("ParseKey() mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseKeyRefusesCertificates(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	sec1, err := x509.MarshalECPrivateKey(key)
	must(t, err)
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	must(t, err)
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	must(t, err)
	der, good := newCertificate(t, keyNow.AddDate(1, 0, 0))
	_, old := newCertificate(t, keyNow.Add(-time.Second))

	const secretKey, unreadable, none = "this is a secret key", "cannot be read", "not a public key or certificate"
	for _, tt := range []struct{ name, material, want string }{
		{"nothing", "", "not a key as text"},
		{"DER", string(der), "not a key as text"},
		{"a private key", pemOf("PRIVATE KEY", pkcs8), secretKey},
		{"an EC private key", pemOf("EC PRIVATE KEY", sec1), secretKey},
		{"an encrypted private key", pemOf("ENCRYPTED PRIVATE KEY", pkcs8), secretKey},
		{"a certificate with its private key", good + pemOf("PRIVATE KEY", pkcs8), secretKey},
		{"a private key under a false label", pemOf("CERTIFICATE", pkcs8), unreadable},
		{"a request", pemOf("CERTIFICATE REQUEST", request), "request for a certificate"},
		{"an old request", pemOf("NEW CERTIFICATE REQUEST", request), "request for a certificate"},
		{"a bare public key", pemOf("PUBLIC KEY", spki), none},
		{"a revocation list", pemOf("X509 CRL", der), none},
		{"a chain", good + good, "more than one"},
		{"two certificates in one block", pemOf("CERTIFICATE", append(der, der...)), unreadable},
		{"an expired one", old, "expired"},
		{"text around it", "Subject: CERT\n" + good, "only the lines"},
		{"headers", strings.Replace(good, "\n", "\nProc-Type: 4,ENCRYPTED\n\n", 1), unreadable},
		{"no end", good[:len(good)/2], "the end of this key is missing"},
		{"a hole in the middle", pemOf("CERTIFICATE", der[:len(der)/2]), unreadable},
		{"a length of four GiB", pemOf("CERTIFICATE", append([]byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff}, der[4:]...)), unreadable},
		{"100,000 levels", pemOf("CERTIFICATE", []byte(strings.Repeat("\x30\x80", 90_000))), unreadable},
		{"more than 256 KiB", good + strings.Repeat(" ", 256<<10), "larger than 256 KiB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := contact.ParseKey(contact.KeySMIME, tt.material, keyNow)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("ParseKey() = %+v, %v, want an error with %q", got, err, tt.want)
			}
		})
	}
}
