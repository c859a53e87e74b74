package configs

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Audit rules how the trail of who did what is kept, and proved.
type Audit struct {
	Checkpoints string `yaml:"checkpoints"`        // file of places of the chain; empty: beside a SQLite database, none with PostgreSQL
	Key         Secret `yaml:"key"`                // makes the codes in that file
	Archive     string `yaml:"archive"`            // folder that old lines leave for
	KeepYears   int    `yaml:"keep_years"`         // how long lines stay in the database; 0: for ever
	EraseAfter  int    `yaml:"erase_after_months"` // who did what; -1: never, 0: as the table of terms says
}

func usualAudit() Audit { return Audit{Archive: "var/audit", KeepYears: 10} }

// validate returns everything that is wrong, each fault beginning with its key.
func (a Audit) validate() error {
	var faults []error
	if n := len(a.Key); n > 0 && n < 16 {
		faults = append(faults, errors.New("audit.key: write at least 16 letters, or none"))
	}
	if a.KeepYears < 0 || a.KeepYears > 100 {
		faults = append(faults, fmt.Errorf("audit.keep_years: %d is outside 0 to 100", a.KeepYears))
	}
	if a.EraseAfter < -1 || a.EraseAfter > 1200 {
		faults = append(faults, fmt.Errorf("audit.erase_after_months: %d is outside -1 to 1200", a.EraseAfter))
	}
	if a.KeepYears > 0 && a.Archive == "" {
		faults = append(faults, errors.New("audit.archive: name a folder, or set audit.keep_years to 0"))
	}
	return errors.Join(faults...)
}

// CheckpointFile is where places of the chain are kept; empty: nowhere.
func (c Config) CheckpointFile() string {
	path, lite := strings.CutPrefix(string(c.Database.URL), "sqlite:")
	path, _, _ = strings.Cut(path, "?")
	if c.Audit.Checkpoints != "" || !lite || strings.Contains(path, ":memory:") {
		return c.Audit.Checkpoints
	}
	return path + ".audit"
}

// Values returns every setting as text under its key, secrets included: for
// comparing, never for showing.
func (c Config) Values() map[string]string {
	all := map[string]string{}
	collect(reflect.ValueOf(c), "", all)
	return all
}

func collect(v reflect.Value, path string, into map[string]string) {
	for n := range v.NumField() {
		key := v.Type().Field(n).Tag.Get("yaml")
		if path != "" {
			key = path + "." + key
		}
		if v.Field(n).Kind() == reflect.Struct {
			collect(v.Field(n), key, into)
			continue
		}
		into[key] = plain(v.Field(n))
	}
}

// plain writes a value with everything in it. Secret hides itself from fmt, so
// that texts are read by their kind.
func plain(v reflect.Value) string {
	var words []string
	switch v.Kind() { //nolint:exhaustive // the others write themselves
	case reflect.String:
		return v.String()
	case reflect.Slice, reflect.Array:
		for n := range v.Len() {
			words = append(words, strconv.Quote(plain(v.Index(n))))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			words = append(words, strconv.Quote(plain(key))+"="+strconv.Quote(plain(v.MapIndex(key))))
		}
		slices.Sort(words)
	case reflect.Struct:
		for _, field := range v.Fields() {
			words = append(words, strconv.Quote(plain(field)))
		}
	default:
		return fmt.Sprint(v)
	}
	return strings.Join(words, ",")
}
