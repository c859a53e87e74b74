package main

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/configs/questions"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/surveydb"
	"github.com/jard-odi/jard/monitor/surveyweb"
	"github.com/jard-odi/jard/web"
)

// survey adds where people say how a service was: its pages, and the timed
// work on what they said.
func (h *house) survey(db *gorm.DB, keep stores, c configs.Config, shell *web.Shell, seen *metrics.Metrics, log *slog.Logger) {
	answers := surveydb.New(db, nil).In(c.Location())
	asked := surveyweb.New(shell, answers, keep.watched, time.Now)
	asked.Routes()
	h.news.on(database.NewsOfServices, asked.LookAgain)
	h.news.on(database.NewsOfSurvey, answers.LookAgain)
	h.background = append(h.background, func(ctx context.Context) {
		if err := adoptSets(ctx, answers); err != nil && ctx.Err() == nil {
			log.Error("question sets were not adopted", "room", "survey", "error", err)
		}
	})
	h.jobs = append(h.jobs,
		job{"sum up answers", "*/5 * * * *", answers.Roll},
		job{"forget what people wrote", "47 3 * * *", func(ctx context.Context) error {
			_, err := answers.Forget(ctx, c.Survey.KeepWords)
			return err
		}})
	h.waves(keep, c, shell, seen, answers)
}

// adoptSets brings the question sets that Jard comes with into force, where
// there is none of that name yet.
func adoptSets(ctx context.Context, answers *surveydb.Store) error {
	files, err := fs.Glob(questions.Files, "*.yaml")
	if err != nil {
		return err
	}
	for _, file := range files {
		data, err := questions.Files.ReadFile(file)
		if err != nil {
			return err
		}
		set, problems := survey.ReadSet(data)
		if len(problems) > 0 {
			return fmt.Errorf("read question set %s: line %d: %s %s", file, problems[0].Line, problems[0].Field, problems[0].Key)
		}
		if err := answers.Seed(ctx, identity.System("jard"), set); err != nil {
			return err
		}
	}
	return nil
}
