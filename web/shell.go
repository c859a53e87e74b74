// Package web is the shell around every room's pages and JSON: one engine, one
// way to say who is asking and in which language, one table from faults to
// statuses, one look. It knows no domain.
package web

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web/locale"
)

// Authenticator tells who holds a session or a token. An unknown, expired or
// revoked one is fault.Unauthenticated.
type Authenticator interface {
	BySession(ctx context.Context, token string) (identity.Actor, error)
	ByToken(ctx context.Context, token string) (identity.Actor, error)
}

// Options are what the shell needs from the wiring. Every one may be left out.
type Options struct {
	Log            *slog.Logger
	Now            func() time.Time
	BaseURL        string                           // as people type it, "https://jard.example.tn"; https turns Secure cookies and HSTS on
	Operator       lang.Text                        // the operator's name, shown in the header and the footer
	Authenticate   Authenticator                    // nil: everybody is the public
	MaxBody        int64                            // bytes of a request body; 0 means 10 MiB
	TrustedProxies []string                         // networks whose X-Forwarded-For is believed; none by default
	Doors          func(method, route string) *Door // what each route asks of its callers; nil of one: nothing
	Unpaced        []string                         // networks whose strangers may come as often as they like
	Processes      func() int                       // how many serve the same: each allows its part; nil: one
	Leaving        func() bool                      // whether no connection is to be used again; nil: never
	MinRate        int64                            // bytes a second that a body must come with; 0: any
	Grace          time.Duration                    // how long a client may do nothing before its pace counts; 0: 20 s
	Scan           ScanFunc                         // looks at every file that is sent; nil: nobody does
	ScanOpen       bool                             // files are taken when Scan gives no verdict
	Ready          func(context.Context) error
	Metrics        http.Handler
	Taken          func(context.Context, Takeaway) error      // is told of files taken from pages that are not public
	Home           func(context.Context) (HomeFigures, error) // what the first page counts
	Version        string
	Source         string // where this program's source is had; its licence asks that every page says so
}

// ScanFunc returns the name of what it found in a file, "" for a clean one.
type ScanFunc func(ctx context.Context, file io.Reader) (found string, err error)

// DefaultMaxBody bounds a request body where nothing else was asked for.
const DefaultMaxBody = 10 << 20

// Shell answers requests. It is made by New, and used by the rooms until the
// listener is up; after that it does not change.
type Shell struct {
	opts    Options
	log     *slog.Logger
	now     func() time.Time
	words   *locale.Catalogue
	base    *url.URL
	secure  bool
	engine  *gin.Engine
	api     huma.API
	spec    func() ([]byte, error)
	pages   templates
	assets  assets
	nav     []NavItem
	origins *http.CrossOriginProtection
	pace    *pace
	refused *refusals
	doors   sync.Map // from asking to *Door
	unpaced []netip.Prefix
	proxies []netip.Prefix
	unnamed sync.Once // a proxy that is not in trusted_proxies has been told of

	anonymous []string        // paths below which nobody is asked who they are
	open      map[string]bool // routes that pages of other sites may call

	logs struct {
		sync.RWMutex
		of map[asking]*slog.Logger
	}
	quick       quickPaths
	compressors sync.Pool // of *gzip.Writer
}

// New returns a shell with its own pages: home, errors, API description,
// health, assets.
func New(opts Options) (*Shell, error) {
	s := &Shell{opts: opts, log: opts.Log, now: opts.Now, nav: publicNav(), pace: newPace(), refused: &refusals{}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.opts.MaxBody <= 0 {
		s.opts.MaxBody = DefaultMaxBody
	}
	if s.opts.Grace <= 0 {
		s.opts.Grace = usualGrace
	}
	for _, load := range []func() error{s.readBase, s.readNetworks, s.readWords, s.readAssets, s.buildEngine} {
		if err := load(); err != nil {
			return nil, err
		}
	}
	var err error
	if s.pages, err = allTemplates(); err != nil {
		return nil, err
	}
	s.buildAPI()
	s.routes()
	return s, nil
}

// Engine is where the rooms put their routes.
func (s *Shell) Engine() *gin.Engine { return s.engine }

// Handler is the engine, answering HEAD wherever GET is.
func (s *Shell) Handler() http.Handler { return headLikeGet(s.engine) }

// Words are the sentences, for rooms that write text outside pages: a badge,
// a calendar, a feed.
func (s *Shell) Words() *locale.Catalogue { return s.words }

// Now is the shell's clock, for pages that write "3 days ago".
func (s *Shell) Now() time.Time { return s.now() }

// Processes is how many serve the same from one database, this one included.
func (s *Shell) Processes() int {
	if s.opts.Processes == nil {
		return 1
	}
	return max(1, s.opts.Processes())
}

// URL makes a path of ours absolute, as links in feeds and mails must be.
func (s *Shell) URL(path string) string { return s.base.JoinPath(path).String() }

func (s *Shell) readBase() (err error) {
	base := s.opts.BaseURL
	if base == "" {
		base = "http://127.0.0.1:8080"
	}
	s.base, err = url.Parse(base)
	if err != nil || s.base.Host == "" {
		return fmt.Errorf("read base_url %q: want https://host", base)
	}
	s.secure = s.base.Scheme == "https"
	s.origins = http.NewCrossOriginProtection()
	return s.origins.AddTrustedOrigin(s.base.Scheme + "://" + s.base.Host)
}

func (s *Shell) readNetworks() (err error) {
	if s.unpaced, err = networks(s.opts.Unpaced); err != nil {
		return fmt.Errorf("read networks that may come as often as they like: %w", err)
	}
	if s.proxies, err = networks(s.opts.TrustedProxies); err != nil {
		return fmt.Errorf("read trusted proxies: %w", err)
	}
	return nil
}

// networks reads a list of networks and single addresses.
func networks(list []string) ([]netip.Prefix, error) {
	all := make([]netip.Prefix, 0, len(list))
	for _, text := range list {
		network, err := netip.ParsePrefix(text)
		if a, single := netip.ParseAddr(text); single == nil {
			network, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, network.Masked())
	}
	return all, nil
}

func (s *Shell) readWords() (err error) {
	s.words, err = locale.Load()
	return err
}

// buildEngine orders what happens to every request: it gets an identity and a
// line in the log first, so that whatever goes wrong afterwards is told to the
// right person in the right language.
func (s *Shell) buildEngine() error {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.RedirectTrailingSlash = false
	e.RedirectFixedPath = false
	e.HandleMethodNotAllowed = true
	e.ContextWithFallback = false
	e.MaxMultipartMemory = inMemory
	e.RemoteIPHeaders = []string{"X-Forwarded-For"} // a proxy that sets only this one would pass on any other
	if err := e.SetTrustedProxies(s.opts.TrustedProxies); err != nil {
		return fmt.Errorf("read trusted proxies: %w", err)
	}
	e.Use(s.begin, s.logged, s.recovered, s.headers, s.timed, s.bounded, s.speaking, s.readable, s.identified, s.paced, s.sameSite, s.mustChange, s.told)
	e.NoRoute(s.missing)
	e.NoMethod(s.wrongMethod)
	s.engine = e
	return nil
}

func (s *Shell) routes() {
	r := s.engine
	r.GET("/", s.Handle(s.home))
	r.GET("/static/*file", s.static)
	r.GET("/healthz", s.alive)
	r.GET("/readyz", s.ready)
	r.GET("/api/openapi.json", s.Machine(s.openAPI))
	r.GET("/api/docs", s.Handle(s.apiDocs))
	if s.opts.Metrics != nil {
		r.GET("/metrics", gin.WrapH(s.opts.Metrics))
	}
}
