package inventorydb

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/twin"
)

// TwinFilter says which pairs are asked for.
type TwinFilter struct {
	Institution string // one of the two is of it; empty means any
	Decided     bool   // those decided on, instead of those that wait
	From, Limit int
}

// TwinPair is two datasets that look alike, or did.
type TwinPair struct {
	A, B     Side
	Score    int
	Reasons  []twin.Reason
	Decision *twin.Decision
	MayJudge bool // the asker may judge for both
}

// Twins lists pairs that look alike, as far as the actor may know of both,
// the likeliest first, and tells how many there are.
func (s *Store) Twins(ctx context.Context, by identity.Actor, f TwinFilter) (list []TwinPair, total int, err error) {
	if !by.MayAnywhere(identity.JudgeTwins) {
		return nil, 0, by.Must(identity.JudgeTwins, by.Institution)
	}
	if f.Institution != "" {
		if err := by.Must(identity.JudgeTwins, f.Institution); err != nil {
			return nil, 0, err
		}
	}
	x, err := s.alike.current(ctx, s)
	if err != nil {
		return nil, 0, err
	}
	var decisions []twin.Decision
	err = s.db.WithContext(ctx).Where("verdict <> ?", twin.Reopened).Order("decided_at DESC, a, b").Find(&decisions).Error
	if err != nil {
		return nil, 0, fmt.Errorf("read decisions on twins: %w", err)
	}
	made := map[[2]string]*twin.Decision{}
	for n := range decisions {
		made[[2]string{decisions[n].A, decisions[n].B}] = &decisions[n]
	}
	pairs := x.Pairs(sees(by))
	if f.Decided {
		pairs = decided(decisions, pairs)
	}
	return s.twinPage(ctx, by, f, pairs, made)
}

// decided are the pairs of the decisions, with what made them look alike as far as they still do.
func decided(decisions []twin.Decision, pairs []twin.Pair) []twin.Pair {
	out := make([]twin.Pair, 0, len(decisions))
	for _, d := range decisions {
		p := twin.Pair{A: d.A, B: d.B}
		if at := slices.IndexFunc(pairs, func(p twin.Pair) bool { return p.A == d.A && p.B == d.B }); at >= 0 {
			p = pairs[at]
		}
		out = append(out, p)
	}
	return out
}

// twinPage reads both sides of pairs until the page is full. Who sees one
// institution only is shown what touches it.
func (s *Store) twinPage(
	ctx context.Context, by identity.Actor, f TwinFilter, pairs []twin.Pair, made map[[2]string]*twin.Decision,
) (list []TwinPair, total int, err error) {
	mine := func(p twin.Pair) bool {
		switch {
		case f.Institution != "":
			return p.Touches(f.Institution) || p.BodyA == ""
		case by.Everywhere(identity.JudgeTwins):
			return true
		}
		return p.BodyA == "" || slices.ContainsFunc(by.Institutions, p.Touches)
	}
	pairs = slices.DeleteFunc(pairs, func(p twin.Pair) bool {
		return f.Decided != (made[[2]string{p.A, p.B}] != nil) || !mine(p)
	})
	ids := []string{}
	window := pairs
	if !f.Decided { // of decisions some are left out once their sides are read
		window = pairs[min(f.From, len(pairs)):min(f.From+f.Limit, len(pairs))]
	}
	for _, p := range window {
		ids = append(ids, p.A, p.B)
	}
	sides := map[string]Side{}
	for from := 0; from < len(ids); from += readBatch {
		some, err := s.sides(ctx, by, ids[from:min(from+readBatch, len(ids))])
		if err != nil {
			return nil, 0, err
		}
		maps.Copy(sides, some)
	}
	for _, p := range window {
		a, there := sides[p.A]
		b, too := sides[p.B]
		if p.BodyA, p.BodyB = a.Institution, b.Institution; !there || !too || !mine(p) {
			continue
		}
		list = append(list, TwinPair{
			A: a, B: b, Score: p.Score, Reasons: p.Reasons, Decision: made[[2]string{p.A, p.B}],
			MayJudge: by.May(identity.JudgeTwins, a.Institution) && by.May(identity.JudgeTwins, b.Institution),
		})
	}
	if !f.Decided {
		return list, len(pairs), nil
	}
	total = len(list)
	return list[min(f.From, total):min(f.From+f.Limit, total)], total, nil
}

