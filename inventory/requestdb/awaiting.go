package requestdb

import (
	"context"
	"fmt"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/request"
)

// mostAwaiting bounds what one digest tells of; the desk lists all.
const mostAwaiting = 500

// Awaiting lists the messages that wait for the actor's own next step, the
// oldest first. An institution answers what it was handed; the operator, who
// may answer everything, is told only of what waits for nobody else: requests
// that nobody has read, and those without an institution.
func (s *Store) Awaiting(ctx context.Context, by identity.Actor) ([]request.Request, error) {
	q, err := s.readable(ctx, by)
	if err != nil {
		return nil, err
	}
	if by.Everywhere(identity.TriageRequest) {
		q = q.Where("(kind = ? AND state = ?) OR (state = ? AND institution = '')", request.Data, request.Received, request.Accepted)
	} else {
		q = q.Where("(kind <> ? AND state = ?) OR state IN ?",
			request.Data, request.Received, []request.State{request.Accepted, request.Assigned})
	}
	var all []request.Request
	if err := q.Order("received_at, ref").Limit(mostAwaiting).Find(&all).Error; err != nil {
		return nil, fmt.Errorf("read the messages that wait: %w", err)
	}
	return all, nil
}
