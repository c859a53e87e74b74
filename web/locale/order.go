package locale

import (
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"github.com/jard-odi/jard/lang"
)

// alefs makes one letter of the alefs that the collation tables keep apart and
// dictionaries do not.
var alefs = strings.NewReplacer("أ", "ا", "إ", "ا", "آ", "ا", "ٱ", "ا")

// Order compares names as a reader of the language looks them up: é stands with
// e, and Arabic letters follow their alphabet. The function is for one
// goroutine at a time.
func Order(tag lang.Tag) func(a, b string) int {
	c := collate.New(language.Make(string(tag)))
	return func(a, b string) int { return c.CompareString(alefs.Replace(a), alefs.Replace(b)) }
}
