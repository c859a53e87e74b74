package inventory

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

// The rules a submission is held to, by the codes under which configs/pilot/decree.csv
// says which article asks for them and whether they refuse or warn. French and Arabic
// title and description are both asked for: the inventory template and the decree table
// call them mandatory, English optional. Should a jurist say otherwise, the row
// "metadata.arabic" turns into a warning there.
const (
	RuleFrench       = "metadata.french"
	RuleArabic       = "metadata.arabic"
	RuleDescription  = "description.useful"
	RuleKeywords     = "keywords"
	RuleTheme        = "theme"
	RuleFrequency    = "frequency"
	RuleLicence      = "licence"
	RuleOpenness     = "openness"
	RuleLegalGround  = "legal.ground"
	RuleTarget       = "target.date"
	RulePersonal     = "personal.data"
	RuleContact      = "contact"
	RuleDistribution = "distribution"
	RuleFormat       = "format.open"
	RuleDataDate     = "data.date"
	RuleReviewDate   = "review.date"
)

// Rules lists the codes that completeness asks for.
func Rules() []string {
	return []string{
		RuleFrench, RuleArabic, RuleDescription, RuleKeywords, RuleTheme, RuleFrequency, RuleLicence, RuleOpenness,
		RuleLegalGround, RuleTarget, RulePersonal, RuleContact, RuleDistribution, RuleFormat, RuleDataDate,
		RuleReviewDate,
	}
}

// review collects what a submission lacks, sorted by what the rule does.
type review struct {
	v        *Vocabulary
	refused  faults
	warnings faults
}

func (r *review) at(rule, field, key string, args ...any) {
	switch r.v.Effect(rule) {
	case Ignore:
	case Warn:
		r.warnings.at(field, key, args...)
	default:
		r.refused.at(field, key, args...)
	}
}

// Complete returns everything that keeps c from being submitted, joined:
// what is malformed and what is missing, all fields at once.
func (c Content) Complete(v *Vocabulary, now time.Time) error {
	return errors.Join(c.Check(v, now), c.review(v).refused.join())
}

// Warnings returns what officer and reviewer should know but may pass over.
func (c Content) Warnings(v *Vocabulary) []*fault.Error {
	return fault.All(c.review(v).warnings.join())
}

func (c Content) review(v *Vocabulary) *review {
	r := &review{v: v}
	c.reviewTexts(r)
	c.reviewDuty(r)
	c.reviewRights(r)
	c.reviewAccess(r)
	return r
}

func (c Content) reviewTexts(r *review) {
	for _, one := range []struct {
		rule string
		tag  lang.Tag
	}{{RuleFrench, lang.French}, {RuleArabic, lang.Arabic}} {
		code := string(one.tag)
		title, description := c.Title[code], c.Description[code]
		// The title in French is asked for by Check when there is none in any language.
		if strings.TrimSpace(title) == "" && (one.tag != lang.French || !c.Title.Empty()) {
			r.at(one.rule, "title."+code, "fault.required")
		}
		if strings.TrimSpace(description) == "" {
			r.at(one.rule, "description."+code, "fault.required")
		}
	}
	// Sheets often repeat the French title in the Arabic column.
	if title := c.Title["ar"]; strings.TrimSpace(title) != "" && !strings.ContainsFunc(title, arabic) {
		r.at(RuleArabic, "title.ar", "dataset.title.not_arabic")
	}
	if description := strings.TrimSpace(c.Description["fr"]); description != "" {
		switch {
		case Fold(description) == Fold(c.Title["fr"]):
			r.at(RuleDescription, "description.fr", "dataset.description.repeats_title")
		case len([]rune(description)) < 40:
			r.at(RuleDescription, "description.fr", "dataset.description.short", 40)
		}
	}
	if len(c.Keywords["fr"]) == 0 {
		r.at(RuleKeywords, "keywords.fr", "dataset.keyword.none")
	}
	if len(c.Keywords["ar"]) == 0 {
		r.at(RuleKeywords, "keywords.ar", "dataset.keyword.none")
	}
	if c.Theme == "" {
		r.at(RuleTheme, "theme", "fault.required")
	}
}

func arabic(x rune) bool { return unicode.Is(unicode.Arabic, x) }

func (c Content) reviewDuty(r *review) {
	f, ok := r.v.Frequency(c.Frequency)
	switch {
	case c.Frequency == "":
		r.at(RuleFrequency, "frequency", "fault.required")
	case ok && f.Rule == Defect:
		r.at(RuleFrequency, "frequency", "dataset.frequency.not_given")
	}
	if c.DataModified == "" && c.Openness == Open {
		r.at(RuleDataDate, "data_modified", "fault.required")
	}
	if c.ContactEmail == "" {
		r.at(RuleContact, "contact.email", "fault.required")
	}
}

func (c Content) reviewRights(r *review) {
	l, ok := r.v.Licence(c.Licence)
	switch {
	case c.Openness == Restricted || c.Openness == Closed:
		// Nothing is given away, so no licence is needed.
	case c.Licence == "":
		r.at(RuleLicence, "licence", "fault.required")
	case ok && l.Approvable == "no":
		r.at(RuleLicence, "licence", "dataset.licence.not_open")
	case ok && (l.Approvable == "review" || l.Approvable == "warning"):
		r.warnings.at("licence", "dataset.licence.review")
	}
	switch {
	case c.PersonalUnknown:
		r.at(RulePersonal, "personal_data", "fault.required")
	case c.PersonalData && c.Anonymisation == "" && (c.Openness == Open || c.Openness == Openable):
		r.at(RulePersonal, "anonymisation", "fault.required")
	}
}

func (c Content) reviewAccess(r *review) {
	switch c.Openness {
	case "":
		r.at(RuleOpenness, "openness", "fault.required")
	case Openable:
		if c.TargetDate == "" {
			r.at(RuleTarget, "target_date", "fault.required")
		}
	case Restricted, Closed:
		if c.LegalGround == "" && c.Ground() == "" {
			r.at(RuleLegalGround, "legal_ground", "fault.required")
		}
		if c.ReviewOn() == "" {
			r.at(RuleReviewDate, "extra."+extraReviewOn, "dataset.plan.review_missing")
		}
	case Open:
		c.reviewDistributions(r)
	}
}

// reviewDistributions asks for one distribution that a machine can read: a
// dataset handed out as pictures of tables is not open.
func (c Content) reviewDistributions(r *review) {
	if len(c.Distributions) == 0 {
		r.at(RuleDistribution, "distributions", "dataset.distribution.required")
		return
	}
	readable, unknown := false, false
	for n, x := range c.Distributions {
		if x.URL == "" && x.DownloadURL == "" {
			r.at(RuleDistribution, fmt.Sprintf("distributions.%d.url", n), "fault.required")
		}
		if Social(x.URL) || Social(x.DownloadURL) {
			r.warnings.at(fmt.Sprintf("distributions.%d.url", n), "file.social")
		}
		format := strings.ToUpper(x.Format)
		unknown = unknown || format == ""
		readable = readable || format != "" && !strings.Contains(unreadable, " "+format+" ")
		if format == "" {
			r.warnings.at(fmt.Sprintf("distributions.%d.format", n), "fault.required")
		}
	}
	if !readable && !unknown {
		r.at(RuleFormat, "distributions", "dataset.distribution.not_machine_readable")
	}
}

// unreadable lists formats for eyes only.
const unreadable = " PDF DOC DOCX ODT RTF JPG JPEG PNG GIF TIF TIFF BMP PPT PPTX HTM HTML "
