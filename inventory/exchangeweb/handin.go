package exchangeweb

import (
	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// Largest is what a form with a workbook may weigh.
const Largest = largest

// HandIn reads the file of a form that another room shows, as a workbook of
// the institution handed in by somebody that room knows. It proposes; nothing
// in the register changes.
func (p *Pages) HandIn(c *gin.Context, by identity.Actor, institution string) (*inventory.Changeset, error) {
	f := handedIn{institution: institution}
	var err error
	if f.name, f.data, err = fileOf(c); err != nil {
		return nil, err
	}
	return p.propose(c.Request.Context(), by, f)
}
