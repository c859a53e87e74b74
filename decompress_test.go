package jard_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// unpacks is what makes bytes larger.
var unpacks = regexp.MustCompile(`\b(gzip|zlib|flate|zip|zstd|bzip2|lzw|brotli|xz|lz4|snappy|excelize)\.(NewReader|NewReaderDict|OpenReader|NewReadCloser|Decode)\(`)

// bombs names, for each file that unpacks something, the test that hands it
// a bomb. What unpacks on the way of a test alone is none of the program.
var bombs = map[string]string{
	"inventory/file/format.go":                      "TestArchivesAreNotUnpacked",
	"inventory/sheet/inspect.go":                    "TestBadFiles",
	"inventory/sheet/xlsx.go":                       "TestBadFiles",
	"inventory/sheet/tables.go":                     "TestBooksThatUnpackToTooMuch",
	"inventory/filewatch/read.go":                   "TestFilesBeyondTheLimit",
	"inventory/catalogue/vault.go":                  "TestStoredBytesThatUnpackToTooMuchAreRefused",
	"inventory/catalogue/pack.go":                   "TestStoredBytesThatUnpackToTooMuchAreRefused",
	"monitor/probe/answer.go":                       "TestHostileTargets",
	"monitor/examine/ask.go":                        "TestBoundsHold",
	"backup/reader.go":                              "TestASmallFileThatUnpacksToMuchIsRefused",
	"inventory/catalogueweb/harvesttest/request.go": "", // plays the harvesters in tests
}

// Whatever unpacks must be handed a bomb by a test.
func TestEveryDecompressorIsHandedABomb(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "git", "ls-files", "-co", "--exclude-standard", "*.go").Output()
	if err != nil {
		t.Skipf("no git: %v", err)
	}
	tests := ""
	for name := range strings.FieldsSeq(string(out)) {
		b, err := os.ReadFile(name)
		if err != nil {
			continue // removed and not yet committed
		}
		if strings.HasSuffix(name, "_test.go") {
			tests += string(b)
			continue
		}
		if _, known := bombs[name]; unpacks.Match(b) && !known {
			t.Errorf("%s unpacks something; say here which test hands it a bomb", name)
		}
	}
	for name, test := range bombs {
		if test != "" && !strings.Contains(tests, "func "+test+"(") {
			t.Errorf("%s: there is no test %s", name, test)
		}
	}
}
