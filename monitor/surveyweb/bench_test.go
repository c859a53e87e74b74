package surveyweb

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/surveydb"
	"github.com/jard-odi/jard/web"
)

// crowd knows every service.
type crowd struct{}

func (crowd) Service(_ context.Context, _ identity.Actor, slug string) (*monitor.Service, error) {
	return &monitor.Service{
		Slug: slug, Name: lang.Text{"fr": slug}, Institution: "mi", State: monitor.Active, Languages: []lang.Tag{lang.French},
		URL: "https://" + slug + ".example.tn/", Tier: monitor.Normal, LifeEvent: "justice", Revision: 1, CreatedAt: noon, UpdatedAt: noon,
	}, nil
}

// BenchmarkAnswers has 32 connections send answers about 500 services over
// HTTP, as the widget does: JSON, key, words to be masked; all of it, the
// commit included, with who sends on the same machine.
func BenchmarkAnswers(b *testing.B) {
	b.Run(database.SQLite, func(b *testing.B) { benchAnswers(b, databasetest.Open(b), 0) })
	b.Run(database.Postgres, func(b *testing.B) { benchAnswers(b, databasetest.OpenPostgres(b), 0) })
}

// BenchmarkAnswersPaced has so many begin every second, whether or not those
// before have ended: what people wait then.
func BenchmarkAnswersPaced(b *testing.B) {
	b.Run(database.SQLite, func(b *testing.B) { benchAnswers(b, databasetest.Open(b), 1000) })
	b.Run(database.Postgres, func(b *testing.B) { benchAnswers(b, databasetest.OpenPostgres(b), 2000) })
}

const (
	benchServices = 500
	connections   = 32
)

func benchAnswers(b *testing.B, db *gorm.DB, pace float64) {
	address := benchServer(b, db)
	var next atomic.Int64
	var mu sync.Mutex
	var took []time.Duration
	b.ResetTimer()
	spent, began := cpu(), time.Now()
	var wg sync.WaitGroup
	for range connections {
		wg.Go(func() {
			conn, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", address)
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			reader := bufio.NewReader(conn)
			mine := make([]time.Duration, 0, b.N/connections+1)
			for n := int(next.Add(1)); n <= b.N; n = int(next.Add(1)) {
				begun := time.Now()
				if pace > 0 {
					begun = began.Add(time.Duration(float64(n) / pace * float64(time.Second)))
					<-time.After(time.Until(begun))
				}
				if err := send(conn, reader, n); err != nil {
					b.Error(err)
					return
				}
				mine = append(mine, time.Since(begun))
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, mine...)
		})
	}
	wg.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64((cpu()-spent).Microseconds())/float64(b.N), "cpu-µs/answer")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
}

// send writes one answer and reads what comes back. A bare connection is used:
// a client of net/http would cost as much as the server.
func send(conn net.Conn, reader *bufio.Reader, n int) error {
	body := fmt.Sprintf(`{"channel":"widget","language":"fr","token":"","answers":{"ease":%d,"satisfaction":%d,"finished":"yes","clarity":4,`+
		`"comment":"La page met trop de temps (%d), rappelez-moi au 22 123 456"}}`, 1+n%5, 1+n%4, n)
	_, err := fmt.Fprintf(conn, "POST /api/v1/surveys/service-%d/answers?lang=fr HTTP/1.1\r\nHost: jard.example.tn\r\nContent-Type: application/json\r\n"+
		"X-Forwarded-For: 41.%d.%d.7\r\nIdempotency-Key: k%d\r\nContent-Length: %d\r\n\r\n%s", n%benchServices, n%200, n/200%200, n, len(body), body)
	if err != nil {
		return err
	}
	resp, err := http.ReadResponse(reader, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close() // reads what is left of it
	if resp.StatusCode != http.StatusCreated {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}

// benchServer listens on this machine, as the program does.
func benchServer(b *testing.B, db *gorm.DB) string {
	b.Helper()
	if err := db.Create(&identity.Institution{Slug: "mi", Kind: identity.Ministry, Name: lang.Text{"fr": "mi"}}).Error; err != nil {
		b.Fatal(err)
	}
	rows := make([]monitor.Service, benchServices)
	for n := range rows {
		v, _ := crowd{}.Service(b.Context(), identity.Actor{}, fmt.Sprintf("service-%d", n))
		rows[n] = *v
	}
	if err := db.CreateInBatches(rows, 500).Error; err != nil {
		b.Fatal(err)
	}
	store := surveydb.New(db, time.Now)
	seed(b, store)
	shell, err := web.New(web.Options{Log: slog.New(slog.DiscardHandler), BaseURL: "https://jard.example.tn", TrustedProxies: []string{"127.0.0.1"}})
	if err != nil {
		b.Fatal(err)
	}
	New(shell, store, crowd{}, time.Now).Routes()
	server := httptest.NewServer(shell.Handler())
	b.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// cpu is what this process has computed so far: on a machine that others use
// too it says more than the clock. PostgreSQL's own part is not in it, the
// sender's is.
func cpu() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
