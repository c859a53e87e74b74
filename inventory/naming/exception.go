package naming

import (
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// Exception is a reason to leave a finding as it is. It is kept with the entry,
// the reviewer reads it, and it ends when the text changes.
type Exception struct {
	DatasetID string `gorm:"primaryKey"`
	Rule      string `gorm:"primaryKey"`
	Field     string `gorm:"primaryKey"`
	TextHash  string `gorm:"primaryKey"`
	Text      string
	Reason    string
	By        string    `gorm:"column:made_by"` // account
	At        time.Time `gorm:"column:made_at"`
}

// TableName names the table of exceptions.
func (Exception) TableName() string { return "naming_exceptions" }

// Except makes an exception of a finding that stands in the dataset now.
func Except(by identity.Actor, d *inventory.Dataset, f Finding, reason string, now time.Time) (*Exception, error) {
	if err := by.Must(identity.RecordDataset, d.Institution); err != nil {
		return nil, err
	}
	if d.State == inventory.Withdrawn {
		return nil, fault.New(fault.Conflict, "dataset.edit.withdrawn")
	}
	if err := inventory.CheckReason(reason); err != nil {
		return nil, err
	}
	return &Exception{
		DatasetID: d.ID, Rule: f.Rule, Field: f.Field, TextHash: f.Hash(), Text: f.Text, Reason: strings.TrimSpace(reason),
		By: by.Account, At: now,
	}, nil
}

// Covers tells whether the exception is about the finding as it stands.
func (e Exception) Covers(f Finding) bool {
	return e.Rule == f.Rule && e.Field == f.Field && e.TextHash == f.Hash()
}

// Find returns the finding of the entry that rule, field and hash name; a
// fault when the text has changed since it was shown.
func (l *Linter) Find(e Entry, rule, field, hash string) (Finding, error) {
	for _, f := range l.Check(e) {
		if f.Rule == rule && f.Field == field && f.Hash() == hash {
			return f, nil
		}
	}
	return Finding{}, fault.New(fault.Conflict, "naming.moved")
}
