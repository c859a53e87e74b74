package configs

import (
	"errors"
	"fmt"
	"time"
)

// Files rules the looks at the files behind published distributions.
type Files struct {
	Enabled  bool     `yaml:"enabled"`
	Every    Duration `yaml:"every"`     // between two looks at a file that is well
	Retry    Duration `yaml:"retry"`     // after a first failure; doubles
	Pause    Duration `yaml:"pause"`     // between two looks at one site
	PerDay   int      `yaml:"per_day"`   // looks at one site
	Workers  int      `yaml:"workers"`   // looks under way at once
	MaxBytes int64    `yaml:"max_bytes"` // of a file that is read
	Timeout  Duration `yaml:"timeout"`   // of one look
	Hosts    []string `yaml:"hosts"`     // only these sites, as host or host:port; empty: all
	Spool    string   `yaml:"spool"`     // folder for files while they are read; empty: the system's
}

func usualFiles() Files {
	return Files{
		Hosts:   []string{},
		Enabled: true, Every: Duration(7 * 24 * time.Hour), Retry: Duration(2 * time.Hour), Pause: Duration(10 * time.Second),
		PerDay: 500, Workers: 4, MaxBytes: 50 << 20, Timeout: Duration(2 * time.Minute),
	}
}

// validate returns everything that is wrong, each fault beginning with its key.
func (f Files) validate() error {
	var faults []error
	for _, one := range []struct {
		key          string
		value, least Duration
	}{
		{"every", f.Every, Duration(time.Second)},
		{"retry", f.Retry, Duration(time.Second)},
		{"timeout", f.Timeout, Duration(time.Second)},
		{"pause", f.Pause, Duration(time.Millisecond)},
	} {
		if one.value < one.least {
			faults = append(faults, fmt.Errorf("files.%s: %s is less than %s", one.key, one.value, one.least))
		}
	}
	if f.PerDay < 1 {
		faults = append(faults, fmt.Errorf("files.per_day: %d is less than 1", f.PerDay))
	}
	if f.Workers < 1 || f.Workers > 100 {
		faults = append(faults, fmt.Errorf("files.workers: %d is outside 1 to 100", f.Workers))
	}
	if f.MaxBytes < 1<<20 || f.MaxBytes > 1<<30 {
		faults = append(faults, fmt.Errorf("files.max_bytes: %d is outside 1048576 to 1073741824", f.MaxBytes))
	}
	return errors.Join(faults...)
}
