package alertdb

import (
	"slices"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/monitor/domain"
)

// registrations reads, by service, the domains that its checks stand on and
// whose end is known.
func registrations(tx *gorm.DB) (map[string][]alert.DomainView, error) {
	var known []domain.Domain
	if err := tx.Select("name, expires_at, entered_as").Find(&known, "expires_at IS NOT NULL OR entered_as IS NOT NULL").Error; err != nil {
		return nil, err
	}
	all := map[string][]alert.DomainView{}
	if len(known) == 0 {
		return all, nil
	}
	ends := map[string]alert.DomainView{}
	for n := range known {
		if until, _, ok := known[n].Until(); ok {
			ends[known[n].Name] = alert.DomainView{Name: known[n].Name, Until: until}
		}
	}
	var targets []struct{ Service, Target string }
	if err := tx.Table("checks").Select("service, target").Where("retired_at IS NULL").Order("service, id").Find(&targets).Error; err != nil {
		return nil, err
	}
	for _, t := range targets {
		name, _ := domain.Of(t.Target)
		if d, ok := ends[name]; ok && !slices.Contains(all[t.Service], d) {
			all[t.Service] = append(all[t.Service], d)
		}
	}
	return all, nil
}
