package document

import (
	"encoding"
	"reflect"
	"testing"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// fill puts something into every field that JSON knows, however deep.
func fill(v reflect.Value, depth int) {
	if _, spoken := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr()); spoken {
		if at, ok := reflect.TypeAssert[*time.Time](v.Addr()); ok {
			*at = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		}
		return
	}
	switch {
	case v.Type() == durationType:
		v.SetInt(int64(90 * time.Second))
	case v.Kind() == reflect.Pointer && depth < 8:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth+1)
	case v.Kind() == reflect.Struct:
		for _, f := range fieldsOf(v).values {
			fill(f, depth+1)
		}
	case v.Kind() == reflect.Slice && depth < 8:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), depth+1)
		fill(v.Index(1), depth+1)
	case v.Kind() == reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		key.SetString("a: key")
		fill(value, depth+1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case v.Kind() == reflect.String:
		v.SetString("yes # no\n: \"3\"")
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanInt():
		v.SetInt(3)
	case v.CanUint():
		v.SetUint(3)
	case v.CanFloat():
		v.SetFloat(0.995)
	}
}

// TestEverySettingCanStandInAFile fills all that a check and a service may
// have, writes it, reads it again and wants the same: a setting that another
// room adds is readable here, or this test says that it is not.
func TestEverySettingCanStandInAFile(t *testing.T) {
	for _, want := range []any{&monitor.Settings{}, &monitor.ServiceSettings{}, &monitor.Expect{}} {
		v := reflect.ValueOf(want).Elem()
		t.Run(v.Type().Name(), func(t *testing.T) {
			fill(v, 0)
			text, err := Write(v.Interface())
			if err != nil {
				t.Fatal(err)
			}
			got := reflect.New(v.Type())
			_, problems := Read(text, got.Interface())
			for _, w := range problems {
				t.Errorf("line %d: %s %s %v", w.Line, w.Field, w.Key, w.Args)
			}
			if !reflect.DeepEqual(got.Elem().Interface(), v.Interface()) {
				t.Errorf("it is read as another\n%s", text)
			}
		})
	}
}
