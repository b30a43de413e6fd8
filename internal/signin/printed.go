package signin

import (
	"context"
	"crypto/rand"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"pocreg.example/internal/problem"
	"pocreg.example/internal/register"
)

// Printed codes are ten, each of 50 random bits behind the number on its line, and
// hashed as passwords are (NIST SP 800-63B-4, 3.1.2.2). The number says which one
// hash to compare with.
const (
	printedCodes  = 10
	printedLength = 10
)

// codeDigits are Crockford's 32: none is taken for another on paper.
const codeDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var printedForm = regexp.MustCompile(`^\s*([1-9]|10)\s*-\s*([0-9A-Z]{5})\s*-?\s*([0-9A-Z]{5})\s*$`)

// randomCode returns n random digits.
func randomCode(n int) string {
	random := make([]byte, n)
	_, _ = rand.Read(random) // never fails: it would end the program
	for i, b := range random {
		random[i] = codeDigits[int(b)%len(codeDigits)] // 256 is a multiple of 32
	}
	return string(random)
}

// foldCode reads a code as Crockford does: letters that look like digits are those.
func foldCode(s string) string {
	s = strings.ToUpper(strings.TrimSpace(s))
	return strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(s)
}

func readPrinted(s string) (number int, code string, ok bool) {
	parts := printedForm.FindStringSubmatch(foldCode(s))
	if parts == nil {
		return 0, "", false
	}
	number, _ = strconv.Atoi(parts[1]) // the form has digits only
	return number, parts[2] + parts[3], true
}

// EnrolPrinted sets up a password and ten printed codes, in place of those before,
// and signs the person in: their session gives way to the one that is returned, and
// all others of theirs end. The codes are kept nowhere.
func (s *Store) EnrolPrinted(ctx context.Context, b Browser, of Session, password string) (in SignedIn, codes []string, err error) {
	if err := s.mayEnrol(of); err != nil {
		return SignedIn{}, nil, err
	}
	hash, err := s.newPassword(ctx, of, password)
	if err != nil {
		return SignedIn{}, nil, err
	}
	codes, hashes, err := s.newCodes(ctx)
	if err != nil {
		return SignedIn{}, nil, err
	}
	in, err = s.enrol(ctx, b, of, s.proved(ByPrintedCode), func(tx *register.Aside) error {
		if err := s.setPassword(ctx, tx, of.Account, hash); err != nil {
			return err
		}
		return s.setCodes(ctx, tx, of.Account, hashes)
	})
	if err != nil {
		return SignedIn{}, nil, err
	}
	return in, codes, nil
}

// PrintCodes makes ten new codes for a person who has a password, in place of those
// before. They are kept nowhere.
func (s *Store) PrintCodes(ctx context.Context, b Browser, of Session) ([]string, error) {
	if err := s.mayEnrol(of); err != nil {
		return nil, err
	}
	has, err := s.Methods(ctx, of)
	if err != nil {
		return nil, err
	}
	switch {
	case !has.Password:
		return nil, problem.Errorf(problem.Conflict, "a printed code goes with a password: set one up first")
	case has.Shut:
		return nil, problem.Errorf(problem.Conflict, "your password is known to somebody, and signs nobody in any more: set another up first")
	}
	codes, hashes, err := s.newCodes(ctx)
	if err != nil {
		return nil, err
	}
	err = s.beside(ctx, func(tx *register.Aside) error {
		if err := s.goesOn(ctx, tx, of.ID); err != nil {
			return err
		}
		if err := s.setCodes(ctx, tx, of.Account, hashes); err != nil {
			return err
		}
		return s.record(ctx, tx, Event{Account: &of.Account, Method: ByPrintedCode, Outcome: Enrolled, Browser: b.Label, Known: true})
	})
	return codes, err
}

// newCodes returns ten codes and what is kept of them.
func (s *Store) newCodes(ctx context.Context) (codes, hashes []string, err error) {
	for number := 1; number <= printedCodes; number++ {
		code := randomCode(printedLength)
		hash, err := s.hasher.hash(ctx, code)
		if err != nil {
			return nil, nil, err
		}
		codes = append(codes, fmt.Sprintf("%d-%s-%s", number, code[:printedLength/2], code[printedLength/2:]))
		hashes = append(hashes, hash)
	}
	return codes, hashes, nil
}

func (s *Store) setCodes(ctx context.Context, q execer, of string, hashes []string) error {
	err := q.Exec(ctx, `
		insert into printed_code (account, number, hash)
		select @account, c.number, c.hash
		from unnest(@hashes::text[]) with ordinality as c (hash, number)
		on conflict (account, number) do update
		set hash = excluded.hash, used_at = null`, pgx.StrictNamedArgs{"account": of, "hashes": hashes})
	if err != nil {
		return fmt.Errorf("set printed codes: %w", err)
	}
	return nil
}
