package incidentweb

import (
	"context"
	"errors"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/web"
)

// subscribePage is /subscriptions/incidents.
type subscribePage struct {
	web.Page
	Faults   web.Faults
	Email    string
	Scope    string
	Target   string
	Followed lang.Text // of one service or institution; empty for everything
	Tongues  []web.Option
	Tongue   string
	Limit    int
}

// subscribing answers GET /subscriptions/incidents?scope=&target=.
func (p *Pages) subscribing(c *gin.Context) error {
	page := subscribePage{Scope: c.Query("scope"), Target: c.Query("target"), Tongue: string(web.LangFrom(c.Request.Context()))}
	return p.showSubscribing(c, page, nil)
}

func (p *Pages) showSubscribing(c *gin.Context, page subscribePage, wrong error) error {
	page.Page = p.shell.Page(c, "incident.subscribe.title")
	page.Faults, page.Limit = p.shell.Faults(c, wrong), monitor.MaxToldADay
	if !lang.Tag(page.Tongue).Valid() {
		page.Tongue = string(page.Lang)
	}
	for _, l := range []struct{ tag, name string }{{"fr", "Français"}, {"ar", "العربية"}, {"en", "English"}} {
		page.Tongues = append(page.Tongues, web.Option{Value: l.tag, Label: l.name})
	}
	name, err := p.followedName(c.Request.Context(), monitor.Scope(page.Scope), page.Target)
	if err != nil && wrong == nil {
		return err
	}
	page.Followed = name
	if wrong != nil {
		return p.shell.ShowFault(c, wrong, "incident_subscribe", page)
	}
	return p.shell.Show(c, "incident_subscribe", page)
}

// followedName is the name of what would be followed.
func (p *Pages) followedName(ctx context.Context, scope monitor.Scope, target string) (lang.Text, error) {
	switch scope {
	case monitor.OneService:
		v, err := p.store.Service(ctx, identity.Actor{}, target)
		if err != nil {
			return nil, err
		}
		return v.Name, nil
	case monitor.OneInstitution:
		tree, err := p.institutions.Institutions(ctx)
		if err != nil {
			return nil, err
		}
		if i, ok := tree[target]; ok {
			return i.Name, nil
		}
		return nil, fault.New(fault.NotFound, "fault.not_found")
	case monitor.Everything:
	}
	return lang.Text{}, nil
}

// subscribe answers POST /subscriptions/incidents. A field that nobody sees
// catches programs that fill in everything; they are told the same as people.
func (p *Pages) subscribe(c *gin.Context) error {
	page := subscribePage{
		Email: c.PostForm("email"), Scope: c.PostForm("scope"), Target: c.PostForm("target"), Tongue: c.PostForm("language"),
	}
	if strings.TrimSpace(c.PostForm("website")) == "" {
		end, err := p.asking.Begin(identity.Network(c.ClientIP()), p.now())
		if err != nil {
			return p.showSubscribing(c, page, err)
		}
		end()
		err = p.store.Subscribe(c.Request.Context(), page.Email, monitor.Scope(page.Scope), page.Target, lang.Tag(page.Tongue), p.letters.Write)
		if errors.Is(err, fault.Invalid) {
			return p.showSubscribing(c, page, err)
		}
		if err != nil {
			return err
		}
	}
	return p.shell.Redirect(c, "/incidents", "incident.flash.asked")
}

// linkPage asks before a link in a mail does what it is for: programs that
// look at mails open links, too.
type linkPage struct {
	web.Page
	Act    string
	Action string
	Scope  string
}

// link answers GET /subscriptions/incidents/{secret}.
func (p *Pages) link(c *gin.Context) error {
	who, act, err := p.store.ByLink(c.Request.Context(), c.Param("secret"))
	if err != nil {
		return err
	}
	c.Header("Referrer-Policy", web.NoPath)
	c.Header("Cache-Control", "no-store")
	page := linkPage{
		Page: p.shell.Page(c, "incident.link."+string(act)), Act: string(act), Scope: string(who.Scope),
		Action: "/subscriptions/incidents/" + c.Param("secret"),
	}
	return p.shell.Show(c, "incident_link", page)
}

// follow answers POST /subscriptions/incidents/{secret}; also the one click of RFC 8058.
func (p *Pages) follow(c *gin.Context) error {
	act, err := p.store.FollowLink(c.Request.Context(), c.Param("secret"))
	if err != nil {
		return err
	}
	return p.shell.Redirect(c, "/incidents", "incident.flash."+string(act))
}
