package contact_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pocreg.example/internal/contact"
	"pocreg.example/internal/valid"
)

func TestParseKeyKeepsTypesApart(t *testing.T) {
	t.Parallel()
	pgp := armoredKey(t, public(t, newEntity(t, made(0))))
	_, cert := newCertificate(t, keyNow.AddDate(1, 0, 0))
	for _, tt := range []struct{ name, typ, material, want string }{
		{"no type", "", pgp, "must be one of: openpgp, smime"},
		{"an unknown type", "PGP", pgp, "must be one of: openpgp, smime"},
		{"an OpenPGP key as certificate", contact.KeySMIME, pgp, "send it with the type openpgp"},
		{"a certificate as OpenPGP key", contact.KeyOpenPGP, cert, "send it with the type smime"},
	} {
		got, err := contact.ParseKey(tt.typ, tt.material, keyNow)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("ParseKey(%s) = %+v, %v, want an error with %q", tt.name, got, err, tt.want)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	e := newEntity(f, made(500))
	raw := public(f, e)
	_, cert := newCertificate(f, keyNow.AddDate(1, 0, 0), "duty@cert.example")
	f.Add(true, []byte(armoredKey(f, raw)))
	f.Add(true, []byte(armored(f, "PGP PRIVATE KEY BLOCK", secret(f, e))))
	f.Add(true, []byte(armored(f, "PGP MESSAGE", raw)))
	f.Add(false, []byte(cert))
	// What does not begin with a dash is wrapped in armor, so that mutations
	// reach the packets and the certificate behind the base64.
	f.Add(true, raw)
	f.Add(true, secret(f, e))
	f.Add(true, public(f, newEntity(f, made(0, v6))))
	f.Add(true, public(f, newEntity(f, made(0, p256))))
	f.Add(true, packetOf(6, 1<<32-1, raw[2:60]))
	der, _ := newCertificate(f, keyNow.AddDate(1, 0, 0), "duty@cert.example")
	f.Add(false, der)
	f.Fuzz(func(t *testing.T, pgp bool, in []byte) {
		typ, material := contact.KeySMIME, string(in)
		switch wrap := len(in) > 0 && in[0] != '-'; {
		case wrap && pgp:
			material = armoredKey(t, in)
		case wrap:
			material = pemOf("CERTIFICATE", in)
		}
		if pgp {
			typ = contact.KeyOpenPGP
		}
		got, err := contact.ParseKey(typ, material, keyNow)
		if err != nil {
			return
		}
		if got.Fingerprint == "" || got.Algorithm == "" || got.UserIDs == nil || got.Material != material ||
			strings.Contains(material, "PRIVATE KEY") || got.ExpiresAt != nil && got.ExpiresAt.Before(keyNow) {
			t.Errorf("ParseKey(%q) = %+v", material, got)
		}
		for _, id := range got.UserIDs {
			if valid.Clean(id) != id || utf8.RuneCountInString(id) > 300 {
				t.Errorf("ParseKey(%q) has the user id %q", material, id)
			}
		}
	})
}
