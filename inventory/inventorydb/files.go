package inventorydb

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/file"
)

// followFiles lets the rows of the files follow what is public, in the
// transaction of the approval or the withdrawal.
func followFiles(tx *gorm.DB, p *inventory.Publication, now time.Time) error {
	var kept []file.File
	if err := tx.Where("dataset_id = ?", p.DatasetID).Find(&kept).Error; err != nil {
		return fmt.Errorf("read files: %w", err)
	}
	rows := map[string]*file.File{}
	drafts := map[string]*file.File{}
	for n := range kept {
		if f := &kept[n]; f.Draft {
			drafts[f.DistributionID] = f
		} else {
			rows[f.DistributionID] = f
		}
	}
	var wanted []file.File
	if p.Live() {
		for _, x := range p.Content.Distributions {
			if f := follow(p, x, rows, drafts, now); f.URL != "" {
				wanted = append(wanted, f)
			}
		}
	}
	if len(kept) > 0 {
		ids := make([]string, 0, len(wanted))
		for _, f := range wanted {
			ids = append(ids, f.DistributionID)
		}
		gone := tx.Where("dataset_id = ? AND draft = ?", p.DatasetID, false)
		if len(ids) > 0 {
			gone = gone.Where("distribution_id NOT IN ?", ids)
		}
		if err := gone.Delete(&file.File{}).Error; err != nil {
			return fmt.Errorf("forget files: %w", err)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	return saveFiles(tx, wanted)
}

// follow returns the row of a distribution as it has to be now. What was seen
// of it while it was a draft is not lost, but the public row is looked at soon.
func follow(p *inventory.Publication, x inventory.Distribution, rows, drafts map[string]*file.File, now time.Time) file.File {
	is := file.Of(x, now)
	is.DatasetID, is.Ref, is.Institution, is.Declaring = p.DatasetID, p.Ref, p.Institution, p.Content.DataModified
	if was := rows[x.ID]; was != nil {
		was.Follow(is, now)
		return *was
	}
	if was := drafts[x.ID]; was != nil && was.Same(&is) {
		f := *was
		f.Draft, f.NextAt = false, now
		return f
	}
	return is
}

func saveFiles(tx *gorm.DB, rows []file.File) error {
	err := tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "dataset_id"}, {Name: "distribution_id"}, {Name: "draft"}}, UpdateAll: true,
	}).CreateInBatches(rows, 100).Error
	if err != nil {
		return fmt.Errorf("write files: %w", err)
	}
	return nil
}

// FollowFiles gives rows to the files of publications from before files were
// looked at, and returns how many it made.
func (s *Store) FollowFiles(ctx context.Context) (made int, err error) {
	for last := ""; ; {
		var batch []inventory.Publication
		err := s.db.WithContext(ctx).Omit("search").
			Where("dataset_id > ? AND withdrawn_at IS NULL AND formats <> ''", last).
			Where("NOT EXISTS (SELECT 1 FROM files WHERE files.dataset_id = publications.dataset_id)").
			Order("dataset_id").Limit(measureBatch).Find(&batch).Error
		if err != nil {
			return made, fmt.Errorf("list publications without files: %w", err)
		}
		if len(batch) == 0 {
			return made, nil
		}
		err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			for n := range batch {
				if err := followFiles(tx, &batch[n], s.now()); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return made, err
		}
		made, last = made+len(batch), batch[len(batch)-1].DatasetID
	}
}

