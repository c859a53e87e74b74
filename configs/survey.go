package configs

import "fmt"

// Survey rules what becomes of what people answer.
type Survey struct {
	KeepWords int `yaml:"keep_words"` // for how many months what people wrote is kept; 0: for ever
}

func usualSurvey() Survey { return Survey{KeepWords: 24} }

// mostMonths is ten years.
const mostMonths = 120

func (s Survey) validate() error {
	if s.KeepWords < 0 || s.KeepWords > mostMonths {
		return fmt.Errorf("survey.keep_words: %d is outside 0 to %d", s.KeepWords, mostMonths)
	}
	return nil
}
