package contact_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// The keys of these tests are made on keyMade and read on keyNow.
var (
	keyMade = time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)
	keyNow  = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
)

const day = 24 * 60 * 60 // in seconds

// made is the configuration of a key that lives for the given days, 0 for ever.
func made(days uint32, also ...func(*packet.Config)) *packet.Config {
	c := &packet.Config{Time: func() time.Time { return keyMade }, KeyLifetimeSecs: days * day, Algorithm: packet.PubKeyAlgoEdDSA}
	for _, f := range also {
		f(c)
	}
	return c
}

func newEntity(t testing.TB, config *packet.Config) *openpgp.Entity {
	t.Helper()
	e, err := openpgp.NewEntity("CERT Example", "", "duty@cert.example", config)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// public is the binary form of e's public part, secret of the whole.
func public(t testing.TB, e *openpgp.Entity) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := e.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func secret(t testing.TB, e *openpgp.Entity) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := e.SerializePrivateWithoutSigning(&b, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// armored wraps raw as the given type of block.
func armored(t testing.TB, label string, raw []byte) string {
	t.Helper()
	var b bytes.Buffer
	w, err := armor.Encode(&b, label, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String() + "\n"
}

func armoredKey(t testing.TB, raw ...[]byte) string {
	t.Helper()
	return armored(t, "PGP PUBLIC KEY BLOCK", bytes.Join(raw, nil))
}

// packetOf is a packet of the given tag with a five-byte length that says what
// it likes.
func packetOf(tag byte, length int, body []byte) []byte {
	head := []byte{0xc0 | tag, 0xff, byte(length >> 24), byte(length >> 16), byte(length >> 8), byte(length)}
	return append(head, body...)
}

// respell rewrites each packet of raw.
func respell(t testing.TB, raw []byte, change func(*packet.OpaquePacket) [][]byte) []byte {
	t.Helper()
	var out []byte
	in := packet.NewOpaqueReader(bytes.NewReader(raw))
	for {
		op, err := in.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, body := range change(op) {
			out = append(out, packetOf(op.Tag, len(body), body)...)
		}
	}
}

// withUnknownSubpacket adds to each version 4 signature of the given type a
// critical subpacket that no one knows.
func withUnknownSubpacket(t testing.TB, raw []byte, typ packet.SignatureType) []byte {
	t.Helper()
	return respell(t, raw, func(op *packet.OpaquePacket) [][]byte {
		b := op.Contents
		if op.Tag != 2 || b[1] != byte(typ) {
			return [][]byte{b}
		}
		size := int(b[4])<<8 + int(b[5]) + 3 // of the signed subpackets
		out := append(bytes.Clone(b[:4]), byte(size>>8), byte(size), 2, 0x80|100, 0)
		return [][]byte{append(out, b[6:]...)}
	})
}
