package internal_test

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// asvs is the level of each requirement of OWASP ASVS 5.0.0, by its section: "22" is
// that 1.1.1 and 1.1.2 are of level 2.
var asvs = map[string]string{
	"1.1": "22", "1.2": "1111122223", "1.3": "112222222223", "1.4": "222", "1.5": "123",
	"2.1": "122", "2.2": "112", "2.3": "12223", "2.4": "23",
	"3.1": "3", "3.2": "113", "3.3": "12223", "3.4": "11222233", "3.5": "11122333", "3.6": "3", "3.7": "22333",
	"4.1": "12233", "4.2": "23333", "4.3": "22", "4.4": "1222",
	"5.1": "2", "5.2": "112333", "5.3": "113", "5.4": "222",
	"6.1": "122", "6.2": "111111112222", "6.3": "11223333", "6.4": "112233", "6.5": "22222333", "6.6": "2223", "6.7": "33", "6.8": "2222",
	"7.1": "222", "7.2": "1111", "7.3": "22", "7.4": "11222", "7.5": "223", "7.6": "22",
	"8.1": "1233", "8.2": "1123", "8.3": "133", "8.4": "23",
	"9.1": "111", "9.2": "1222",
	"10.1": "22", "10.2": "223", "10.3": "22223", "10.4": "1111122222233333", "10.5": "22222", "10.6": "22", "10.7": "222",
	"11.1": "2233", "11.2": "22233", "11.3": "11233", "11.4": "1222", "11.5": "23", "11.6": "23", "11.7": "33",
	"12.1": "12233", "12.2": "11", "12.3": "22223",
	"13.1": "2333", "13.2": "222223", "13.3": "2233", "13.4": "1222233",
	"14.1": "22", "14.2": "12223333", "14.3": "122",
	"15.1": "12233", "15.2": "12233", "15.3": "1222222", "15.4": "3333",
	"16.1": "2", "16.2": "22222", "16.3": "2222", "16.4": "222", "16.5": "2223",
	"17.1": "23", "17.2": "22223333", "17.3": "22",
}

// fewestHeld is how many requirements of levels 1 and 2 the page maps at the least.
const fewestHeld = 60

var (
	requirement = regexp.MustCompile(`\bv5\S*`)
	wholeOf     = regexp.MustCompile(`\bV([0-9]+(?:\.[0-9]+)?)\b`)
	namedTest   = regexp.MustCompile("`([a-z][a-z/]*)\\.(Test\\w+)`")
	anyTest     = regexp.MustCompile(`\bTest[A-Z]\w+`)
	namedFile   = regexp.MustCompile("`((?:[\\w.-]+/)+(?:[\\w.-]+\\.[a-z]+|Dockerfile)|docker-compose\\.yml|go\\.mod|go\\.sum|Makefile|NOTICE)`")
	topLevel    = regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)
)

// tests are the test functions that there are, by their folder: "internal.TestLayers".
func tests(t *testing.T) map[string]bool {
	t.Helper()
	there := map[string]bool{}
	for file, text := range sources(t, ".go") {
		for _, f := range topLevel.FindAllStringSubmatch(text, -1) {
			if isTest(file) {
				there[path.Dir(file)+"."+f[1]] = true
			}
		}
	}
	return there
}

// gone are the tests that a page names and that are not there, or not named as
// folder.TestName: each once.
func gone(page string, there map[string]bool) []string {
	out := anyTest.FindAllString(namedTest.ReplaceAllString(page, ""), -1)
	for _, named := range namedTest.FindAllStringSubmatch(page, -1) {
		if one := named[1] + "." + named[2]; !there[one] {
			out = append(out, one)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func securityPage(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// part is what stands below a heading of the page.
func part(t *testing.T, page, heading string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, "\n## "+heading+"\n")
	if !found {
		t.Fatalf("docs/security.md has no part %q", heading)
	}
	out, _, _ := strings.Cut(rest, "\n## ")
	return out
}

func TestSecurityNamesWhatIsThere(t *testing.T) {
	t.Parallel()
	page, there := securityPage(t), tests(t)
	for _, one := range gone(page, there) {
		t.Errorf("docs/security.md names %s, which is no test of ours: name what holds it now, as `folder.TestName`", one)
	}
	for _, file := range namedFile.FindAllStringSubmatch(page, -1) {
		if _, err := os.Stat(filepath.Join("..", file[1])); err != nil {
			t.Errorf("docs/security.md names a file that is not there: %v", err)
		}
	}

	first := namedTest.FindStringSubmatch(page)
	if first == nil {
		t.Fatal("docs/security.md names no test")
	}
	one := first[1] + "." + first[2]
	delete(there, one)
	if got := gone(page, there); !slices.Contains(got, one) {
		t.Errorf("without %s, what is gone is %v", one, got)
	}
}

func TestSecurityAccountsForEachRequirementOnce(t *testing.T) {
	t.Parallel()
	page := securityPage(t)
	level := map[string]rune{}
	for section, levels := range asvs {
		for i, l := range levels {
			level[fmt.Sprintf("v5.0.0-%s.%d", section, i+1)] = l
		}
	}
	said := map[string]int{}
	for _, number := range requirement.FindAllString(strings.ReplaceAll(page, "/tree/v5.0.0)", ")"), -1) {
		if level[number] == 0 {
			t.Errorf("docs/security.md names %s, which is no requirement", number)
		}
		said[number]++
	}
	for _, whole := range wholeOf.FindAllStringSubmatch(part(t, page, "What does not apply"), -1) {
		found := false
		for number, l := range level {
			if strings.HasPrefix(number, "v5.0.0-"+whole[1]+".") && l != '3' {
				found = true
				said[number]++
			}
		}
		if !found {
			t.Errorf("docs/security.md names V%s, which is no chapter or section", whole[1])
		}
	}
	for _, number := range slices.Sorted(maps.Keys(level)) {
		if n := said[number]; n > 1 || n == 0 && level[number] != '3' {
			t.Errorf("docs/security.md names %s %d times, want once", number, n)
		}
	}

	held := 0
	claimed, beyond, _ := strings.Cut(part(t, page, "What holds it"), "\nOf level 3")
	for of, rows := range map[string]string{"12": claimed, "3": beyond} {
		for line := range strings.Lines(rows) {
			number := requirement.FindString(line)
			if !strings.HasPrefix(line, "| v5") {
				continue
			}
			if !strings.ContainsRune(of, level[number]) {
				t.Errorf("%s is of level %c, and stands among those of %s", number, level[number], of)
			}
			if !namedTest.MatchString(line) && !namedFile.MatchString(line) && !strings.Contains(line, "](#") {
				t.Errorf("nothing is said to hold %s", number)
			}
			if of == "12" {
				held++
			}
		}
	}
	if held < fewestHeld {
		t.Errorf("docs/security.md maps %d requirements, want %d at the least", held, fewestHeld)
	}
}
