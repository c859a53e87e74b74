package dashboard

import (
	"context"

	"github.com/jard-odi/jard/identity"
)

// lifeTasks are what waits for the actor on datasets' way to the public:
// first approvals, days of opening that went by, reasons to look at again.
func (d *Desks) lifeTasks(ctx context.Context, v view) ([]task, error) {
	var tasks []task
	if v.by.MayAnywhere(identity.EndorseDataset) {
		queue, err := d.register.EndorseQueue(ctx, v.by)
		if err != nil {
			return nil, err
		}
		if n := len(queue); n > 0 {
			tasks = append(tasks, task{n, "review", v.T("life.endorse.n", n), "/desk/endorsements"})
		}
	}
	past, err := d.register.Overripe(ctx, v.by)
	if err != nil {
		return nil, err
	}
	if n := past.Openings; n > 0 {
		tasks = append(tasks, task{n, "late", v.T("life.plan.days_late", n), "/desk/plan"})
	}
	if n := past.Reviews; n > 0 {
		tasks = append(tasks, task{n, "late", v.T("life.plan.reviews_late", n), "/desk/plan?show=closed"})
	}
	return tasks, nil
}
