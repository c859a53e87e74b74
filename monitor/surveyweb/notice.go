package surveyweb

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"sync"

	"github.com/jard-odi/jard/configs/questions"
	"github.com/jard-odi/jard/lang"
)

// told is what people are told about what is kept of their answers: one
// sentence always, the others to who opens them.
type told struct {
	Short lang.Text
	Rest  []lang.Text
}

// notice is read once. What is wrong in it is wrong in the program: a test reads it.
//
//nolint:gochecknoglobals // a constant table, which Go cannot compute
var notice = sync.OnceValue(func() told {
	t, _ := readNotice(questions.Notice)
	return t
})

// readNotice reads the sentences; the one called short stands first.
func readNotice(data []byte) (told, error) {
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return told{}, fmt.Errorf("read the notice: %w", err)
	}
	var all told
	for n, row := range rows {
		if n == 0 {
			continue // names of columns
		}
		text := lang.Text{"fr": row[1], "ar": row[2], "en": row[3]}
		if row[0] == "short" {
			all.Short = text
			continue
		}
		all.Rest = append(all.Rest, text)
	}
	return all, nil
}
