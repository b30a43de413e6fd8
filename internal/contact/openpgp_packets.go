package contact

import (
	"bytes"
	"errors"
	"io"
	"slices"

	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// The limits on a key keep the work of checking one below a few seconds. A
// key as its owner exports it stays far below them; one from a key server may
// be flooded with strangers' signatures.
const (
	maxKeyUserIDs     = 50
	maxKeySubkeys     = 50
	maxKeySignatures  = 2000 // anybody's, never checked
	maxOwnSignatures  = 64
	maxKeyBits        = 8192
	packetCriticalEnd = 40 // unknown packets below this must not be passed over
)

// The packets' types, RFC 9580 section 5.
const (
	tagSignature    = 2
	tagSecretKey    = 5
	tagPublicKey    = 6
	tagSecretSubkey = 7
	tagMarker       = 10
	tagTrust        = 12
	tagUserID       = 13
	tagPublicSubkey = 14
	tagAttribute    = 17
	tagPadding      = 21
)

// The signatures' types by which a key's owner takes back the key or a subkey,
// RFC 9580 section 5.2.1.
const (
	typeKeyRevocation    = 0x20
	typeSubkeyRevocation = 0x28
)

// messageTags are the packets of messages, among them the compressed and
// encrypted ones, which hold packets again: none is ever opened.
var messageTags = []uint8{1, 3, 4, 8, 9, 11, 18, 20}

// keyReader sorts the packets of a key.
type keyReader struct {
	kept    []packet.Packet
	unread  bool // a signature was left out because it uses what we can't read
	passing bool // within a part of the key that is left out
	count   map[uint8]int
}

// keyPackets returns the packets of the one public key in raw, without the
// parts that the library cannot use.
func keyPackets(raw []byte) (kept []packet.Packet, unread bool, err error) {
	k := keyReader{count: map[uint8]int{}}
	in := packet.NewOpaqueReader(bytes.NewReader(raw))
	for {
		op, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, false, errKeyUnreadable
		}
		if err := k.read(op); err != nil {
			return nil, false, err
		}
	}
	if k.count[tagPublicKey] == 0 {
		return nil, false, errKeyNone
	}
	return k.kept, k.unread, nil
}

func (k *keyReader) read(op *packet.OpaquePacket) error {
	if slices.Contains(messageTags, op.Tag) {
		return errKeyNone
	}
	k.count[op.Tag]++
	if k.count[tagPublicKey] == 0 {
		switch op.Tag {
		case tagSignature:
			return errKeyNone
		case tagUserID, tagPublicSubkey, tagAttribute: // of what?
			return errKeyUnreadable
		}
	}
	switch op.Tag {
	case tagSecretKey, tagSecretSubkey:
		return errKeySecret
	case tagMarker, tagTrust, tagPadding:
		return nil
	case tagPublicKey, tagPublicSubkey:
		return k.publicKey(op)
	case tagUserID:
		k.passing = false
		if k.count[tagUserID] > maxKeyUserIDs {
			return errKeyCrowded
		}
		return k.keep(op)
	case tagAttribute: // a picture, as a rule
		k.passing = true
		return nil
	case tagSignature:
		return k.signature(op)
	}
	if op.Tag < packetCriticalEnd {
		return errKeyUnreadable
	}
	return nil
}

func (k *keyReader) publicKey(op *packet.OpaquePacket) error {
	if k.count[tagPublicKey] > 1 {
		return errKeySeveral
	}
	if k.count[tagPublicSubkey] > maxKeySubkeys {
		return errKeyCrowded
	}
	p, err := op.Parse()
	var unsupported pgperrors.UnsupportedError
	switch {
	case errors.As(err, &unsupported) && op.Tag == tagPublicKey:
		return errKeyFeature
	case errors.As(err, &unsupported):
		k.passing = true
		return nil
	case err != nil:
		return errKeyUnreadable
	}
	pk, ok := p.(*packet.PublicKey)
	if !ok {
		return errKeyUnreadable
	}
	// DSA is out of use (RFC 9580 section 9.1) and, with numbers chosen to that
	// end, takes minutes to check; so does RSA with a huge modulus.
	bits, err := pk.BitLength()
	weak := pk.PubKeyAlgo == packet.PubKeyAlgoDSA || err == nil && isRSA(pk) && bits > maxKeyBits
	switch {
	case weak && op.Tag == tagPublicKey:
		return errKeyWeak
	case weak:
		k.passing = true
		return nil
	}
	k.passing = false
	k.kept = append(k.kept, pk)
	return nil
}

func isRSA(pk *packet.PublicKey) bool {
	return pk.PubKeyAlgo == packet.PubKeyAlgoRSA || pk.PubKeyAlgo == packet.PubKeyAlgoRSASignOnly ||
		pk.PubKeyAlgo == packet.PubKeyAlgoRSAEncryptOnly
}

func (k *keyReader) signature(op *packet.OpaquePacket) error {
	if k.count[tagSignature] > maxKeySignatures {
		return errKeyCrowded
	}
	if k.passing {
		return nil
	}
	p, err := op.Parse()
	var unsupported pgperrors.UnsupportedError
	switch {
	case errors.As(err, &unsupported):
		// A revocation that cannot be read may be in force.
		if t := signatureType(op.Contents); t == typeKeyRevocation || t == typeSubkeyRevocation {
			return errKeyFeature
		}
		k.unread = true
		return nil
	case err != nil:
		return errKeyUnreadable
	}
	sig, ok := p.(*packet.Signature)
	if !ok {
		return errKeyUnreadable
	}
	// The library counts a signature with a critical note that it does not know
	// as invalid, which is right, but does not say why.
	for _, note := range sig.Notations {
		k.unread = k.unread || note.IsCritical
	}
	k.kept = append(k.kept, sig)
	return nil
}

// signatureType is a signature's type byte; 0 where there is none.
func signatureType(contents []byte) byte {
	at := 1
	if len(contents) > 0 && contents[0] < 4 {
		at = 2 // versions 2 and 3 have a length before it
	}
	if len(contents) <= at {
		return 0
	}
	return contents[at]
}

func (k *keyReader) keep(op *packet.OpaquePacket) error {
	p, err := op.Parse()
	if err != nil {
		return errKeyUnreadable
	}
	k.kept = append(k.kept, p)
	return nil
}

// countSignatures counts the signatures that verifying e may have to check.
func countSignatures(e *openpgp.Entity) int {
	n := len(e.Revocations) + len(e.DirectSignatures)
	for _, id := range e.Identities {
		n += len(id.SelfCertifications) + len(id.Revocations)
	}
	for _, sub := range e.Subkeys {
		n += len(sub.Bindings) + len(sub.Revocations)
	}
	return n
}
