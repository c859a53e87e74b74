package configs

import (
	"errors"
	"fmt"
)

// Backup rules the backups that are made by the clock, and how all are encrypted.
type Backup struct {
	Folder         string     `yaml:"folder"`          // of timed backups; empty: there are none
	Schedule       string     `yaml:"schedule"`        // cron line, in time_zone
	Keep           BackupKeep `yaml:"keep"`            // how many stay
	PassphraseFile string     `yaml:"passphrase_file"` // file that holds a passphrase on its first line; empty: nothing is encrypted
}

// BackupKeep is of how many days, weeks and months the newest backup stays.
type BackupKeep struct {
	Daily   int `yaml:"daily"`
	Weekly  int `yaml:"weekly"`
	Monthly int `yaml:"monthly"`
}

func usualBackup() Backup {
	return Backup{Schedule: "30 2 * * *", Keep: BackupKeep{Daily: 7, Weekly: 4, Monthly: 12}}
}

// validate returns everything that is wrong, each fault beginning with its key.
// Whether the schedule can be read is found by whoever knows cron lines.
func (b Backup) validate() error {
	var faults []error
	for _, one := range []struct {
		key   string
		value int
	}{{"daily", b.Keep.Daily}, {"weekly", b.Keep.Weekly}, {"monthly", b.Keep.Monthly}} {
		if one.value < 0 || one.value > 1000 {
			faults = append(faults, fmt.Errorf("backup.keep.%s: %d is outside 0 to 1000", one.key, one.value))
		}
	}
	if b.Folder != "" && b.Schedule == "" {
		faults = append(faults, errors.New("backup.schedule: required where backup.folder is set; write 30 2 * * *"))
	}
	return errors.Join(faults...)
}
