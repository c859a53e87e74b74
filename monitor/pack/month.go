package pack

import (
	"fmt"
	"time"
)

// Month is where PostgreSQL keeps the packs that begin in a month (UTC), so
// that a month that is past keeping goes at once.
type Month struct {
	Table    string
	From, To int64 // hours since 1970
}

// MonthOf returns the month that an hour lies in.
func MonthOf(hour int64) Month {
	at := time.UnixMicro(hour * Hour).UTC()
	begin := time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
	return Month{
		fmt.Sprintf("reading_packs_%04d_%02d", begin.Year(), begin.Month()),
		HourOf(begin.UnixMicro()), HourOf(begin.AddDate(0, 1, 0).UnixMicro()),
	}
}
