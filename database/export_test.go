package database

import (
	"context"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
)

// OpenLooking opens the server at url, whose hosts lookup finds.
func OpenLooking(url string, lookup func(ctx context.Context, host string) ([]string, error)) (*gorm.DB, error) {
	settings, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	Wire(&settings.Config)
	settings.LookupFunc = lookup
	return openWith(settings, 4, &gorm.Config{DisableAutomaticPing: true})
}