// DueFiles returns files that are to be looked at, at most one of each site
// and none of the sites that are busy or want to be left alone; of the sites
// in only when there are any.
func (s *Store) DueFiles(ctx context.Context, pace file.Pace, only, busy []string, limit int) ([]file.File, error) {
	now := s.now()
	resting, err := s.resting(ctx, now)
	if err != nil {
		return nil, err
	}
	busy = append(slices.Clone(busy), resting...)
	// The far future is where a look ends up when the clock is put back.
	const due = "(next_at <= ? OR next_at > ?)"
	far := now.Add(2 * pace.Every)
	q := s.db.WithContext(ctx).Model(&file.File{}).Where("NOT draft AND host <> '' AND "+due, now, far)
	if len(busy) > 0 {
		q = q.Where("host NOT IN ?", busy)
	}
	if len(only) > 0 {
		q = q.Where("host IN ?", only)
	}
	var hosts []string
	if err := q.Group("host").Order("min(next_at)").Limit(limit).Pluck("host", &hosts).Error; err != nil {
		return nil, fmt.Errorf("list sites to look at: %w", err)
	}
	var all []file.File
	for _, host := range hosts {
		var f []file.File
		err := s.db.WithContext(ctx).Where("NOT draft AND host = ? AND "+due, host, now, far).Order("next_at").Limit(1).Find(&f).Error
		if err != nil {
			return nil, fmt.Errorf("read a file to look at: %w", err)
		}
		all = append(all, f...)
	}
	return all, nil
}

// resting lists the sites that are not to be asked now.
func (s *Store) resting(ctx context.Context, now time.Time) ([]string, error) {
	var rows []file.Host
	if err := s.db.WithContext(ctx).Where("not_before > ?", now).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read sites: %w", err)
	}
	var hosts []string
	for n := range rows {
		if !rows[n].Free(now) {
			hosts = append(hosts, rows[n].Host)
		}
	}
	return hosts, nil
}

// FileHost returns how a site was treated; a fresh one when it never was.
func (s *Store) FileHost(ctx context.Context, host string) (file.Host, error) {
	rows := []file.Host{}
	if err := s.db.WithContext(ctx).Where("host = ?", host).Limit(1).Find(&rows).Error; err != nil {
		return file.Host{}, fmt.Errorf("read site: %w", err)
	}
	if len(rows) == 0 {
		return file.Host{Host: host}, nil
	}
	return rows[0], nil
}

// Files returns the files of a dataset: of what is public to everybody, those
// of the draft besides to whoever may read it.
func (s *Store) Files(ctx context.Context, by identity.Actor, ref string) ([]file.File, error) {
	id, draft, err := s.filesOf(ctx, by, ref)
	if err != nil {
		return nil, err
	}
	q := s.db.WithContext(ctx).Where("dataset_id = ?", id)
	if !draft {
		q = q.Where("NOT draft")
	}
	var all []file.File
	if err := q.Order("distribution_id, draft").Find(&all).Error; err != nil {
		return nil, fmt.Errorf("read files: %w", err)
	}
	return all, nil
}

// filesOf says which dataset ref names, and whether by may see more than what
// is public of it.
func (s *Store) filesOf(ctx context.Context, by identity.Actor, ref string) (id string, draft bool, err error) {
	p, err := s.Publication(ctx, ref)
	if err == nil && p.Live() {
		return p.DatasetID, by.May(identity.ReadRegister, p.Institution), nil
	}
	d, err := s.Get(ctx, by, ref)
	if err != nil {
		return "", false, err
	}
	return d.ID, true, nil
}

// FileLooks returns the last looks at the file of a distribution, newest first.
func (s *Store) FileLooks(ctx context.Context, by identity.Actor, ref, distribution string, draft bool) ([]file.Look, error) {
	id, may, err := s.filesOf(ctx, by, ref)
	if err != nil {
		return nil, err
	}
	if draft && !may {
		return nil, fault.New(fault.NotFound, "fault.not_found")
	}
	var looks []file.Look
	err = s.db.WithContext(ctx).Where("dataset_id = ? AND distribution_id = ? AND draft = ?", id, distribution, draft).
		Order("id DESC").Limit(file.KeptLooks).Find(&looks).Error
	if err != nil {
		return nil, fmt.Errorf("read looks at a file: %w", err)
	}
	return looks, nil
}

// FileCount is how many files of an institution are in a state.
type FileCount struct {
	Institution string
	State       file.State
	N           int
}

