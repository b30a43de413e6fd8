package contact_test

import (
	"bytes"
	"compress/flate"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/google/go-cmp/cmp"

	"pocreg.example/internal/contact"
)

func rsa2048(c *packet.Config) { c.Algorithm, c.RSABits = packet.PubKeyAlgoRSA, 2048 }
func p256(c *packet.Config) {
	c.Algorithm, c.Curve = packet.PubKeyAlgoECDSA, packet.CurveNistP256
}
func v6(c *packet.Config)    { c.V6Keys, c.Algorithm = true, packet.PubKeyAlgoEd25519 }
func ed448(c *packet.Config) { c.Algorithm = packet.PubKeyAlgoEd448 }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// withEncryption replaces the subkey for encryption by ones that live for the
// given days.
func withEncryption(t testing.TB, e *openpgp.Entity, days ...uint32) *openpgp.Entity {
	t.Helper()
	e.Subkeys = nil
	for _, d := range days {
		must(t, e.AddEncryptionSubkey(made(d)))
	}
	return e
}

func TestParseKeyReadsOpenPGP(t *testing.T) {
	t.Parallel()
	in := func(days int) *time.Time { at := keyMade.AddDate(0, 0, days); return &at }
	names := []string{"CERT Example <duty@cert.example>"}
	for _, tt := range []struct {
		name      string
		make      func(t *testing.T) *openpgp.Entity
		algorithm string
		expires   *time.Time
		userIDs   []string
	}{
		{"that never expires", func(t *testing.T) *openpgp.Entity { return newEntity(t, made(0)) }, "Ed25519", nil, names},
		{"that expires", func(t *testing.T) *openpgp.Entity { return newEntity(t, made(500)) }, "Ed25519", in(500), names},
		{"of RSA", func(t *testing.T) *openpgp.Entity { return newEntity(t, made(0, rsa2048)) }, "RSA 2048", nil, names},
		{"of ECDSA", func(t *testing.T) *openpgp.Entity { return newEntity(t, made(0, p256)) }, "ECDSA P256", nil, names},
		{"of Ed448", func(t *testing.T) *openpgp.Entity { return newEntity(t, made(0, ed448)) }, "Ed448", nil, names},
		{"of version 6", func(t *testing.T) *openpgp.Entity { return newEntity(t, made(400, v6)) }, "Ed25519", in(400), names},
		{"of version 6 without a name", func(t *testing.T) *openpgp.Entity {
			e, err := openpgp.NewEntityWithoutId(made(0, v6))
			must(t, err)
			return e
		}, "Ed25519", nil, []string{}},
		{"whose subkey expires first", func(t *testing.T) *openpgp.Entity {
			return withEncryption(t, newEntity(t, made(500)), 400)
		}, "Ed25519", in(400), names},
		{"whose primary key expires first", func(t *testing.T) *openpgp.Entity {
			return withEncryption(t, newEntity(t, made(500)), 600)
		}, "Ed25519", in(500), names},
		{"with old and new subkeys", func(t *testing.T) *openpgp.Entity {
			return withEncryption(t, newEntity(t, made(0)), 10, 450, 420)
		}, "Ed25519", in(450), names},
		{"with a subkey that never expires", func(t *testing.T) *openpgp.Entity {
			return withEncryption(t, newEntity(t, made(0)), 450, 0, 420)
		}, "Ed25519", nil, names},
		{"for signing only", func(t *testing.T) *openpgp.Entity {
			return withEncryption(t, newEntity(t, made(500)))
		}, "Ed25519", in(500), names},
		{"with several names, one of them revoked", func(t *testing.T) *openpgp.Entity {
			e := newEntity(t, made(0))
			for _, n := range []string{"Zoë", "Anna", "Gone"} {
				must(t, e.AddUserId(n, "", "", made(0)))
			}
			gone := e.Identities["Gone"]
			rev := &packet.Signature{
				Version: e.PrimaryKey.Version, SigType: packet.SigTypeCertificationRevocation, PubKeyAlgo: e.PrimaryKey.PubKeyAlgo,
				Hash: gone.SelfCertifications[0].Packet.Hash, CreationTime: keyMade.Add(time.Hour), IssuerKeyId: &e.PrimaryKey.KeyId,
			}
			must(t, rev.SignUserId("Gone", e.PrimaryKey, e.PrivateKey, made(0)))
			gone.Revocations = append(gone.Revocations, packet.NewVerifiableSig(rev))
			return e
		}, "Ed25519", nil, []string{"CERT Example <duty@cert.example>", "Anna", "Zoë"}},
		{"with names made to deceive", func(t *testing.T) *openpgp.Entity {
			e := newEntity(t, made(0))
			must(t, e.AddUserId("a\u202egro\x1b[2J\r\nb", "", "", made(0)))
			must(t, e.AddUserId(strings.Repeat("ł", 400), "", "", made(0)))
			must(t, e.AddUserId("\u3164", "", "", made(0)))
			return e
		}, "Ed25519", nil, []string{"CERT Example <duty@cert.example>", "agro[2Jb", strings.Repeat("ł", 300)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := tt.make(t)
			material := "\r\n" + strings.ReplaceAll(armoredKey(t, public(t, e)), "\n", "\r\n") + "\r\n"
			got, err := contact.ParseKey(contact.KeyOpenPGP, material, keyNow)
			if err != nil {
				t.Fatalf("ParseKey() = %v", err)
			}
			want := contact.Key{
				Type: "openpgp", Fingerprint: hex.EncodeToString(e.PrimaryKey.Fingerprint), UserIDs: tt.userIDs,
				Algorithm: tt.algorithm, CreatedAt: keyMade, ExpiresAt: tt.expires, Material: material,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("ParseKey() mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseKeyPassesOverStrangersParts(t *testing.T) {
	t.Parallel()
	e := newEntity(t, made(0))
	raw := public(t, e)
	forged := respell(t, raw, func(op *packet.OpaquePacket) [][]byte {
		if op.Tag == 13 { // a name that nobody signed
			return [][]byte{[]byte("Prime Minister <pm@gov.example>"), op.Contents}
		}
		return [][]byte{op.Contents}
	})
	for name, material := range map[string]string{
		"a forged name":        armoredKey(t, forged),
		"a picture":            armoredKey(t, raw, packetOf(17, 3, []byte{2, 1, 0})),
		"markers, padding":     armoredKey(t, raw, packetOf(10, 3, []byte("PGP")), packetOf(21, 2, []byte("xx")), packetOf(60, 2, []byte("xx"))),
		"a subkey from beyond": armoredKey(t, raw, packetOf(14, 6, []byte{4, 0, 0, 0, 0, 99})),
		"an armor header":      strings.Replace(armoredKey(t, raw), "\n\n", "\nComment: zażółć\nVersion: 1\n\n", 1),
		// A stranger's signature, critical or not, is not the key's business.
		"a signature that cannot be read": armoredKey(t, raw, withUnknownSubpacket(t, respell(t, raw, func(op *packet.OpaquePacket) [][]byte {
			if op.Tag == 2 && op.Contents[1] == byte(packet.SigTypePositiveCert) {
				return [][]byte{op.Contents}
			}
			return nil
		}), packet.SigTypePositiveCert)),
	} {
		got, err := contact.ParseKey(contact.KeyOpenPGP, material, keyNow)
		if err != nil || got.Fingerprint != hex.EncodeToString(e.PrimaryKey.Fingerprint) || len(got.UserIDs) != 1 {
			t.Errorf("ParseKey(%s) = %+v, %v, want the key with one name", name, got, err)
		}
	}
}

func TestParseKeyRefusesOpenPGP(t *testing.T) {
	t.Parallel()
	e := newEntity(t, made(0))
	raw := public(t, e)
	good := armoredKey(t, raw)
	other := public(t, newEntity(t, made(0)))
	parts := map[byte][]byte{}
	respell(t, raw, func(op *packet.OpaquePacket) [][]byte {
		if parts[op.Tag] == nil {
			parts[op.Tag] = packetOf(op.Tag, len(op.Contents), op.Contents)
		}
		return nil
	})
	primary, name, sig, subkey := parts[6], parts[13], parts[2], parts[14]
	revoked := newEntity(t, made(0))
	must(t, revoked.Revoke(packet.KeyRetired, "", made(0)))
	critical := newEntity(t, made(0, func(c *packet.Config) {
		c.SignatureNotations = []*packet.Notation{{Name: "x@example.org", Value: []byte("y"), IsCritical: true}}
	}))
	var squeezed bytes.Buffer
	squeezed.WriteByte(1) // ZIP
	z, err := flate.NewWriter(&squeezed, 9)
	must(t, err)
	_, err = z.Write(raw)
	must(t, err)
	must(t, z.Close())

	const (
		unproven                    = "no valid signature of its own"
		feature, secretKey, several = "uses a feature", "this is a secret key: revoke it", "more than one"
		unreadable, none, crowded   = "cannot be read as a key", "not a public key", "too many"
		expired, surrounded, cutOff = "expired", "only the lines", "the end of this key is missing"
	)
	for _, tt := range []struct{ name, material, want string }{
		{"nothing", "", "not a key as text"},
		{"a binary key", string(raw), "not a key as text"},
		{"bare base64", "mDMEZ3YB", "not a key as text"},
		{"a fingerprint", hex.EncodeToString(e.PrimaryKey.Fingerprint), "not a key as text"},
		{"more than 256 KiB", good + strings.Repeat("\n", 256<<10), "larger than 256 KiB"},
		{"a secret key", armored(t, "PGP PRIVATE KEY BLOCK", secret(t, e)), secretKey},
		{"a secret key under a false label", armoredKey(t, secret(t, e)), secretKey},
		{"a secret subkey among public ones", armoredKey(t, primary, name, sig, packetOf(7, 3, []byte{4, 0, 0})), secretKey},
		{"a secret key stuck to the public one", strings.TrimSpace(good) + armored(t, "PGP PRIVATE KEY BLOCK", secret(t, e)), secretKey},
		{"a secret key after the public one", good + armored(t, "PGP PRIVATE KEY BLOCK", secret(t, e)), secretKey},
		{"two keys in one block", armoredKey(t, raw, other), several},
		{"two keys, the second unreadable", armoredKey(t, raw, packetOf(6, 6, []byte{9, 0, 0, 0, 0, 99})), several},
		{"two blocks", good + armoredKey(t, other), several},
		{"text before it", "my key:\n" + good, surrounded},
		{"text after it", good + "\nbest regards", surrounded},
		{"an override in a header", strings.Replace(good, "\n\n", "\nComment: \u202ex\n\n", 1), surrounded},
		{"an escape in a header", strings.Replace(good, "\n\n", "\nComment: \x1b[2J\n\n", 1), surrounded},
		{"the label of the end changed", strings.Replace(good, "-----END PGP PUBLIC", "-----END PGP", 1), surrounded},
		{"no end", good[:len(good)/2], cutOff},
		{"a hole in the middle", good[:len(good)/2] + good[strings.LastIndex(good, "\n="):], unreadable},
		{"letters that are no base64", strings.Replace(good, "\n\n", "\n\n!!!!\n", 1), unreadable},
		{"no blank line under the headers", strings.Replace(good, "\n\n", "\n", 1), unreadable},
		{"an empty block", armoredKey(t), none},
		{"a message", armored(t, "PGP MESSAGE", raw), none},
		{"a signature", armored(t, "PGP SIGNATURE", sig), none},
		{"a message under a false label", armoredKey(t, packetOf(11, 6, []byte("b\x00\x00\x00\x00\x00"))), none},
		{"a signature under a false label", armoredKey(t, sig), none},
		{"a compressed key", armoredKey(t, packetOf(8, squeezed.Len(), squeezed.Bytes())), none},
		{"a key with something compressed in it", armoredKey(t, raw, packetOf(8, squeezed.Len(), squeezed.Bytes())), none},
		{"no name", armoredKey(t, primary, subkey), unproven},
		{"a name first", armoredKey(t, name, primary, name, sig), unreadable},
		{"a subkey only", armoredKey(t, subkey), unreadable},
		{"a subkey first", armoredKey(t, subkey, raw), unreadable},
		{"a name that is not signed", armoredKey(t, primary, name), unproven},
		{"another key's signature", armoredKey(t, other[:len(primary)-4], name, sig), unproven},
		{"a changed name", armoredKey(t, primary, bytes.Replace(name, []byte("duty"), []byte("dutx"), 1), sig), unproven},
		{"a length of four GiB", armoredKey(t, packetOf(6, 1<<32-1, primary[6:])), unreadable},
		{"a length of four GiB in a signature", armoredKey(t, primary, name, packetOf(2, 1<<32-1, sig[6:])), unreadable},
		{"an unknown critical packet", armoredKey(t, raw, packetOf(39, 1, []byte{0})), unreadable},
		{"bits that are no packet", armoredKey(t, []byte{0, 1, 2, 3}), unreadable},
		{"a key cut within", armoredKey(t, raw[:len(raw)-9]), unreadable},
		{"10,000 names", armoredKey(t, primary, bytes.Repeat(append(bytes.Clone(packetOf(13, 1, []byte("a"))), packetOf(10, 0, nil)...), 10_000)), crowded},
		{"200 subkeys", armoredKey(t, raw, bytes.Repeat(subkey, 200)), crowded},
		{"250 copies of its signature", armoredKey(t, primary, name, bytes.Repeat(sig, 250)), crowded},
		{"an RSA key of 16384 bits", armoredKey(t, packetOf(6, 6+2+2048+5, append(append([]byte{4, 0, 0, 0, 0, 1, 0x40, 0}, bytes.Repeat([]byte{0xff}, 2048)...), 0, 17, 1, 0, 1))), "no longer safe"},
		{"a DSA key", armoredKey(t, packetOf(6, 18, []byte{4, 0, 0, 0, 0, 17, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1})), "no longer safe"},
		{"a key of version 3", armoredKey(t, packetOf(6, 8, []byte{3, 0, 0, 0, 0, 0, 0, 1})), feature},
		{"an unknown algorithm", armoredKey(t, packetOf(6, 6, []byte{4, 0, 0, 0, 0, 99})), feature},
		{"a critical subpacket in its own signature", armoredKey(t, withUnknownSubpacket(t, raw, packet.SigTypePositiveCert)), feature},
		{"a critical note in its own signature", armoredKey(t, public(t, critical)), feature},
		{"a revocation that cannot be read", armoredKey(t, withUnknownSubpacket(t, public(t, revoked), packet.SigTypeKeyRevocation)), feature},
		{"a revoked key", armoredKey(t, public(t, revoked)), "is revoked"},
		{"an expired key", armoredKey(t, public(t, newEntity(t, made(364)))), expired},
		{"an expired key of version 6", armoredKey(t, public(t, newEntity(t, made(364, v6)))), expired},
		{"a key whose subkeys have all expired", armoredKey(t, public(t, withEncryption(t, newEntity(t, made(0)), 10, 364))), expired},
		{"a key from the future", armoredKey(t, public(t, newEntity(t, made(0, func(c *packet.Config) {
			c.Time = func() time.Time { return keyNow.Add(time.Hour) }
		})))), "in the future"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := contact.ParseKey(contact.KeyOpenPGP, tt.material, keyNow)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("ParseKey() = %+v, %v, want an error with %q", got, err, tt.want)
			}
		})
	}
}
