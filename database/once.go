package database

import (
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// CreateOrTake writes a row, or reads into it the one that is there already
// under the same key. It tells which.
func CreateOrTake(tx *gorm.DB, row any, key string, value any) (created bool, err error) {
	done := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(row)
	if done.Error != nil || done.RowsAffected > 0 {
		return done.Error == nil, done.Error
	}
	return false, tx.Take(row, key+" = ?", value).Error
}
