package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/surveydb"
	"github.com/jard-odi/jard/web/locale"
)

// errListFaulty is a list that was not taken because some of its rows are faulty.
var errListFaulty = errors.New("nothing was taken: mend these rows, or take the others with --sound")

// largestList is what a file of answers may be.
const largestList = 8 << 20

// answersCommand brings in answers that were gathered elsewhere.
func answersCommand(ctx context.Context, p program, args []string) error {
	f := flags("answers")
	service := f.String("service", "", "slug of the service")
	mode := f.String("mode", "", "phone or in-person")
	sound := f.Bool("sound", false, "take the sound rows although others are faulty")
	preview := f.Bool("preview", false, "only say what is wrong")
	return p.withDatabase(ctx, f, args, func(db *gorm.DB, c configs.Config, words []string) error {
		if len(words) != 2 || words[0] != "import" || *service == "" {
			return fmt.Errorf("%w: say import, name one file and --service", errUsage)
		}
		if m := survey.Mode(*mode); m != survey.Interviewer && m != survey.FaceToFace {
			return fmt.Errorf("%w: --mode is phone or in-person", errUsage)
		}
		data, err := readFile(words[1])
		if err != nil {
			return err
		}
		answers := surveydb.New(db, nil).In(c.Location())
		if err := adoptSets(ctx, answers); err != nil {
			return err
		}
		return p.importAnswers(ctx, answers, handIn{*service, survey.Mode(*mode), words[1], data, *sound, *preview})
	})
}

func readFile(name string) ([]byte, error) {
	file, err := os.Open(name) //nolint:gosec // named by the operator
	if err != nil {
		return nil, fmt.Errorf("answers: %w", err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, largestList+1))
	if err == nil && len(data) > largestList {
		err = fault.At("file", "survey.import.large", largestList>>20)
	}
	return data, err
}

// handIn is what somebody asked to bring in.
type handIn struct {
	service        string
	mode           survey.Mode
	name           string
	data           []byte
	sound, preview bool
}

// importAnswers takes all rows, or the sound ones, and says of each other one what is wrong.
func (p program) importAnswers(ctx context.Context, answers *surveydb.Store, in handIn) error {
	said, err := locale.Load()
	if err != nil {
		return err
	}
	by := identity.System("jard answers")
	lines, err := readLines(ctx, in.name, in.data)
	if err != nil {
		return inWords(said, err)
	}
	h, err := answers.Propose(ctx, by, surveydb.HandIn{Service: in.service, Mode: in.mode, Name: in.name, Data: in.data, Lines: lines})
	if err != nil {
		return inWords(said, err)
	}
	_, judged, err := answers.HandedIn(ctx, by, in.service, h.ID)
	if err != nil {
		return err
	}
	for _, j := range judged {
		for _, f := range j.Faults {
			fmt.Fprintf(p.out, "%s:%d: %s: %s\n", in.name, j.Line, f.Field, said.T(lang.English, f.Key, f.Args...))
		}
	}
	if in.preview || h.Faulty > 0 && !in.sound || h.Sound == 0 {
		if _, err := answers.UndoHanded(ctx, by, in.service, h.ID); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "%d sound, %d faulty\n", h.Sound, h.Faulty)
		if in.preview {
			return nil
		}
		return errListFaulty
	}
	if _, err := answers.Apply(ctx, by, in.service, h.ID, true); err != nil {
		return inWords(said, err)
	}
	_, err = fmt.Fprintf(p.out, "%d answers taken, %d left out; list %s\n", h.Sound, h.Faulty, h.ID)
	return err
}

// inWords says every fault as a sentence.
func inWords(said *locale.Catalogue, err error) error {
	var all []error
	for _, f := range fault.All(err) {
		all = append(all, errors.New(said.T(lang.English, f.Key, f.Args...)))
	}
	if len(all) == 0 {
		return err
	}
	return errors.Join(all...)
}
