package contact

import (
	"encoding/pem"
	"errors"
	"strings"
	"time"

	"pocreg.example/internal/valid"
)

// The types of key.
const (
	KeyOpenPGP = "openpgp"
	KeySMIME   = "smime"
)

// Key is a public key or certificate of a contact, with what was read out of it.
type Key struct {
	Type string `json:"type"` // KeyOpenPGP or KeySMIME

	// Fingerprint is in lower hex: of an OpenPGP primary key, or the SHA-256 of
	// a certificate's DER form.
	Fingerprint string `json:"fingerprint"`

	// UserIDs are the names that the key signed for itself, its main one first,
	// or a certificate's addresses and subject; without control characters, at
	// most 50 of 300 characters. Nobody else vouches for them.
	UserIDs []string `json:"user_ids"`

	Algorithm string    `json:"algorithm"` // of the primary key, such as "RSA 4096"
	CreatedAt time.Time `json:"created_at"`

	// ExpiresAt is when nothing can be encrypted to the key any more; nil is never.
	ExpiresAt *time.Time `json:"expires_at,omitempty"`

	Revoked  bool   `json:"revoked,omitempty"`
	Material string `json:"material"` // the armored text or PEM as it was given
}

const (
	maxMaterial      = 256 << 10 // bytes
	maxUserIDs       = 50
	maxUserIDLength  = 300 // characters
	armorLabelPrefix = "-----BEGIN "
	armorEndPrefix   = "-----END "
	armorLabelSuffix = "-----"
)

// What ParseKey says. The sentences never repeat the input, which may be a secret.
var (
	errKeyType       = errors.New("the type of a key must be one of: openpgp, smime")
	errKeySize       = errors.New("this is larger than 256 KiB: export the key anew, with its own signatures only")
	errKeyNotArmored = errors.New("this is not a key as text: export it in ASCII armor or PEM, and send the lines from BEGIN to END")
	errKeySurrounded = errors.New("this holds more than a key: send only the lines from BEGIN to END")
	errKeyCutOff     = errors.New("the end of this key is missing: send all the lines from BEGIN to END")
	errKeySecret     = errors.New("this is a secret key: revoke it and send the public key")
	errKeySeveral    = errors.New("this holds more than one key or certificate: send them one at a time")
	errKeyNone       = errors.New("this is not a public key or certificate but a message, a signature or something else: send the public key")
	errKeyRequest    = errors.New("this is a request for a certificate: send the certificate that was issued")
	errKeyIsOpenPGP  = errors.New("this is an OpenPGP key: send it with the type openpgp")
	errKeyIsSMIME    = errors.New("this is a certificate: send it with the type smime")
	errKeyUnreadable = errors.New("this cannot be read as a key or certificate: export it anew, and send it unchanged")
	errKeyFeature    = errors.New("this key uses a feature that cannot be read here: send a key without it")
	errKeyCrowded    = errors.New("this key carries too many names, subkeys or signatures: export it anew, with its own signatures only")
	errKeyWeak       = errors.New("this key is of a kind that is no longer safe, or too large to check: make a new one, and send its public key")
	errKeyUnproven   = errors.New("this key has no valid signature of its own: update it, export it anew, and send the public key")
	errKeyFuture     = errors.New("this key was made in the future: correct the clock that it was made with, and make a new one")
	errKeyRevoked    = errors.New("this key is revoked: send the key that replaces it")
	errKeyExpired    = errors.New("this key or certificate has expired: extend or renew it, and send it again")
)

// ParseKey reads one public key or certificate of the given type. It refuses
// what could not be used at now; the error's text says what to do.
func ParseKey(typ, material string, now time.Time) (key Key, err error) {
	// The parsers below read what strangers send. A panic in one of them is an
	// answer about the input, and must not become an outage.
	defer func() {
		if recover() != nil {
			key, err = Key{}, errKeyUnreadable
		}
	}()
	if typ != KeyOpenPGP && typ != KeySMIME {
		return Key{}, errKeyType
	}
	label, err := armorLabel(material)
	if err != nil {
		return Key{}, err
	}
	switch {
	case label == "PGP PUBLIC KEY BLOCK" && typ == KeyOpenPGP:
		key, err = parseOpenPGP(material, now)
	case label == "PGP PUBLIC KEY BLOCK":
		err = errKeyIsOpenPGP
	case label == "CERTIFICATE" && typ == KeySMIME:
		key, err = parseCertificate(material, now)
	case label == "CERTIFICATE":
		err = errKeyIsSMIME
	case strings.HasSuffix(label, "CERTIFICATE REQUEST"):
		err = errKeyRequest
	default:
		err = errKeyNone
	}
	if err != nil {
		return Key{}, err
	}
	key.Type, key.Material = typ, material
	return key, nil
}

// armorLabel returns what material says it is, if it is one armored block and
// nothing else. Text around a block would be published with it unread.
func armorLabel(material string) (string, error) {
	if len(material) > maxMaterial {
		return "", errKeySize
	}
	if strings.Contains(material, "PRIVATE KEY") {
		return "", errKeySecret
	}
	lines := strings.Split(strings.TrimSpace(material), "\n")
	label, begins, ends := "", 0, 0
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(lines[i], armorLabelPrefix); ok {
			label = strings.TrimSuffix(name, armorLabelSuffix)
			begins++
		}
		if strings.HasPrefix(lines[i], armorEndPrefix) {
			ends++
		}
	}
	switch {
	case begins == 0:
		return "", errKeyNotArmored
	case begins > 1:
		return "", errKeySeveral
	case ends == 0:
		return "", errKeyCutOff
	case lines[0] != armorLabelPrefix+label+armorLabelSuffix || lines[len(lines)-1] != armorEndPrefix+label+armorLabelSuffix,
		!valid.Text(strings.Join(lines, "\n")):
		return "", errKeySurrounded
	}
	return label, nil
}

// decodePEM returns the bytes of the one block in material.
func decodePEM(material string) ([]byte, error) {
	block, rest := pem.Decode([]byte(strings.TrimSpace(material)))
	if block == nil || len(block.Headers) > 0 || strings.TrimSpace(string(rest)) != "" {
		return nil, errKeyUnreadable
	}
	return block.Bytes, nil
}

// userIDs makes the names in a key fit to be shown.
func userIDs(raw []string) []string {
	out := []string{}
	for _, s := range raw {
		clean := []rune(valid.Clean(s))
		if len(clean) > maxUserIDLength {
			clean = clean[:maxUserIDLength]
		}
		if len(clean) > 0 && len(out) < maxUserIDs {
			out = append(out, string(clean))
		}
	}
	return out
}
