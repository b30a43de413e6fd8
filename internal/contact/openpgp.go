package contact

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// parseOpenPGP reads one armored OpenPGP public key.
func parseOpenPGP(material string, now time.Time) (Key, error) {
	block, err := armor.Decode(strings.NewReader(material))
	if err != nil {
		return Key{}, errKeyUnreadable
	}
	raw, err := io.ReadAll(block.Body)
	if err != nil {
		return Key{}, errKeyUnreadable
	}
	entity, unread, err := readEntity(raw)
	if err != nil {
		return Key{}, err
	}
	if err := checkEntity(entity, unread, now); err != nil {
		return Key{}, err
	}
	expires, err := keyExpiry(entity, now)
	if err != nil {
		return Key{}, err
	}
	return Key{
		Fingerprint: hex.EncodeToString(entity.PrimaryKey.Fingerprint),
		UserIDs:     userIDs(ownUserIDs(entity, now)),
		Algorithm:   openPGPAlgorithm(entity.PrimaryKey),
		CreatedAt:   entity.PrimaryKey.CreationTime.UTC(),
		ExpiresAt:   expires,
	}, nil
}

// readEntity puts the key together from its packets. unread tells that some of
// its signatures use what the library does not know, so that a key which cannot
// be verified without them is not called broken.
func readEntity(raw []byte) (entity *openpgp.Entity, unread bool, err error) {
	packets, unread, err := keyPackets(raw)
	if err != nil {
		return nil, false, err
	}
	// The packets are handed over parsed, so that both readings agree on where
	// each one ends; a blob made to be read in two ways is read in one.
	r := packet.NewReader(bytes.NewReader(nil))
	for _, p := range slices.Backward(packets) {
		r.Unread(p)
	}
	entity, err = openpgp.ReadEntity(r)
	switch {
	case err != nil && unread:
		return nil, false, errKeyFeature
	case err != nil: // each packet is sound: what is missing is a name that the key signed
		return nil, false, errKeyUnproven
	}
	if countSignatures(entity) > maxOwnSignatures {
		return nil, false, errKeyCrowded
	}
	return entity, unread, nil
}

// checkEntity refuses a key that was not made by its owner, or that no one can
// use at now.
func checkEntity(e *openpgp.Entity, unread bool, now time.Time) error {
	if e.Revoked(now) {
		return errKeyRevoked
	}
	if e.PrimaryKey.CreationTime.After(now) {
		return errKeyFuture
	}
	_, err := e.VerifyPrimaryKey(now, nil)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pgperrors.ErrKeyExpired):
		return errKeyExpired
	case unread:
		return errKeyFeature
	default:
		return errKeyUnproven
	}
}

// keyExpiry returns when nothing can be encrypted to the key any more: when the
// primary key expires, or the last of its subkeys for encryption, whichever
// comes first. Such subkeys that have all expired already are an error.
func keyExpiry(e *openpgp.Entity, now time.Time) (*time.Time, error) {
	self, err := e.PrimarySelfSignature(now, nil)
	if err != nil {
		return nil, errKeyUnproven
	}
	primary := expiry(e.PrimaryKey, self)
	if direct, err := e.LatestValidDirectSignature(now, nil); err == nil {
		primary = earlier(primary, expiry(e.PrimaryKey, direct))
	}
	if encrypts(e.PrimaryKey, self) {
		return primary, nil
	}
	var last *time.Time
	usable, expired := 0, 0
	for _, sub := range e.Subkeys {
		if !sub.PublicKey.PubKeyAlgo.CanEncrypt() {
			continue
		}
		binding, err := sub.Verify(now, nil)
		switch {
		case errors.Is(err, pgperrors.ErrKeyExpired):
			expired++
		case err == nil && encrypts(sub.PublicKey, binding):
			at := expiry(sub.PublicKey, binding)
			if usable == 0 || last != nil && (at == nil || at.After(*last)) {
				last = at
			}
			usable++
		}
	}
	switch {
	case usable > 0:
		return earlier(primary, last), nil
	case expired > 0:
		return nil, errKeyExpired
	default: // a key for signing only
		return primary, nil
	}
}

func encrypts(pk *packet.PublicKey, sig *packet.Signature) bool {
	return pk.PubKeyAlgo.CanEncrypt() &&
		(!sig.FlagsValid || sig.FlagEncryptCommunications || sig.FlagEncryptStorage)
}

// expiry is when pk ends by what sig says: the key's life or the signature's own.
func expiry(pk *packet.PublicKey, sig *packet.Signature) *time.Time {
	after := func(start time.Time, seconds *uint32) *time.Time {
		if seconds == nil || *seconds == 0 {
			return nil
		}
		t := start.UTC().Add(time.Duration(*seconds) * time.Second)
		return &t
	}
	return earlier(after(pk.CreationTime, sig.KeyLifetimeSecs), after(sig.CreationTime, sig.SigLifetimeSecs))
}

// earlier returns the earlier of two times of which nil is never.
func earlier(a, b *time.Time) *time.Time {
	if a == nil || b != nil && b.Before(*a) {
		return b
	}
	return a
}

// ownUserIDs returns the names that the key signed and did not revoke, its main
// one first: anybody can add a name to a key, only its owner can sign it.
func ownUserIDs(e *openpgp.Entity, now time.Time) []string {
	var out []string
	_, main := e.PrimaryIdentity(now, nil)
	if main != nil {
		out = append(out, main.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Identities)) {
		id := e.Identities[name]
		if _, err := id.Verify(now, nil); err == nil && id != main {
			out = append(out, name)
		}
	}
	return out
}

func openPGPAlgorithm(pk *packet.PublicKey) string {
	switch pk.PubKeyAlgo {
	case packet.PubKeyAlgoRSA, packet.PubKeyAlgoRSASignOnly:
		bits, _ := pk.BitLength() // it has one: the key was read
		return fmt.Sprintf("RSA %d", bits)
	case packet.PubKeyAlgoECDSA:
		curve, _ := pk.Curve()
		return "ECDSA " + string(curve)
	case packet.PubKeyAlgoEdDSA, packet.PubKeyAlgoEd25519, packet.PubKeyAlgoEd448:
		if curve, _ := pk.Curve(); curve == packet.Curve448 {
			return "Ed448"
		}
		return "Ed25519"
	case packet.PubKeyAlgoMldsa65Ed25519:
		return "ML-DSA-65+Ed25519"
	case packet.PubKeyAlgoMldsa87Ed448:
		return "ML-DSA-87+Ed448"
	default:
		return fmt.Sprintf("OpenPGP algorithm %d", pk.PubKeyAlgo)
	}
}
