package inventory

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// Date is a calendar day without a time or a zone, "2026-03-15"; empty when
// unknown. It sorts and compares as text.
type Date string

// ParseDate reads a day as ISO 8601 writes it. A day that does not exist, such
// as 30 February, is refused.
func ParseDate(s string) (Date, error) {
	if s == "" {
		return "", nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return "", fmt.Errorf("parse date %q: %w", s, err)
	}
	return Date(t.Format(time.DateOnly)), nil
}

// DateOf returns the day that t falls on in the place loc.
func DateOf(t time.Time, loc *time.Location) Date {
	return Date(t.In(loc).Format(time.DateOnly))
}

// In returns the first instant of the day in loc; ok is false when the date is
// empty or no date.
func (d Date) In(loc *time.Location) (t time.Time, ok bool) {
	t, err := time.ParseInLocation(time.DateOnly, string(d), loc)
	return t, err == nil
}

// Valid tells whether d is empty or a day that exists.
func (d Date) Valid() bool {
	_, err := ParseDate(string(d))
	return err == nil
}

// Plausible tells whether d is empty or a day between 1800 and 2200: a census
// of 1921 is data, the year 0202 is a slip of the hand.
func (d Date) Plausible() bool {
	return d == "" || d.Valid() && len(d) == len(time.DateOnly) && d >= "1800-01-01" && d <= "2200-12-31"
}

// Value stores an unknown date as NULL.
func (d Date) Value() (driver.Value, error) {
	if d == "" {
		return nil, nil
	}
	return string(d), nil
}

// Scan reads a date column of either engine, both of which keep it as text.
func (d *Date) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*d = ""
	case string:
		*d = Date(v)
	case []byte:
		*d = Date(v)
	default:
		return fmt.Errorf("scan date: %T", src)
	}
	return nil
}