// JudgeTwins decides about two datasets and does what follows from it, in one
// transaction: a link is said in the catalogue at once, a replacement withdraws.
func (s *Store) JudgeTwins(ctx context.Context, by identity.Actor, asked twin.Asked) (*twin.Decision, error) {
	asked = asked.Clean()
	if _, err := s.Vocabulary(ctx); err != nil {
		return nil, err
	}
	var made twin.Decision
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		x, y, err := takeTwins(tx, by, asked)
		if err != nil {
			return err
		}
		a, b := twin.Key(x.ID, y.ID)
		var before twin.Decision
		if err := tx.Where("a = ? AND b = ?", a, b).Limit(1).Find(&before).Error; err != nil {
			return fmt.Errorf("read a decision on twins: %w", err)
		}
		now := s.now()
		if made, err = asked.Decide(by, x, y, before.Verdict, now); err != nil {
			return err
		}
		if asked.Verdict == twin.Replaced {
			if err := s.replace(ctx, tx, by, asked, x, y); err != nil {
				return err
			}
		}
		if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&made).Error; err != nil {
			return fmt.Errorf("keep a decision on twins: %w", err)
		}
		if made.Verdict == twin.Linked || before.Verdict == twin.Linked {
			if err := relinkBoth(tx, []string{a, b}, now); err != nil {
				return err
			}
		}
		return recordVerdict(tx, by, now, before, made, x, y)
	})
	if err != nil {
		return nil, explain(err, "decide about two datasets")
	}
	return &made, nil
}

// takeTwins locks both datasets, the smaller id first. Who may not judge for an
// institution learns nothing of what it has.
func takeTwins(tx *gorm.DB, by identity.Actor, asked twin.Asked) (x, y *inventory.Dataset, err error) {
	lock := clause.Locking{Strength: clause.LockingStrengthUpdate}
	first, second := twin.Key(asked.A, asked.B)
	found := map[string]*inventory.Dataset{}
	for _, ref := range []string{first, second} {
		d, err := take(tx.Clauses(lock), by, ref)
		if err != nil {
			field := "a"
			if ref == asked.B {
				field = "b"
			}
			err = explain(err, "read a twin")
			if kind, _ := fault.KindOf(err); kind == fault.NotFound {
				return nil, nil, fault.At(field, "twins.decide.unknown", clipTo(ref, 60))
			}
			return nil, nil, err
		}
		found[ref] = d
	}
	return found[asked.A], found[asked.B], nil
}

// replace withdraws one of the two in favour of the other. What the public
// sees may only give way to what the public sees.
func (s *Store) replace(ctx context.Context, tx *gorm.DB, by identity.Actor, asked twin.Asked, x, y *inventory.Dataset) error {
	gone, stays := asked.Leaves(x, y)
	replacement := ""
	switch public := stays.ApprovedRevision > 0 && stays.State != inventory.Withdrawn; {
	case public:
		replacement = stays.Ref
	case gone.ApprovedRevision > 0 || stays.State == inventory.Withdrawn:
		return fault.At("keep", "twins.decide.keep_public", stays.Ref)
	}
	s.mu.Lock()
	inside := &Store{db: tx, now: s.now, vocabulary: s.vocabulary, version: s.version, alike: s.alike}
	s.mu.Unlock()
	_, err := inside.Change(ctx, by, gone.Ref, "dataset.withdraw", 0, func(d *inventory.Dataset) error {
		return d.Withdraw(by, asked.Reason, replacement, s.now())
	})
	return err
}

