package sharing_test

import (
	"context"
	"database/sql"
	"net/url"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor/sharedb"
)

// A process that is alone and cut off goes on looking, since most often nobody
// is there to look instead. When another joins meanwhile, that one has
// everything and alone says what stands; the first shares again once it hears.
func TestWhoIsAloneAndCutOffSaysNothingOnceAnotherJoined(t *testing.T) {
	where := databasetest.URL(t, database.Postgres)
	db := reached(t, where)
	var name string
	if err := db.Raw("SELECT current_database()").Scan(&name).Error; err != nil {
		t.Fatal(err)
	}
	role := "cut_" + name
	run := func(statement string) {
		t.Helper()
		if err := db.Exec(statement).Error; err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	run("CREATE ROLE " + role + " LOGIN")
	t.Cleanup(func() { db.Exec("DROP OWNED BY " + role); db.Exec("DROP ROLE " + role) })
	run("GRANT ALL ON ALL TABLES IN SCHEMA public TO " + role)
	u, err := url.Parse(where)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(role)
	const lives = time.Second
	a, _ := join(t, reached(t, u.String()), "a", lives)
	await(t, "a to have all", func() bool { return allMine(a) })
	before := a.Tenure()
	run("REVOKE ALL ON share_members FROM " + role) // its way to the database ends here

	b, _ := join(t, db, "b", lives)
	await(t, "b to take over", func() bool { return allMine(b) && b.Holds() })
	if !a.Holds() || !allMine(a) {
		t.Error("who was alone and is cut off stopped looking")
	}
	for id, want := range map[string]bool{"a": false, "b": true} {
		tenure := before
		if id == "b" {
			tenure = b.Tenure()
		}
		if got := maySay(t, db, id, tenure); got != want {
			t.Errorf("%s may say what stands: %v; want %v", id, got, want)
		}
	}
	run("GRANT ALL ON share_members TO " + role)
	await(t, "a to hear of it", func() bool { return a.Tenure() > before })
	await(t, "b to have less", func() bool { return !allMine(b) })
	if err := b.HandOver(t.Context(), b.Version()); err != nil {
		t.Fatal(err)
	}
	await(t, "each to have its part and both everything", func() bool {
		ofA, ownedA := parts(a)
		ofB, ownedB := parts(b)
		return ofA == ownedA && ofB == ownedB && ofA+ofB == 500 && ofA > 100 && ofB > 100
	})
}

func reached(t *testing.T, where string) *gorm.DB {
	t.Helper()
	db, err := database.Open(database.Options{URL: where, MaxConnections: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close(db) })
	return db
}

// maySay tells whether a process of the tenure may write what stands about a service.
func maySay(t *testing.T, db *gorm.DB, id string, tenure int64) bool {
	t.Helper()
	pool, err := db.DB()
	if err != nil {
		t.Fatal(err)
	}
	tx, err := pool.BeginTx(context.Background(), &sql.TxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	allowed, err := sharedb.New(db, nil).Allow(t.Context(), tx, id, tenure)
	if err != nil {
		t.Fatal(err)
	}
	return allowed("service-1")
}
