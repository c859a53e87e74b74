package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// byValue is Canonical as it was when the first lines were sealed: by way of
// values in memory. What is sealed must give the same for ever.
func byValue(raw []byte) (string, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return "", err
	}
	var b strings.Builder
	err := spell(&b, v)
	return b.String(), err
}

func spell(b *strings.Builder, v any) (err error) {
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case json.Number:
		var n string
		n, err = number(v.String())
		b.WriteString(n)
	case string:
		spellText(b, v)
	case []any:
		b.WriteByte('[')
		for n, one := range v {
			if n > 0 {
				b.WriteByte(',')
			}
			if err := spell(b, one); err != nil {
				return err
			}
		}
		b.WriteByte(']')
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		b.WriteByte('{')
		for n, name := range names {
			if n > 0 {
				b.WriteByte(',')
			}
			spellText(b, name)
			b.WriteByte(':')
			if err := spell(b, v[name]); err != nil {
				return err
			}
		}
		b.WriteByte('}')
	}
	return err
}

func spellText(b *strings.Builder, s string) {
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20:
			fmt.Fprintf(b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}

func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1.50,"x\u0000",null,{"b":true}]}`, `-12.340e-7`, `"\ud800"`, `1e999`, `[[[[]]]]`, `{"b":1,"a":2,"b":{"c":[]}}`, ` { "é" : "\"\\" , "" : -0.0 } `,
		"\"\xff\x7f\u2028\"", `{"a":1,"ab":2,"A":3,"\u0061":4}`, `[1 , 2 ,[ ] , { } ]`, "null\n", "true ",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		once, err := Canonical(raw)
		if err != nil {
			return
		}
		if !json.Valid([]byte(once)) {
			t.Fatalf("%q became %q, which is not JSON", raw, once)
		}
		if twice, err := Canonical([]byte(once)); err != nil || twice != once {
			t.Fatalf("%q became %q, and then %q, %v", raw, once, twice, err)
		}
		if want, err := byValue(raw); len(bytes.TrimSpace(raw)) > 0 && (err != nil || once != want) {
			t.Fatalf("%q became %q; it was %q, %v, when lines were sealed", raw, once, want, err)
		}
	})
}

func BenchmarkCanonical(b *testing.B) {
	raw := []byte(`{"rows": 12, "state": "submitted", "title": {"ar": "المحاصيل حسب المعتمديات", "fr": "Récoltes par délégation"}, "keywords": ["blé", "orge"]}`)
	for name, spell := range map[string]func([]byte) (string, error){"text": Canonical, "values": byValue} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := spell(raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
