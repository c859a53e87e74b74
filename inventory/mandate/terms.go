package mandate

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Terms are the numbers of the rules: how long a term is, how early an end is
// announced. They are data, for a jurist to correct.
type Terms struct {
	OfficerAlert int   // days before an officer's end
	MemberYears  int   // a committee member's term; 0 when nobody said
	MemberAlerts []int // days before a member's end, the earliest first
}

// Term is one of the numbers with where it comes from.
type Term struct {
	Code      string `gorm:"primaryKey"`
	Value     string
	Article   string
	Certainty string
	Source    string
}

// TableName names the table of terms.
func (Term) TableName() string { return "mandate_terms" }

// Read makes rules of the rows; codes nobody knows are left alone.
func Read(rows []Term) Terms {
	var t Terms
	for _, r := range rows {
		switch r.Code {
		case "officer.alert_days":
			t.OfficerAlert = number(r.Value)
		case "committee.term_years":
			t.MemberYears = number(r.Value)
		case "committee.alert_days":
			for word := range strings.FieldsSeq(r.Value) {
				t.MemberAlerts = append(t.MemberAlerts, number(word))
			}
		}
	}
	return t
}

func number(s string) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 0 || n > 3_660 {
		return 0
	}
	return n
}

// ReadTerms reads mandate_terms.csv.
func ReadTerms(r io.Reader) ([]Term, error) {
	rows := csv.NewReader(r)
	header, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("read terms: %w", err)
	}
	if strings.TrimPrefix(strings.Join(header, ","), "\ufeff") != "code,value,article,certainty,source" {
		return nil, errors.New("read terms: want the columns code, value, article, certainty, source")
	}
	var terms []Term
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return terms, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read terms: %w", err)
		}
		terms = append(terms, Term{row[0], strings.TrimSpace(row[1]), row[2], row[3], row[4]})
	}
}
