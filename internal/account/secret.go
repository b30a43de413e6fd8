package account

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"hash/crc32"
	"math/big"
	"strings"
)

// A token's secret is "pocreg_", 43 digits of 256 random bits in base 62, and
// six of their CRC-32, so that scanners for leaked secrets recognise it and a
// mistyped one is refused without asking the database.
const (
	prefix        = "pocreg_"
	randomBytes   = 32
	randomDigits  = 43
	checkDigits   = 6
	digits        = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	secretLength  = len(prefix) + randomDigits + checkDigits
	hintOfASecret = 4
)

// newSecret returns a fresh secret.
func newSecret() (string, error) {
	random := make([]byte, randomBytes)
	if _, err := rand.Read(random); err != nil {
		return "", fmt.Errorf("make token: %w", err)
	}
	body := base62(new(big.Int).SetBytes(random), randomDigits)
	return prefix + body + checksum(body), nil
}

// WellFormed reports whether s could be a token's secret.
func WellFormed(s string) bool {
	body, ok := strings.CutPrefix(s, prefix)
	if !ok || len(s) != secretLength {
		return false
	}
	return checksum(body[:randomDigits]) == body[randomDigits:]
}

func checksum(body string) string {
	return base62(big.NewInt(int64(crc32.ChecksumIEEE([]byte(body)))), checkDigits)
}

func base62(n *big.Int, width int) string {
	out := make([]byte, width)
	base, digit := big.NewInt(int64(len(digits))), new(big.Int)
	for i := width - 1; i >= 0; i-- {
		n.DivMod(n, base, digit)
		out[i] = digits[digit.Int64()]
	}
	return string(out)
}

// tokenHash is what is kept of a secret: its SHA-256. The secret has 256 random
// bits: there is nothing to guess, so a slow hash would only slow us down.
type tokenHash [sha256.Size]byte

func hash(secret string) tokenHash { return sha256.Sum256([]byte(secret)) }
