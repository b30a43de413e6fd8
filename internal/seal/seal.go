// Package seal keeps secrets that must be read again, such as those of authenticator
// apps, so that a copy of the database alone gives none away. It is not for what
// only has to be recognised: of that a hash is kept.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// keyBytes is how long a key is: AES-256.
const keyBytes = 32

// prefix begins what is sealed. No secret in the clear has a dot in it.
const prefix = "sealed."

// Keys seal and open. The zero Keys do neither.
type Keys struct{ all []key }

type key struct {
	id   string
	aead cipher.AEAD
}

// New returns a fresh key, as Read takes it.
func New() string {
	random := make([]byte, keyBytes)
	_, _ = rand.Read(random) // never fails: it would end the program
	return hex.EncodeToString(random)
}

// Read takes keys of 64 hexadecimal digits with space between them. The first
// seals, and all open: a new key is put before the old one until nothing is sealed
// with that.
func Read(text string) (Keys, error) {
	var k Keys
	for field := range strings.FieldsSeq(text) {
		raw, err := hex.DecodeString(field)
		if err != nil || len(raw) != keyBytes {
			return Keys{}, errors.New("a key is 64 hexadecimal digits") // and says nothing of what was given
		}
		block, err := aes.NewCipher(raw)
		if err != nil {
			return Keys{}, fmt.Errorf("set up a key: %w", err)
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return Keys{}, fmt.Errorf("set up a key: %w", err)
		}
		name := sha256.Sum256(append([]byte("pocreg key "), raw...))
		k.all = append(k.all, key{hex.EncodeToString(name[:4]), aead})
	}
	return k, nil
}

// Any reports whether there is a key.
func (k Keys) Any() bool { return len(k.all) > 0 }

// ErrNoKey is that something is to be sealed and there is no key.
var ErrNoKey = errors.New("there is no key to seal secrets with")

// Seal returns a secret that only a key opens. of says whose it is, and what: put
// elsewhere, it does not open.
func (k Keys) Seal(secret, of string) (string, error) {
	if !k.Any() {
		return "", ErrNoKey
	}
	first := k.all[0]
	return prefix + first.id + "." + base64.RawURLEncoding.EncodeToString(first.aead.Seal(nil, nil, []byte(secret), []byte(of))), nil
}

// Open returns the secret that was sealed.
func (k Keys) Open(sealed, of string) (string, error) {
	id, text, _ := strings.Cut(strings.TrimPrefix(sealed, prefix), ".")
	for _, one := range k.all {
		if one.id != id {
			continue
		}
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			return "", errors.New("what is sealed is cut short, or is not whole")
		}
		secret, err := one.aead.Open(nil, nil, raw, []byte(of))
		if err != nil {
			return "", errors.New("what is sealed was changed, or is somebody else's")
		}
		return string(secret), nil
	}
	return "", errors.New("it was sealed with a key that is not here")
}

// Sealed reports whether a secret was sealed, with whatever key.
func Sealed(s string) bool { return strings.HasPrefix(s, prefix) }

// Mark is what all that the first key has sealed begins with; without a key, what
// nothing begins with.
func (k Keys) Mark() string {
	if !k.Any() {
		return prefix + "none."
	}
	return prefix + k.all[0].id + "."
}
