package database

import (
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/fault"
)

// Explain turns what the database says into a fault where the caller can act
// on it; a fault stays what it is. What is left says what was being done.
func Explain(err error, doing string) error {
	if _, ok := fault.KindOf(err); err == nil || ok {
		return err
	}
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	return fmt.Errorf("%s: %w", doing, err)
}
