package harvesttest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// CKAN is ckanext-harvest's CKAN harvester with remote organizations and
// groups created. It looks at no status code, stops at the first page without
// a new id, asks for what changed since an hour before the last job without an
// error, and deletes nothing: what it deletes it is told of by rows whose state
// is "deleted".
func CKAN(s Source) *Harvester {
	h := &Harvester{Name: "CKAN harvester", Portal: newPortal(), source: s, dated: true, window: true}
	h.keyOf = func(d Dataset) string { return d.ID }
	c := &ckan{portal: h.Portal, known: map[string]bool{}}
	h.gather = c.gather
	return h
}

type ckan struct {
	portal *Portal
	known  map[string]bool // organizations and groups made so far
}

// errSearch is what the harvester calls a SearchError: the job has an error
// and goes no further.
var errSearch = errors.New("search error")

// gather is the harvester's gather stage, and the import of what it found.
func (c *ckan) gather(ctx context.Context, j *Job) error {
	var found []json.RawMessage
	all := j.previous == nil
	if !all {
		since := j.previous.Began.Add(-time.Hour)
		layout := "2006-01-02T15:04:05.000000"
		if since.Truncate(time.Second).Equal(since.Truncate(time.Microsecond)) {
			layout = "2006-01-02T15:04:05" // Python's isoformat
		}
		var err error
		found, err = c.search(ctx, j, "metadata_modified:["+since.Format(layout)+"Z TO *]")
		switch {
		case errors.Is(err, errSearch):
			all = true // it then asks for everything
		case err != nil:
			return err
		case len(found) == 0:
			return nil
		}
	}
	if all {
		var err error
		if found, err = c.search(ctx, j, ""); err != nil {
			return err
		}
		if len(found) == 0 {
			return errors.New("no datasets found")
		}
	}
	for _, raw := range found {
		c.take(ctx, j, raw)
	}
	return nil
}

// search is _search_for_datasets.
func (c *ckan) search(ctx context.Context, j *Job, fq string) ([]json.RawMessage, error) {
	var found []json.RawMessage
	seen := map[string]bool{}
	for start := 0; ; start += 100 {
		q := url.Values{"rows": {"100"}, "start": {strconv.Itoa(start)}, "sort": {"id asc"}}
		if fq != "" {
			q.Set("fq", fq)
		}
		page, err := c.page(ctx, j, j.source.Base+"/api/3/action/package_search?"+q.Encode())
		if err != nil {
			return nil, err
		}
		fresh := 0
		for _, raw := range page {
			var p struct{ ID string }
			if err := json.Unmarshal(raw, &p); err != nil {
				return nil, fmt.Errorf("%w: a row without an id", errSearch)
			}
			if !seen[p.ID] {
				seen[p.ID] = true
				found = append(found, raw)
				fresh++
			}
		}
		if fresh == 0 {
			return found, nil
		}
	}
}

// page is one answer, as response_dict.get("result", {}).get("results", [])
// sees it: an error that is a JSON object looks like an empty page.
func (c *ckan) page(ctx context.Context, j *Job, address string) ([]json.RawMessage, error) {
	r, err := j.get(ctx, python(), address)
	if err != nil {
		return nil, errors.Join(errSearch, err)
	}
	var doc any
	if err := json.Unmarshal(r.body, &doc); err != nil {
		return nil, fmt.Errorf("%w: response from remote CKAN was not JSON (%d)", errSearch, r.status)
	}
	if _, ok := doc.(map[string]any); !ok {
		return nil, fmt.Errorf("AttributeError: %T has no attribute get (%d)", doc, r.status)
	}
	var answer struct {
		Result struct{ Results []json.RawMessage }
	}
	if err := json.Unmarshal(r.body, &answer); err != nil {
		return nil, fmt.Errorf("AttributeError: %w", err)
	}
	return answer.Result.Results, nil
}

// take is the import stage of one dataset.
func (c *ckan) take(ctx context.Context, j *Job, raw json.RawMessage) {
	j.Read++
	var p packageDict
	if err := json.Unmarshal(raw, &p); err != nil {
		j.reject(string(raw[:min(40, len(raw))]), "%v", err)
		return
	}
	if p.Type == "harvest" {
		return
	}
	if err := c.surroundings(ctx, j, p); err != nil {
		j.reject(p.ID, "%v", err)
		return
	}
	have, known := c.portal.packages[p.ID]
	if known && p.MetadataModified != "" && p.MetadataModified <= have.Modified {
		return // "not modified"
	}
	name := c.portal.newName(p.Name)
	if known {
		name = have.Name
	}
	if err := p.valid(name); err != nil {
		j.reject(p.ID, "%v", err)
		return
	}
	var tags []string
	for _, t := range p.Tags {
		tags = append(tags, t.Name)
	}
	// state is under ignore_not_package_admin, which ignore_auth satisfies.
	c.portal.put(j, p.ID, Package{Name: name, Title: p.Title, Modified: p.MetadataModified, State: p.State, Tags: tags})
}

// surroundings makes the organization and the groups that the portal lacks.
func (c *ckan) surroundings(ctx context.Context, j *Job, p packageDict) error {
	wanted := map[string]string{}
	if p.OwnerOrg != "" {
		wanted[p.OwnerOrg] = "organization_show"
	}
	for _, g := range p.Groups {
		wanted[g.ID] = "group_show"
	}
	for id, action := range wanted {
		if c.known[id] {
			continue
		}
		r, err := j.get(ctx, python(), j.source.Base+"/api/3/action/"+action+"?id="+url.QueryEscape(id))
		if err != nil {
			return err
		}
		var answer struct {
			Success bool
			Result  struct{ ID, Name, Title, State string }
		}
		if err := json.Unmarshal(r.body, &answer); err != nil || !answer.Success || answer.Result.ID != id {
			return fmt.Errorf("%s %s: %d %.100s", action, id, r.status, r.body)
		}
		if err := validName(answer.Result.Name); err != nil || strings.TrimSpace(answer.Result.Title) == "" {
			return fmt.Errorf("%s %s cannot be made here: %w", action, id, err)
		}
		c.known[id] = true
	}
	return nil
}
