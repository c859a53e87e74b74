package catalogue

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"
)

func TestNowInQuestions(t *testing.T) {
	at := time.Date(2026, 3, 31, 14, 25, 36, 789, time.UTC)
	for query, want := range map[string]string{
		"metadata_modified:[NOW-1DAY TO *]":                "metadata_modified:[ 2026-03-30T14:25:36Z TO *]",
		"metadata_modified:[NOW-7DAYS/DAY TO NOW]":         "metadata_modified:[ 2026-03-24T00:00:00Z TO 2026-03-31T14:25:36Z]",
		"metadata_modified:{NOW/MONTH-1MONTH TO NOW/HOUR}": "metadata_modified:{ 2026-02-01T00:00:00Z TO 2026-03-31T14:00:00Z}",
		"metadata_modified:[NOW+2HOURS-30MINUTES TO *]":    "metadata_modified:[ 2026-03-31T15:55:36Z TO *]",
		"metadata_modified:[NOW/YEAR+90SECONDS TO *]":      "metadata_modified:[ 2026-01-01T00:01:30Z TO *]",
		"NOW is a word": "NOW is a word",
		"metadata_modified:[NOW-1FORTNIGHT TO *]":           "metadata_modified:[NOW-1FORTNIGHT TO *]",
		"metadata_modified:[NOW-999999YEARS TO *]":          "metadata_modified:[NOW-999999YEARS TO *]",
		"organization:a metadata_modified:[* TO NOW-1YEAR]": "organization:a metadata_modified:[* TO 2025-03-31T14:25:36Z]",
	} {
		args := Args{"fq": query, "rows": "1"}
		if got := args.Settled(at)["fq"]; got != want {
			t.Errorf("%s is settled as %v; want %s", query, got, want)
		}
		if args["fq"] != query {
			t.Errorf("%s: the question itself has changed", query)
		}
	}
	lists := Args{"fq_list": []any{"metadata_modified:[NOW-1DAY TO *]", 3}}
	if got := lists.Settled(at)["fq_list"].([]any)[0]; got != "metadata_modified:[ 2026-03-30T14:25:36Z TO *]" {
		t.Errorf("in a list: %v", got)
	}
}

func TestInstants(t *testing.T) {
	for text, want := range map[string]string{
		"2026-08-20T09:00:00.123456Z":     "2026-08-20T09:00:00.123456",
		"2026-08-20T09:00:00.123456":      "2026-08-20T09:00:00.123456",
		"2026-08-20T10:00:00+01:00":       "2026-08-20T09:00:00.000000",
		"2026-08-20T09:00":                "2026-08-20T09:00:00.000000",
		"2026-08-20":                      "2026-08-20T00:00:00.000000",
		`"2026-08-20"`:                    "2026-08-20T00:00:00.000000",
		"2026-08-20T09:00:00Z-1DAY":       "2026-08-19T09:00:00.000000",
		"2026-08-20T09:00:00Z/DAY+1MONTH": "2026-09-20T00:00:00.000000",
		"yesterday":                       "", "NOW-1MOON": "", "2026-13-01": "", "2026-08-20T09:00:00Z-": "", "2026-08-20T09:00:00Z*2": "", "": "",
	} {
		got, err := instant(text)
		if (err == nil) != (want != "") || err == nil && stamp(got) != want {
			t.Errorf("%q is %s, %v; want %s", text, stamp(got), err, want)
		}
	}
}

func FuzzSettled(f *testing.F) {
	for _, q := range []string{"[NOW-1DAY TO NOW]", "{NOW/DAY TO *}", "NOW", "[NOW+999999YEARS TO *]", "TO NOW/"} {
		f.Add(q)
	}
	s, err := Build(settings(), register(samples(3)...), nil, now)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, q string) {
		args := Args{"fq": "metadata_modified:" + q}.Settled(now)
		if status, d := s.Act("package_search", args); !json.Valid(d.Bytes()) || status != 200 && status != 400 {
			t.Errorf("%q: %d %s", q, status, d.Bytes())
		}
	})
}

func TestOnlySomeFields(t *testing.T) {
	object := []byte(`{"id":"a\"},{","n":{"id":[1,{"x":"]"}]},"t":[],"e":null,"u":"é\\"}`)
	for _, tt := range []struct {
		wanted []string
		want   string
	}{
		{[]string{"id"}, `{"id":"a\"},{"}`},
		{[]string{"u", "n"}, `{"n":{"id":[1,{"x":"]"}]},"u":"é\\"}`},
		{[]string{"e", "t"}, `{"t":[],"e":null}`},
		{[]string{"x"}, `{}`},
		{nil, `{}`},
	} {
		if got := onlyFields(nil, object, tt.wanted); string(got) != tt.want {
			t.Errorf("%v: %s; want %s", tt.wanted, got, tt.want)
		}
	}
	if got := member(object, "n"); string(got) != `{"id":[1,{"x":"]"}]}` {
		t.Errorf("member: %s", got)
	}
	if member(object, "x") != nil {
		t.Error("a member that is not there")
	}
}

// FuzzFields: of any object that we would write, the fields come out as a real
// parser finds them.
func FuzzFields(f *testing.F) {
	f.Add(`a"b`, "c\\", `{"x":[1,"}"]}`)
	f.Fuzz(func(t *testing.T, key, text, value string) {
		if !json.Valid([]byte(value)) || key == "k" || key == "z" {
			return
		}
		b, err := marshal(map[string]any{"k": text, "z": json.RawMessage(value)})
		if err != nil {
			return
		}
		var whole map[string]json.RawMessage
		if err := json.Unmarshal(b, &whole); err != nil {
			t.Fatal(err)
		}
		if got := member(b, "z"); !bytes.Equal(got, whole["z"]) {
			t.Errorf("%s: z is %s; want %s", b, got, whole["z"])
		}
		if got := onlyFields(nil, b, []string{"k"}); !json.Valid(got) {
			t.Errorf("%s: %s", b, got)
		}
	})
}