// FileCounts counts the files of what is public, for metrics: numbers only, so
// it asks for no permission.
func (s *Store) FileCounts(ctx context.Context) ([]FileCount, error) {
	return fileCounts(s.db.WithContext(ctx))
}

func fileCounts(q *gorm.DB) ([]FileCount, error) {
	var all []FileCount
	err := q.Model(&file.File{}).Select("institution, state, count(*) AS n").Where("NOT draft").
		Group("institution, state").Order("institution, state").Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("count files: %w", err)
	}
	return all, nil
}

// FileLine is a file with the dataset that it belongs to.
type FileLine struct {
	file.File
	Dataset inventory.Dataset
}

// FileList is files of institutions, what to mend first at the front.
type FileList struct {
	Items  []FileLine
	Total  int
	Counts []FileCount // of every institution that the actor may read
}

// FileFilter narrows a list of files.
type FileFilter struct {
	Institution string // slug; bodies under it are included
	State       file.State
	Flag        file.Flag
	All         bool // also those that nobody has to mend
	Limit       int  // 0: no bound
}

// FileList returns the files that the actor may read of.
func (s *Store) FileList(ctx context.Context, by identity.Actor, f FileFilter) (FileList, error) {
	var list FileList
	q, err := s.readable(ctx, by)
	if err != nil {
		return list, err
	}
	if list.Counts, err = fileCounts(q.Session(&gorm.Session{})); err != nil {
		return list, err
	}
	if q, err = s.narrowFiles(ctx, q, f); err != nil {
		return list, err
	}
	var n int64
	if err := q.Session(&gorm.Session{}).Count(&n).Error; err != nil {
		return list, fmt.Errorf("count files: %w", err)
	}
	list.Total = int(n)
	var order strings.Builder
	for n, state := range file.States() {
		fmt.Fprintf(&order, " WHEN '%s' THEN %d", state, n)
	}
	if q = q.Order("CASE state" + order.String() + " END, since, dataset_id, distribution_id"); f.Limit > 0 {
		q = q.Limit(f.Limit)
	}
	var rows []file.File
	if err := q.Omit("profile").Find(&rows).Error; err != nil {
		return list, fmt.Errorf("list files: %w", err)
	}
	return list, s.entitle(ctx, rows, &list)
}

func (s *Store) narrowFiles(ctx context.Context, q *gorm.DB, f FileFilter) (*gorm.DB, error) {
	q = q.Model(&file.File{}).Where("NOT draft")
	if f.Institution != "" {
		slugs, err := s.under(s.db.WithContext(ctx), f.Institution)
		if err != nil {
			return nil, err
		}
		q = q.Where("institution IN ?", slugs)
	}
	switch {
	case f.State != "" && !f.State.Valid():
		return nil, fault.At("state", "file.state.unknown_name", string(f.State))
	case f.State != "":
		q = q.Where("state = ?", f.State)
	case f.Flag != "" && !slices.Contains(file.Flags(), f.Flag):
		return nil, fault.At("flag", "file.flag.unknown_name", string(f.Flag))
	case f.Flag != "":
		q = q.Where("flag = ?", f.Flag)
	case !f.All:
		q = q.Where("state IN ?", file.ToMend())
	}
	return q, nil
}

// entitle puts the datasets beside their files.
func (s *Store) entitle(ctx context.Context, rows []file.File, list *FileList) error {
	named := map[string]inventory.Dataset{}
	for some := range slices.Chunk(rows, measureBatch) {
		ids := make([]string, 0, len(some))
		for n := range some {
			ids = append(ids, some[n].DatasetID)
		}
		var datasets []inventory.Dataset
		err := s.db.WithContext(ctx).Select("id", "ref", "institution", "title", "distributions").Where("id IN ?", ids).
			Find(&datasets).Error
		if err != nil {
			return fmt.Errorf("read datasets of files: %w", err)
		}
		for _, d := range datasets {
			named[d.ID] = d
		}
	}
	for _, f := range rows {
		list.Items = append(list.Items, FileLine{f, named[f.DatasetID]})
	}
	return nil
}
