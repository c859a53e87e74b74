package database

import (
	"testing"
	"time"
)

func TestDaysAreCutInTunis(t *testing.T) {
	midnight := time.Date(2026, 11, 22, 0, 0, 0, 0, Zone())
	if want := time.Date(2026, 11, 21, 23, 0, 0, 0, time.UTC); !midnight.Equal(want) {
		t.Errorf("midnight in %v = %v; want %v", Zone(), midnight.UTC(), want)
	}
}
