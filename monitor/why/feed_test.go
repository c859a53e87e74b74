package why

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/monitor/assess"
)

func TestScoresOfFrozenEditions(t *testing.T) {
	frozen := time.Date(2026, 10, 20, 12, 0, 0, 0, time.UTC)
	e := assess.Edition{
		Quarter: "2026-Q3", Set: "default-tn", Version: 2, Formula: 1, State: assess.Frozen, FrozenAt: &frozen, Hash: "abc", JudgedAt: frozen.AddDate(0, 0, -10),
	}
	past := frozen.AddDate(-1, 0, 0)
	entries := []assess.Entry{
		{Service: "tax", Institution: "mf", Score: assess.Score{Coverage: 0.4}, Facts: []assess.Fact{
			{Measure: assess.Availability, Unknown: "assess.unknown.short"}, {Measure: assess.SatisfactionMean, Value: 3, Until: &past},
		}},
		{Service: "acte", Institution: "mi", Score: assess.Score{Value: new(71.25), Band: "B", Coverage: 0.9}, Facts: []assess.Fact{
			{Measure: assess.Availability, Value: 0.998, Low: new(0.997), High: new(0.999), N: 129600},
			{Measure: assess.SatisfactionMean, Value: 7.456, Low: new(7.1), High: new(7.8), N: 812},
		}},
	}
	body, err := CSV(Scores(e, entries))
	want := strings.Join(columns, ",") + "\n" +
		"2026-Q3,acte,mi,71.2,B,0.900,7.46,7.10,7.80,812,0.998000,0.997000,0.999000,129600,default-tn,2,1,2026-10-20T12:00:00Z,abc\n" +
		"2026-Q3,tax,mf,,,0.400,,,,,,,,,default-tn,2,1,2026-10-20T12:00:00Z,abc\n"
	if err != nil || string(body) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, body, want)
	}
	body, err = JSON(Scores(e, entries), "https://licence.tn/", "https://jard.tn/")
	var doc struct{ Scores []map[string]any }
	if err != nil || json.Unmarshal(body, &doc) != nil || len(doc.Scores) != 2 || doc.Scores[1]["score"] != nil || doc.Scores[0]["score"] != 71.25 {
		t.Errorf("%s %v", body, err)
	}
	e.State = assess.Draft
	if Scores(e, entries) != nil {
		t.Error("a draft is given away")
	}
	if body, err = JSON(nil, "", ""); err != nil || !strings.Contains(string(body), `"scores":[]`) {
		t.Errorf("%s %v", body, err)
	}
}
