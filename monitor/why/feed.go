package why

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jard-odi/jard/monitor/assess"
)

// Score is one service in one frozen edition, as it is given away.
type Score struct {
	Quarter      string   `json:"quarter"`
	Service      string   `json:"service"`
	Institution  string   `json:"institution"`
	Score        *float64 `json:"score"`    // on a hundred; null when too little is known
	Band         string   `json:"band"`     // the letter, empty without a score
	Coverage     float64  `json:"coverage"` // share of the weights that is known
	Satisfaction Figure   `json:"satisfaction"`
	Availability Figure   `json:"availability"`
	Set          string   `json:"criteria"`
	Version      int      `json:"criteria_version"`
	Formula      int      `json:"formula"`
	FrozenAt     string   `json:"frozen_at"`
	Edition      string   `json:"edition_sha256"`
}

// Figure is a measure with its interval; all null when it is not known.
type Figure struct {
	Value *float64 `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
	N     *int64   `json:"n"`
}

// Scores are the lines of one edition, in the order of its services; none of
// one that is not frozen: what may still change is not given away.
func Scores(e assess.Edition, entries []assess.Entry) []Score {
	if e.State != assess.Frozen || e.FrozenAt == nil {
		return nil
	}
	out := make([]Score, 0, len(entries))
	for n := range entries {
		one := &entries[n]
		out = append(out, Score{
			Quarter: e.Quarter, Service: one.Service, Institution: one.Institution, Score: one.Score.Value, Band: one.Score.Band, Coverage: one.Score.Coverage,
			Satisfaction: figure(one.Facts, assess.SatisfactionMean, e.JudgedAt), Availability: figure(one.Facts, assess.Availability, e.JudgedAt),
			Set: e.Set, Version: e.Version, Formula: e.Formula, FrozenAt: e.FrozenAt.UTC().Format(time.RFC3339), Edition: e.Hash,
		})
	}
	slices.SortFunc(out, func(a, b Score) int { return cmp.Compare(a.Service, b.Service) })
	return out
}

func figure(facts []assess.Fact, m assess.Measure, at time.Time) Figure {
	for _, f := range facts {
		if f.Measure == m && f.Known(at) {
			out := Figure{Value: &f.Value, Low: f.Low, High: f.High}
			if f.N > 0 {
				out.N = &f.N
			}
			return out
		}
	}
	return Figure{}
}

// columns are the head of the table, the same for ever: new ones come last.
var columns = []string{
	"quarter", "service", "institution", "score", "band", "coverage", "satisfaction", "satisfaction_low", "satisfaction_high", "satisfaction_n",
	"availability", "availability_low", "availability_high", "availability_n", "criteria", "criteria_version", "formula", "frozen_at", "edition_sha256",
}

// CSV writes scores as a table: commas, UTF-8, a point in numbers, nothing for
// what is not known.
func CSV(scores []Score) ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	rows := [][]string{columns}
	for _, s := range scores {
		row := []string{s.Quarter, s.Service, s.Institution, decimal(s.Score, 1), s.Band, decimal(&s.Coverage, 3)}
		row = append(row, s.Satisfaction.cells(2)...)
		row = append(row, s.Availability.cells(6)...)
		rows = append(rows, append(row, s.Set, strconv.Itoa(s.Version), strconv.Itoa(s.Formula), s.FrozenAt, s.Edition))
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write scores: %w", err)
	}
	return out.Bytes(), nil
}

func decimal(v *float64, places int) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', places, 64)
}

func (f Figure) cells(places int) []string {
	n := ""
	if f.N != nil {
		n = strconv.FormatInt(*f.N, 10)
	}
	return []string{decimal(f.Value, places), decimal(f.Low, places), decimal(f.High, places), n}
}

// JSON writes scores with what the file itself is.
func JSON(scores []Score, licence, source string) ([]byte, error) {
	if scores == nil {
		scores = []Score{}
	}
	out, err := json.Marshal(struct {
		Licence string  `json:"licence"`
		Source  string  `json:"source"`
		Scores  []Score `json:"scores"`
	}{licence, source, scores})
	if err != nil {
		return nil, fmt.Errorf("write scores: %w", err)
	}
	return append(out, '\n'), nil
}
