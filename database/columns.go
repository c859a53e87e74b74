package database

import (
	"reflect"
	"slices"

	"gorm.io/gorm"
)

// nameColumns has whole rows of a model asked for by the columns that this
// version knows, and not by *. PostgreSQL refuses a statement that it prepared
// once what it returns has changed: a newer version that adds a column beside
// us would fail each such statement once on each connection.
func nameColumns(db *gorm.DB) error {
	const set = "jard:columns"
	query := db.Callback().Query()
	err := query.Before("gorm:query").Register(set, func(tx *gorm.DB) {
		s := tx.Statement
		_, chosen := s.Clauses["SELECT"]
		if chosen || s.Schema == nil || s.Table != s.Schema.Table || s.SQL.Len() > 0 || s.TableExpr != nil ||
			len(s.Selects)+len(s.Omits) > 0 || !s.ReflectValue.IsValid() || modelOf(s.ReflectValue.Type()) != s.Schema.ModelType {
			return
		}
		s.Omits = []string{nothing}
	})
	if err != nil {
		return err
	}
	return query.After("gorm:query").Register(set+":done", func(tx *gorm.DB) {
		if slices.Equal(tx.Statement.Omits, []string{nothing}) {
			tx.Statement.Omits = nil
		}
	})
}

// nothing is the name of no column: to leave it out is to name all others.
const nothing = "jard:nothing"

func modelOf(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Array || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}
