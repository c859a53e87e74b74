package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/identity"
)

// The form that is hashed does not change with how a value was written down.
func TestCanonical(t *testing.T) {
	for in, want := range map[string]string{
		``:                                    `null`,
		` null `:                              `null`,
		`{"b":1, "a":[true,false,null]}`:      `{"a":[true,false,null],"b":1}`,
		`{"é":"\u00e9","A":"\u003c&>\n\"\\"}`: `{"A":"<&>\u000a\"\\","é":"é"}`,
		`1.50`:                                `1.5`,
		`15e-1`:                               `1.5`,
		`-0.0`:                                `0`,
		`100`:                                 `100`,
		`1E2`:                                 `100`,
		`1e+2`:                                `100`,
		`0.001`:                               `0.001`,
		`1e-3`:                                `0.001`,
		`12345678901234567890.10`:             `12345678901234567890.1`,
		`1e300`:                               `1e300`,
		`-1.5e-300`:                           `-15e-301`,
		`{"a":1,"a":2}`:                       `{"a":2}`,
	} {
		if got, err := Canonical([]byte(in)); err != nil || got != want {
			t.Errorf("%s is %s, %v; want %s", in, got, err, want)
		}
	}
	for in, want := range map[string]string{`{`: "not JSON", `{} {}`: "not one JSON value", `1e9999999`: "beyond measure", `nil`: "not JSON"} {
		if got, err := Canonical([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is %s, %v; want %q", in, got, err, want)
		}
	}
}

// The formula of docs/audit.md, by which an outsider checks an export: a
// change here is a new form, not a correction.
func TestTheFormulaStands(t *testing.T) {
	l := Line{
		ID: 12, At: time.UnixMicro(1772359200123456), Actor: "acc-7", Role: identity.Officer, Act: "dataset.edit", Subject: "dataset",
		Ref: "TN-1", Institution: "marhp", Reason: "demande", Before: json.RawMessage(`{"rows": 1.50}`), After: json.RawMessage(`{}`),
		Form: Form, WhoSalt: []byte("0123456789abcdef"), ToldSalt: []byte("fedcba9876543210"),
	}
	who := l.who()
	told, err := l.told()
	if err != nil {
		t.Fatal(err)
	}
	l.WhoMark, l.ToldMark = who[:], told[:]
	head := l.Seal(Head{})
	for name, one := range map[string]struct{ got, want string }{
		"who":  {who.String(), "6e40fd4fbc3197f13a4d33d7058c6c00c60368dc422ac091000049247b8163d9"},
		"told": {told.String(), "910df01d21aeb0cf7aba9dfeacfd94fd68e350054fe6748f40e841937bbb881b"},
		"hash": {head.Hash.String(), "e25905f02672ff39c26677f2aa2b22dfbaceeb253e50dee7e84b86537fdd1c12"},
	} {
		if one.got != one.want {
			t.Errorf("%s is %s; want %s", name, one.got, one.want)
		}
	}
}

// chain is n lines, sealed.
func chain(t testing.TB, n int) (lines []*Line, head Head) {
	t.Helper()
	for k := range n {
		l, err := New(identity.Actor{Account: "acc-1", Role: identity.MCD}, time.UnixMicro(1772359200000000+int64(k)), "dataset.approve", "dataset",
			fmt.Sprintf("TN-%d", k), "ms", nil, map[string]any{"k": k})
		if err != nil {
			t.Fatal(err)
		}
		l.ID, l.Reason = int64(100+k), "conforme"
		if err := l.Mark(); err != nil {
			t.Fatal(err)
		}
		head = l.Seal(head)
		lines = append(lines, &l)
	}
	return lines, head
}

func export(t testing.TB, lines []*Line, after Head, complete bool) []byte {
	t.Helper()
	var b bytes.Buffer
	e, err := NewExporter(&b, after, complete)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		if err := e.Line(l); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.End(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(file []byte, expected ...Head) (p Proof, all []*Break, err error) {
	p, err = ReadExport(bytes.NewReader(file), expected, func(b *Break) { all = append(all, b) })
	return p, all, err
}

func TestAnExportProvesItself(t *testing.T) {
	lines, head := chain(t, 6)
	file := export(t, lines, Head{}, true)
	p, all, err := read(file, head)
	if err != nil || len(all) > 0 || p.Lines != 6 || p.Last != head || !p.Complete || p.Loose.Anchors != 0 {
		t.Errorf("%+v %v %v", p, all, err)
	}
	some, all, err := read(export(t, []*Line{lines[1], lines[4]}, Head{}, false))
	if err != nil || len(all) > 0 || some.Lines != 2 || some.Complete {
		t.Errorf("a selection: %+v %v %v", some, all, err)
	}
	third, _ := HashOf(lines[2].Hash)
	later, all, err := read(export(t, lines[3:], Head{3, third}, true))
	if err != nil || len(all) > 0 || later.First.Position != 3 {
		t.Errorf("the later half: %+v %v %v", later, all, err)
	}
	rows := strings.SplitAfter(string(file), "\n")
	for name, one := range map[string]struct {
		file string
		flaw Flaw
		at   int64
	}{
		"changed":      {strings.Replace(string(file), `"ref":"TN-3"`, `"ref":"TN-9"`, 1), Changed, 4},
		"reason":       {strings.Replace(string(file), `"reason":"conforme"`, `"reason":"refus"`, 1), WordsGone, 1},
		"respaced":     {strings.Replace(string(file), `"after":"{\"k\":3}"`, `"after":"{\"k\": 3}"`, 1), WordsGone, 4},
		"actor":        {strings.Replace(string(file), `"actor":"acc-1"`, `"actor":"acc-2"`, 1), ActorGone, 1},
		"at":           {strings.Replace(string(file), `000003Z"`, `000009Z"`, 1), Unreadable, 4},
		"left out":     {strings.Join(append(append([]string{}, rows[:3]...), rows[4:]...), ""), Gap, 4},
		"swapped":      {strings.Join([]string{rows[0], rows[2], rows[1], rows[3], rows[4], rows[5], rows[6], rows[7]}, ""), Gap, 2},
		"doubled":      {strings.Join(append(append([]string{}, rows[:3]...), rows[2:]...), ""), Order, 2},
		"cut":          {strings.Join(rows[:5], ""), EndMissing, 5},
		"cut and shut": {strings.Join(append(append([]string{}, rows[:5]...), rows[7]), ""), EndDiffers, 4},
		"gone on":      {string(file) + rows[1], Unreadable, 6},
		"no line":      {strings.Replace(string(file), rows[3], "{\"position\":\n", 1), Unreadable, 3},
		"more":         {strings.Replace(string(file), `"form":1`, `"form":1,"extra":2`, 1), Unreadable, 1},
	} {
		_, all, err := read([]byte(one.file))
		if err != nil || len(all) == 0 {
			t.Errorf("%s: %v %v; want a break", name, all, err)
		} else if all[0].Flaw != one.flaw || all[0].Position != one.at {
			t.Errorf("%s: %s at %d, %v; want %s at %d", name, all[0].Flaw, all[0].Position, all[0], one.flaw, one.at)
		}
	}
	if _, all, _ := read(file, Head{3, head.Hash}); len(all) != 1 || all[0].Flaw != Elsewhere {
		t.Errorf("another anchor: %v", all)
	}
}

func TestWhatIsNoExportIsSaid(t *testing.T) {
	for in, want := range map[string]string{
		"":                        "the file is empty",
		"hello":                   "line 1: not an export of the trail",
		`{"position":1}`:          "line 1: not an export of the trail",
		`{"jard_audit_export":1}`: "line 1: not an export of the trail",
		`{"jard_audit_export":2,"after":{"position":0,"hash":""}}`:                         "line 1: the export is of version 2; this program reads version 1",
		`{"jard_audit_export":1,"after":{"position":0,"hash":"x"}}`:                        "line 1: after names no place of a chain",
		`{"jard_audit_export":1,"after":{"position":-1,"hash":"` + Hash{}.String() + `"}}`: "line 1: after names no place of a chain",
	} {
		if _, _, err := read([]byte(in)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v; want %s", in, err, want)
		}
	}
}

func FuzzReadExport(f *testing.F) {
	lines, head := chain(f, 3)
	file := export(f, lines, Head{}, true)
	f.Add(file)
	f.Add(export(f, lines[1:2], Head{}, false))
	f.Add([]byte(`{"jard_audit_export":1,"complete":true,"after":{"position":0,"hash":"00"}}`))
	f.Fuzz(func(t *testing.T, changed []byte) {
		p, all, err := read(changed, head)
		if err == nil && len(all) == 0 && p.Complete && p.Lines == 3 && p.Last != head && p.Loose.Anchors == 0 {
			t.Fatalf("a file that ends elsewhere passes for the chain: %q", changed)
		}
	})
}

func TestAnchorsAreReadWhereverTheyStand(t *testing.T) {
	_, head := chain(t, 4)
	at := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	key := "sixteen letters at least"
	text := "# kept by the notary\n\n" + Anchor(head, at) + "\n" +
		`{"level":"INFO","msg":"keep this line outside"}` + "\n"
	if _, err := ReadAnchors(strings.NewReader(text), ""); err == nil || !strings.HasPrefix(err.Error(), "line 4: ") {
		t.Errorf("a line without an anchor: %v", err)
	}
	good := "msg=\"keep this line outside: " + Anchor(head, at) + "\" room=audit\n" + NewCheckpoint(head, at, key).Line() + head.Hash.String() + "\n"
	heads, err := ReadAnchors(strings.NewReader(good), key)
	if err != nil || len(heads) != 3 || heads[0] != head || heads[1] != head || heads[2] != (Head{0, head.Hash}) {
		t.Errorf("%v, %v; want the head three times", heads, err)
	}
	for in, want := range map[string]string{
		NewCheckpoint(head, at, "").Line(): "does not bear the code",
		strings.Replace(NewCheckpoint(head, at, key).Line(), `"position":4`, `"position":5`, 1): "does not bear the code",
		"abc":                      "is not a hash of 64",
		"jard-audit-anchor 1 2026": "is not a whole anchor",
		"jard-audit-anchor 1 2026 x " + head.Hash.String(): "is not a position",
		"{": "not a checkpoint",
	} {
		if _, err := ReadAnchors(strings.NewReader(in), key); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", in, err, want)
		}
	}
}

func FuzzReadAnchors(f *testing.F) {
	_, head := chain(f, 1)
	f.Add(Anchor(head, time.Unix(0, 0)))
	f.Add(NewCheckpoint(head, time.Unix(0, 0), "key").Line())
	f.Add(head.Hash.String())
	f.Fuzz(func(t *testing.T, text string) {
		heads, err := ReadAnchors(strings.NewReader(text), "")
		for _, h := range heads {
			if err == nil && h.Position < 0 {
				t.Fatalf("%q gives position %d", text, h.Position)
			}
		}
	})
}

func TestRanges(t *testing.T) {
	var r Ranges
	for _, at := range []int64{1, 2, 3, 7, 9, 10} {
		r.Add(at)
	}
	if r.String() != "1-3,7,9-10" || r.Len() != 6 {
		t.Errorf("%s, %d positions", r, r.Len())
	}
	cut, err := ParseRanges("2, 9-20")
	if err != nil || r.Without(cut).String() != "1,3,7" {
		t.Errorf("%s, %v", r.Without(cut), err)
	}
	if left := r.Without(Ranges{{1, 4}, {6, 30}}); len(left) != 0 {
		t.Errorf("%s is left", left)
	}
	for _, bad := range []string{"", "x", "4-2", "0", "1-", "-3", "1,,2"} {
		if got, err := ParseRanges(bad); err == nil {
			t.Errorf("%q is %s", bad, got)
		}
	}
}
