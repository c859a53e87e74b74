package main

import (
	"time"

	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/inventory/exchangeweb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/web"
)

// exchange wires the room where sheets go out and come back.
func (s stores) exchange(shell *web.Shell) (*exchangeweb.Pages, error) {
	form, err := sheet.ReadForm(pilot.Files)
	if err != nil {
		return nil, err
	}
	pages := exchangeweb.New(shell, s.register, s.people, form, time.Now)
	pages.Routes()
	return pages, nil
}
