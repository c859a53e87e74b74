package database

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
)

// Topics are what processes tell each other of: triggers in the database speak
// of them whoever makes a change, be it a command or an older version.
const (
	NewsOfRegister = "register" // what the public sees of it, or its vocabulary
	NewsOfServices = "services" // services, checks, announced maintenance
	NewsOfSurvey   = "survey"   // what is asked, keys, waves
	NewsOfAll      = ""         // any of them: we may have missed some
)

const (
	newsChannel = "jard_news"
	newsQuiet   = 2 * time.Second // without news: is the server still there?
	newsAnswer  = 5 * time.Second // how long it may take to say so
	newsPoll    = time.Second     // while nobody tells us, everything may have changed as often
	newsSlowest = 5 * time.Second // between two tries to be told again
)

// Listen calls hear with the topic of each change that a process made, ours
// too, until ctx ends. Whenever something may have been missed, because the
// connection was lost, it calls hear with NewsOfAll: once after, and every
// second meanwhile. On SQLite nobody else changes anything, and nobody is told.
//
// It also is who notices that the server says nothing any more without closing
// its connections: then it breaks all others too, because whoever waits on
// them would wait for ever.
func Listen(ctx context.Context, db *gorm.DB, log *slog.Logger, hear func(topic string)) {
	s := serverOf(db)
	if s == nil {
		return
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	l := &listener{server: s, log: log.With("room", "database"), hear: hear}
	for pause := newsPoll; ; pause = min(2*pause, newsSlowest) {
		heard, err := l.listen(ctx)
		s.counts.listening.Store(false)
		if ctx.Err() != nil {
			return
		}
		if heard {
			pause = newsPoll
		}
		l.log.Warn("nobody tells of changes; they are looked for", "error", err)
		for end := time.Now().Add(pause); ; {
			hear(NewsOfAll)
			select {
			case <-ctx.Done():
				return
			case <-time.After(newsPoll):
			}
			if !time.Now().Before(end) {
				break
			}
		}
	}
}

// listener is told of changes on a connection of its own.
type listener struct {
	server *server
	log    *slog.Logger
	hear   func(string)
	last   string // who told us last
}

// listen listens until the connection is lost; heard is whether there was one.
func (l *listener) listen(ctx context.Context) (heard bool, err error) {
	conn, err := l.server.dial(ctx)
	if err != nil {
		return false, err
	}
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(last)
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+newsChannel); err != nil {
		return false, err
	}
	who, err := whoAnswers(ctx, conn)
	if err != nil {
		return false, err
	}
	if l.last != "" && l.last != who {
		l.server.generation.Add(1) // another machine leads, or it was restarted
	}
	l.last = who
	l.server.counts.listening.Store(true)
	l.hear(NewsOfAll) // whatever happened before
	return true, l.follow(ctx, conn)
}

func (l *listener) follow(ctx context.Context, conn *pgx.Conn) error {
	for {
		quiet, cancel := context.WithTimeout(ctx, newsQuiet)
		news, err := conn.WaitForNotification(quiet)
		cancel()
		switch {
		case err == nil:
			l.hear(news.Payload)
		case ctx.Err() != nil:
			return ctx.Err()
		case !errors.Is(err, context.DeadlineExceeded):
			return err
		default:
			if err := l.ask(ctx, conn); err != nil {
				return err
			}
		}
	}
}

// ask asks the server whether it is there. One that stays silent, and that a
// new connection does not find either, is given up on every connection.
func (l *listener) ask(ctx context.Context, conn *pgx.Conn) error {
	answer, cancel := context.WithTimeout(ctx, newsAnswer)
	defer cancel()
	err := conn.Ping(answer)
	if err == nil || ctx.Err() != nil || answer.Err() == nil {
		return err // it is there, or it has said that it is not
	}
	fresh, cancel := context.WithTimeout(ctx, newsAnswer)
	defer cancel()
	other, failed := l.server.dial(fresh)
	if failed == nil {
		who, failed := whoAnswers(fresh, other)
		_ = other.Close(fresh)
		if failed == nil && who == l.last {
			return err // it was slow, or we were
		}
	}
	if ctx.Err() == nil {
		l.log.Warn("the database is silent; every connection is given up", "error", err)
		l.server.cut()
	}
	return err
}

// whoAnswers tells one server from another, behind whatever stands between.
func whoAnswers(ctx context.Context, conn *pgx.Conn) (who string, err error) {
	err = conn.QueryRow(ctx, "SELECT pg_postmaster_start_time()::text").Scan(&who)
	return conn.PgConn().Conn().RemoteAddr().String() + " " + who, err
}
