package inventory

import (
	"strconv"
	"strings"
)

// The codes of Extra that the opening plan is made of.
const (
	extraDemand      = "plan_demand"
	extraDuty        = "plan_duty"
	extraSensitivity = "plan_sensitivity"
	extraEffort      = "plan_effort"
	extraGround      = "ground"
	extraReviewOn    = "review_on"
)

// PlanExtras lists the codes that a form asks for about opening and not opening.
func PlanExtras() []string {
	return []string{extraDemand, extraDuty, extraSensitivity, extraEffort, extraGround, extraReviewOn}
}

// Ground returns the code of the legal ground for not opening; empty when none was chosen.
func (c Content) Ground() string { return c.Extra[extraGround] }

// ReviewOn is the day on which the reason for not opening is looked at again.
func (c Content) ReviewOn() Date { return Date(c.Extra[extraReviewOn]) }

// Scale is the range of each factor of a priority: 1 little, 2 some, 3 much.
const (
	Little = 1
	Some   = 2
	Much   = 3
)

// Factors are what the priority of an opening is made of, each from 1 to 3.
type Factors struct {
	Demand      int // how much is asked for
	Duty        int // how clearly a text asks for it
	Sensitivity int // how much care the data need before they open
	Effort      int // how much work opening is
}

// askedSome and askedMuch are the numbers of requests from which demand counts as some and as much.
const (
	askedSome = 1
	askedMuch = 5
)

// Factors weighs the entry; requests is how often the public asked for it. What
// the officer has not judged is taken from the entry: personal data are
// sensitive until they are anonymised, effort is unknown and so in the middle,
// and demand is what was really asked, when that is more than was expected.
func (c Content) Factors(requests int) Factors {
	f := Factors{Demand: Little, Duty: Little, Sensitivity: Little, Effort: Some}
	switch {
	case c.PersonalData && strings.TrimSpace(c.Anonymisation) == "":
		f.Sensitivity = Much
	case c.PersonalData, c.PersonalUnknown:
		f.Sensitivity = Some
	}
	for code, to := range map[string]*int{
		extraDemand: &f.Demand, extraDuty: &f.Duty, extraSensitivity: &f.Sensitivity, extraEffort: &f.Effort,
	} {
		if n, err := strconv.Atoi(c.Extra[code]); err == nil && n >= Little && n <= Much {
			*to = n
		}
	}
	switch {
	case requests >= askedMuch:
		f.Demand = Much
	case requests >= askedSome:
		f.Demand = max(f.Demand, Some)
	}
	return f
}

// MaxPriority is the highest a priority can be.
const MaxPriority = Much * Much * Much * Much

// Priority multiplies demand, legal duty, harmlessness and ease: from 1 to 81.
// A product and no sum, because what nobody asks for is not made urgent by
// being easy.
func (f Factors) Priority() int {
	const turned = Much + Little // 3 becomes 1
	return f.Demand * f.Duty * (turned - f.Sensitivity) * (turned - f.Effort)
}

// The priorities from which a level counts as high and as medium.
const (
	highFrom   = 24
	mediumFrom = 8
)

// Level says a priority in a word: high, medium or low.
func Level(priority int) string {
	switch {
	case priority >= highFrom:
		return "high"
	case priority >= mediumFrom:
		return "medium"
	}
	return "low"
}

// checkPlan checks the factors and the day of review.
func (e Extra) checkPlan(f *faults) {
	for _, code := range []string{extraDemand, extraDuty, extraSensitivity, extraEffort} {
		if s := e[code]; s != "" && s != "1" && s != "2" && s != "3" {
			f.at("extra."+code, "dataset.plan.scale", clip(s))
		}
	}
	if day := Date(e[extraReviewOn]); !day.Plausible() {
		f.at("extra."+extraReviewOn, "fault.date", clip(string(day)))
	}
}
