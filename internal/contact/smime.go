package contact

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// parseCertificate reads an S/MIME certificate. Who issued it is not judged:
// whoever writes to the contact decides whom to trust.
func parseCertificate(material string, now time.Time) (Key, error) {
	der, err := decodePEM(material)
	if err != nil {
		return Key{}, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return Key{}, errKeyUnreadable
	}
	if cert.NotAfter.Before(now) {
		return Key{}, errKeyExpired
	}
	// Attributes without a name of their own would show as dotted numbers and
	// hex; the one that matters, the address, is in EmailAddresses as well.
	subject := cert.Subject
	subject.Names, subject.ExtraNames = nil, nil
	sum, expires := sha256.Sum256(cert.Raw), cert.NotAfter.UTC()
	return Key{
		Fingerprint: hex.EncodeToString(sum[:]),
		UserIDs:     userIDs(slices.Concat(cert.EmailAddresses, []string{subject.String()})),
		Algorithm:   certificateAlgorithm(cert),
		CreatedAt:   cert.NotBefore.UTC(),
		ExpiresAt:   &expires,
	}, nil
}

func certificateAlgorithm(cert *x509.Certificate) string {
	switch pub := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", pub.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + pub.Curve.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	default:
		return cert.PublicKeyAlgorithm.String()
	}
}
