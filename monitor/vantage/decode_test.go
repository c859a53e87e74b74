package vantage

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/monitor"
)

func TestABatchIsReadStrictly(t *testing.T) {
	for body, want := range map[string]string{
		`{"protocol":1,"version":"1","sequence":1,"offset_us":0,"waiting":0,"lost":0,"readings":[{"c":1,"t":2,"e":60,"p":[1,2,3,4,5]}]}`: "",
		``:                        "fault.json",
		`null`:                    "",
		`[]`:                      "fault.api.value",
		`{"sequence":"one"}`:      "fault.api.value sequence",
		`{"sequence":1e40}`:       "fault.api.value sequence",
		`{"readings":[{"c":{}}]}`: "fault.api.value readings.c",
		`{"verdict":"up"}`:        "fault.unknown_field verdict",
		`{"readings":[{"v":1}]}`:  "fault.unknown_field v",
		`{} {}`:                   "fault.json",
		`{"sequence":`:            "fault.json",
		`{"readings":[` + strings.Repeat("{},", MaxBatch) + `{}]}`: "fault.too_many readings",
		strings.Repeat("[", 100_000):                               "fault.json",
	} {
		_, err := DecodeBatch([]byte(body))
		got := ""
		for _, f := range fault.All(err) {
			got = strings.TrimSpace(f.Key + " " + f.Field)
		}
		if got != want || (err == nil) != (want == "") {
			t.Errorf("%.60s is %q (%v); want %q", body, got, err, want)
		}
	}
}

// FuzzDecodeBatch sees that whatever a signed body holds is refused by a fault,
// or is what it would be written as again.
func FuzzDecodeBatch(f *testing.F) {
	b := Batch{Program: Program{Protocol: Protocol, Version: "1"}, Sequence: 7}
	b.Readings = append(b.Readings, SeenOf(&monitor.Reading{Check: 1, At: time.Unix(1_800_000_000, 0), Every: time.Minute, Detail: "é\x00"}))
	text, err := json.Marshal(b)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"readings":[{"c":9223372036854775807,"t":-9223372036854775808,"e":-1,"p":null}]}`))
	f.Add([]byte(`{"readings":null,"sequence":1}{`))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := DecodeBatch(body)
		if err != nil {
			if len(fault.All(err)) == 0 {
				t.Errorf("%q is answered with %v", body, err)
			}
			return
		}
		again, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		back, err := DecodeBatch(again)
		if err != nil || len(got.Readings) != len(back.Readings) || len(got.Readings) > 0 && !reflect.DeepEqual(got.Readings[0].Check, back.Readings[0].Check) {
			t.Errorf("%q is read as %+v and again as %+v, %v", body, got, back, err)
		}
		for n := range got.Readings {
			if r, ok := got.Readings[n].reading(); ok && (len(r.Detail) > maxDetail || strings.ContainsRune(r.Detail, 0)) {
				t.Errorf("a reading with the detail %q", r.Detail)
			}
		}
	})
}