// recordVerdict writes a line for each of the two, so that each history tells of it.
func recordVerdict(
	tx *gorm.DB, by identity.Actor, now time.Time, before, made twin.Decision, x, y *inventory.Dataset,
) error {
	say := func(v twin.Verdict, other *inventory.Dataset) map[string]any {
		if v == "" || v == twin.Reopened {
			return map[string]any{"twin": ""}
		}
		return map[string]any{"twin": string(v) + " " + other.ID}
	}
	var lines []audit.Line
	for _, pair := range [][2]*inventory.Dataset{{x, y}, {y, x}} {
		one, other := pair[0], pair[1]
		line, err := audit.New(by, now, "dataset.twin", "dataset", one.Ref, one.Institution, say(before.Verdict, other), say(made.Verdict, other))
		if err != nil {
			return err
		}
		line.Reason = made.Reason
		lines = append(lines, line)
	}
	return auditdb.Append(tx, lines...)
}

// linkedTo returns what a dataset is linked to, and which of that is public, in order.
func linkedTo(tx *gorm.DB, id string) (all, public inventory.IDs, err error) {
	var rows []struct {
		ID   string
		Live bool
	}
	err = fresh(tx).Raw(`SELECT o.id, p.dataset_id IS NOT NULL AS live
		FROM (SELECT b AS id FROM twin_decisions WHERE a = ? AND verdict = ?
			UNION SELECT a FROM twin_decisions WHERE b = ? AND verdict = ?) o
		LEFT JOIN publications p ON p.dataset_id = o.id AND p.withdrawn_at IS NULL ORDER BY o.id`,
		id, twin.Linked, id, twin.Linked).Scan(&rows).Error
	if err != nil {
		return nil, nil, fmt.Errorf("read what a dataset is linked to: %w", err)
	}
	for _, r := range rows {
		all = append(all, r.ID)
		if r.Live {
			public = append(public, r.ID)
		}
	}
	return all, public, nil
}

// relink writes into p what it is linked to, and p into what is linked to it.
func relink(tx *gorm.DB, p *inventory.Publication, now time.Time) error {
	all, public, err := linkedTo(tx, p.DatasetID)
	if err != nil {
		return err
	}
	if p.SameAs = public; !p.Live() {
		p.SameAs = nil
	}
	for _, id := range all {
		other, err := publicationOf(tx, id)
		if err != nil {
			return err
		}
		if other == nil || !other.Live() {
			continue
		}
		links := slices.DeleteFunc(slices.Clone(other.SameAs), func(id string) bool { return id == p.DatasetID })
		if p.Live() {
			links = append(links, p.DatasetID)
			slices.Sort(links)
		}
		if err := saveLinks(tx, other, links, now); err != nil {
			return err
		}
	}
	return nil
}

// relinkBoth brings two publications up to what was decided.
func relinkBoth(tx *gorm.DB, ids []string, now time.Time) error {
	if err := bump(tx, cataloguePart, now); err != nil { // taken first, as approvals do
		return err
	}
	for _, id := range ids {
		p, err := publicationOf(tx, id)
		if err != nil {
			return err
		}
		if p == nil || !p.Live() {
			continue
		}
		_, public, err := linkedTo(tx, id)
		if err != nil {
			return err
		}
		if err := saveLinks(tx, p, public, now); err != nil {
			return err
		}
	}
	return nil
}

// saveLinks writes the links of a publication when they are others than before.
func saveLinks(tx *gorm.DB, p *inventory.Publication, links inventory.IDs, now time.Time) error {
	if slices.Equal(p.SameAs, links) {
		return nil
	}
	p.Link(links, now)
	if err := enter(tx, p); err != nil {
		return err
	}
	err := fresh(tx).Model(p).Select("SameAs", "Modified", "Version", "Entered").UpdateColumns(p).Error
	if err != nil {
		return fmt.Errorf("save links of a publication: %w", err)
	}
	return nil
}
