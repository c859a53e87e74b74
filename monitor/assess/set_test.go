package assess_test

import (
	"testing"

	"github.com/jard-odi/jard/configs/criteria"
	"github.com/jard-odi/jard/monitor/assess"
)

// load reads a set that Jard comes with.
func load(tb testing.TB, name string) assess.Set {
	tb.Helper()
	data, err := criteria.Files.ReadFile(name + ".yaml")
	if err != nil {
		tb.Fatal(err)
	}
	set, problems := assess.Read(data)
	for _, p := range problems {
		tb.Errorf("%s line %d: %s %s %v", name, p.Line, p.Field, p.Key, p.Args)
	}
	return set
}

func TestSetsThatJardComesWithAreRight(t *testing.T) {
	all, err := criteria.Files.ReadDir(".")
	if err != nil || len(all) != 4 {
		t.Fatal(err, len(all))
	}
	for _, f := range all {
		name := f.Name()[:len(f.Name())-len(".yaml")]
		set := load(t, name)
		if set.Name != name || set.Version != 1 {
			t.Errorf("%s says that it is %s", name, set.Key())
		}
	}
	if set := load(t, criteria.Default); len(set.Criteria) < 34 {
		t.Errorf("%d criteria", len(set.Criteria))
	}
}
