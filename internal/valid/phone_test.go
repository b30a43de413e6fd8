package valid_test

import (
	"regexp"
	"strings"
	"testing"

	"pocreg.example/internal/valid"
)

func TestPhoneTakesAnyUsualSpelling(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, region, want string }{
		{"+48221234567", "", "+48221234567"},
		{"+48 (22) 123-45-67", "", "+48221234567"},
		{"0048 22 123 45 67", "", "+48221234567"},
		{"0048221234567", "US", "+48221234567"},
		{"22 123 45 67", "PL", "+48221234567"},
		{"+48 22 123 45 67", "EE", "+48221234567"},
		{"tel:+48-22-123-45-67", "", "+48221234567"},
		{" \u202a+48 22 123 45 67\u202c ", "", "+48221234567"},
		{"＋４８ ２２ １２３ ４５ ６７", "", "+48221234567"},
		{"+٤٨٢٢١٢٣٤٥٦٧", "", "+48221234567"},
		{"06 698 12345", "IT", "+390669812345"},
		{"(212) 555-0123", "US", "+12125550123"},
		{"02-3480-2000", "KR", "+82234802000"},
		{"+870 773 123 456", "", "+870773123456"},
		{"+8816 3123 4567", "", "+881631234567"},
		{"+882 16 123 4567", "", "+882161234567"},
		{"+882 13 123 456", "", "+88213123456"},
		{"+883 510 001 2345", "", "+8835100012345"},
	} {
		got, err := valid.Phone(tt.in, tt.region)
		if got != tt.want || err != nil {
			t.Errorf("Phone(%q, %q) = %q, %v, want %q", tt.in, tt.region, got, err, tt.want)
		}
	}
}

func TestPhoneSaysWhatToDo(t *testing.T) {
	t.Parallel()
	const whole, code, extension = "whole phone number", "begin with +", "without an extension"
	for _, tt := range []struct{ in, region, want string }{
		{"", "PL", whole},
		{"112", "PL", whole},
		{"997", "PL", whole},
		{"221234567", "", code},
		{"221234567", "XX", code},
		{"+999 123 456 789", "", code},
		{"+48 22 123 45 67 ext. 12", "", extension},
		{"tel:+48-22-123-45-67;ext=3", "", extension},
		{"+48 22 123 45 67 x3", "", extension},
		{"+1 800 FLOWERS", "", whole},
		{"call +48221234567", "", whole},
		{"+48 22 123 45", "", whole},
		{"+48 22 123 45 67 89 01 23", "", whole},
		{"+882 1", "", whole},
		{"+48221234567; drop table", "", whole},
		{"=cmd|' /C calc'!A0", "PL", whole},
		{strings.Repeat("+48221234567 ", 20), "", whole},
		{"+48\x00221234567\n+48221234568", "", whole},
	} {
		got, err := valid.Phone(tt.in, tt.region)
		if got != "" || err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Phone(%q, %q) = %q, %v, want an error with %q", tt.in, tt.region, got, err, tt.want)
		}
	}
}

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{5,14}$`)

func FuzzPhone(f *testing.F) {
	for _, s := range []string{"+48221234567", "0048", "22 123 45 67", "+870773123456", "tel:+1;ext=3;phone-context=+48", "+1800FLOWERS", "+39 06"} {
		f.Add(s, "PL")
		f.Add(s, "")
	}
	f.Fuzz(func(t *testing.T, s, region string) {
		got, err := valid.Phone(s, region)
		if err != nil {
			return
		}
		if !e164.MatchString(got) {
			t.Errorf("Phone(%q, %q) = %q, want E.164", s, region, got)
		}
		if again, err := valid.Phone(got, ""); again != got || err != nil {
			t.Errorf("Phone(%q) = %q, %v, want it unchanged", got, again, err)
		}
	})
}
