package surveyweb

import (
	"context"
	"encoding/hex"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/web"
)

// api adds the room's part of the JSON API.
func (p *Pages) api() {
	const one = "/api/v1/surveys/{slug}"
	p.shell.FromAnywhere(http.MethodGet, one)
	p.shell.FromAnywhere(http.MethodPost, one+"/answers")
	web.Register(p.shell, public(operation("get-survey", http.MethodGet, one, "What a service asks, in one language")), p.apiQuestions)
	answer := public(operation("answer-survey", http.MethodPost, one+"/answers", "Answer; the answer is kept once this is acknowledged"))
	answer.DefaultStatus, answer.MaxBodyBytes = http.StatusCreated, maxBody
	web.Register(p.shell, answer, p.apiAnswer)
	mint := operation("mint-survey-tokens", http.MethodPost, one+"/tokens", "Make one-time tokens for the end of a procedure")
	mint.DefaultStatus = http.StatusCreated
	web.Register(p.shell, mint, p.apiMint)
	key := operation("new-survey-key", http.MethodPost, one+"/keys", "Make a key that the service signs tokens with itself; retires the one before")
	key.DefaultStatus = http.StatusCreated
	web.Register(p.shell, key, p.apiKey)
	web.Register(p.shell, public(operation("service-satisfaction", http.MethodGet, "/api/v1/services/{slug}/satisfaction",
		"What the answers of a period come to")), p.apiSatisfaction)
}

func operation(id, method, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Surveys"}}
}

// public marks an operation that answers anybody about what is public.
func public(op huma.Operation) huma.Operation {
	op.Security = web.PublicOperation()
	return op
}

// SlugIn names a service in an address. It is exported because huma reads no
// embedded struct that is not.
type SlugIn struct {
	Slug string `path:"slug" example:"b3" maxLength:"100"`
}

type questionsIn struct {
	SlugIn
	Channel string `query:"channel" enum:"web,widget,qr,kiosk,api," doc:"widget by default; posters and screens ask fewer questions"`
}

type questionsOut struct {
	Cache string `header:"Cache-Control"`
	Body  surveyOut
}

// surveyOut is what a service asks, in one language, and the words around it.
type surveyOut struct {
	Service   string            `json:"service"`
	Name      string            `json:"name"`
	Set       string            `json:"set" doc:"Name and version of the question set"`
	Language  lang.Tag          `json:"language"`
	Dir       string            `json:"dir" enum:"ltr,rtl"`
	Began     string            `json:"began" doc:"Seal of when this was shown; send it back with the answers"`
	Notice    string            `json:"notice" doc:"What people are told about what is kept"`
	Page      string            `json:"page" doc:"Where people answer without script"`
	Questions []oneQuestion     `json:"questions"`
	Words     map[string]string `json:"words" doc:"What a form says around the questions"`
}

type oneQuestion struct {
	Code     string      `json:"code"`
	Kind     survey.Kind `json:"kind" enum:"rating,faces,choice,text"`
	Text     string      `json:"text"`
	Least    int         `json:"least,omitempty"`
	Most     int         `json:"most,omitempty"`
	Low      string      `json:"low,omitempty"`
	High     string      `json:"high,omitempty"`
	Choices  []oneChoice `json:"choices,omitempty"`
	Required bool        `json:"required"`
	When     *oneRule    `json:"when,omitempty" doc:"Ask only if an earlier question was answered so"`
}

type oneChoice struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

type oneRule struct {
	Question string   `json:"question"`
	Is       []string `json:"is,omitempty"`
	AtMost   int      `json:"at_most,omitempty"`
	AtLeast  int      `json:"at_least,omitempty"`
}

// apiQuestions answers GET /api/v1/surveys/{slug}.
func (p *Pages) apiQuestions(ctx context.Context, in *questionsIn) (*questionsOut, error) {
	channel := survey.Channel(in.Channel)
	if channel == "" {
		channel = survey.Widget
	}
	s, set, err := p.asks(ctx, in.Slug, channel)
	if err != nil {
		return nil, err
	}
	began, err := p.store.Seal(ctx, s.slug)
	if err != nil {
		return nil, err
	}
	tag := web.LangFrom(ctx)
	out := &questionsOut{Cache: "no-store", Body: surveyOut{
		Service: s.slug, Name: s.name.In(tag), Set: set.Key(), Language: tag, Dir: tag.Dir(), Began: began,
		Notice: notice().Short.In(tag), Page: p.shell.URL("/survey/"+s.slug) + "?lang=" + string(tag), Words: p.around(tag),
	}}
	for n := range set.Questions {
		out.Body.Questions = append(out.Body.Questions, oneOf(&set.Questions[n], tag))
	}
	return out, nil
}

func oneOf(q *survey.Question, tag lang.Tag) oneQuestion {
	one := oneQuestion{Code: q.Code, Kind: q.Kind, Text: q.Text.In(tag), Required: q.Required}
	if q.Levels() > 0 {
		one.Least, one.Most = q.Least(), q.Most()
	}
	if q.Kind == survey.Rating {
		one.Low, one.High = q.Low.In(tag), q.High.In(tag)
	}
	for _, o := range q.Choices {
		one.Choices = append(one.Choices, oneChoice{o.Code, o.Text.In(tag)})
	}
	if w := q.When; w != nil {
		one.When = &oneRule{w.Question, w.Is, w.AtMost, w.AtLeast}
	}
	return one
}

// around are the words around the questions.
func (p *Pages) around(tag lang.Tag) map[string]string {
	out := map[string]string{}
	for name, key := range map[string]string{
		"next": "surveyask.next", "back": "surveyask.back", "send": "surveyask.send", "finish": "surveyask.finish", "close": "surveyask.close",
		"optional": "surveyask.optional", "choose": "surveyask.choose", "thanks": "surveyask.thanks.title", "thanks_text": "surveyask.thanks.text",
		"failed": "surveyask.failed", "progress": "surveyask.progress_js", "page": "surveyask.on_page", "sorry": "surveyask.sorry",
		"face1": "surveyask.face.1", "face2": "surveyask.face.2", "face3": "surveyask.face.3", "nothing_else": "surveyask.trap", "sending": "surveyask.sending",
		"privacy": "surveyask.privacy",
	} {
		out[name] = p.shell.Words().T(tag, key, "{0}", "{1}")
	}
	return out
}

// answerIn is an answer as a program sends it.
type answerIn struct {
	SlugIn
	Key  string `header:"Idempotency-Key" maxLength:"100" doc:"Sent again with the same key, nothing is kept twice"`
	Body struct {
		Channel  string         `json:"channel,omitempty" enum:"web,widget,qr,kiosk,api," doc:"Where it was answered; api by default"`
		Language string         `json:"language,omitempty" enum:"fr,ar,en," doc:"What the questions were read in; that of the request by default"`
		Token    string         `json:"token,omitempty" maxLength:"200" doc:"One-time token from the end of a procedure"`
		Answers  map[string]any `json:"answers" doc:"Question code to point, option or words"`
		Office   string         `json:"office,omitempty" maxLength:"40" doc:"Code of an office of the service; one that is not on its list is left out"`
		Wave     string         `json:"wave,omitempty" maxLength:"100" doc:"As GET /survey/{slug}/invite named it; one that does not run is left out"`
		Began    string         `json:"began,omitempty" maxLength:"100" doc:"As the questions came with it"`
		Website  string         `json:"website,omitempty" maxLength:"2000" doc:"A field that people do not see: leave it out"`
	}
	address netip.Addr
}

// Resolve takes the address that the request comes from.
func (in *answerIn) Resolve(ctx huma.Context) []error {
	in.address = from(humagin.Unwrap(ctx))
	return nil
}

type answerOut struct {
	Cache string `header:"Cache-Control"`
	Body  struct {
		ID       string `json:"id" doc:"Number of the answer, by which its words can be erased"`
		Verified bool   `json:"verified" doc:"It came with a token, which is used up now"`
	}
}

// apiAnswer answers POST /api/v1/surveys/{slug}/answers.
func (p *Pages) apiAnswer(ctx context.Context, in *answerIn) (*answerOut, error) {
	if _, err := p.service(ctx, in.Slug); err != nil {
		return nil, err
	}
	answers, err := survey.Given(in.Body.Answers)
	if err != nil {
		return nil, err
	}
	form := survey.Form{
		Service: in.Slug, Channel: survey.Channel(in.Body.Channel), Language: lang.Tag(in.Body.Language), Answers: answers,
		Trap: in.Body.Website, Wave: in.Body.Wave, Office: in.Body.Office, Token: strings.TrimSpace(in.Body.Token), Key: in.Key, Partial: true,
	}
	if form.Channel == "" {
		form.Channel = survey.API
	}
	if form.Language == "" {
		form.Language = web.LangFrom(ctx)
	}
	if form.Took, err = p.store.Since(ctx, in.Slug, in.Body.Began); err != nil {
		return nil, err
	}
	receipt, err := p.store.Accept(ctx, &form, in.address)
	if err != nil {
		return nil, err
	}
	out := &answerOut{Cache: "no-store"}
	out.Body.ID, out.Body.Verified = strconv.FormatInt(receipt.ID, 10), receipt.Verified
	return out, nil
}

type mintIn struct {
	SlugIn
	Body struct {
		Count int `json:"count" minimum:"1" maximum:"1000"`
	}
}

type mintOut struct {
	Cache string `header:"Cache-Control"`
	Body  struct {
		Tokens []string `json:"tokens"`
		URLs   []string `json:"urls" doc:"Where the holder of each answers"`
	}
}

// apiMint answers POST /api/v1/surveys/{slug}/tokens.
func (p *Pages) apiMint(ctx context.Context, in *mintIn) (*mintOut, error) {
	tokens, err := p.store.Mint(ctx, web.ActorFrom(ctx), in.Slug, in.Body.Count)
	if err != nil {
		return nil, err
	}
	out := &mintOut{Cache: "no-store"}
	out.Body.Tokens = tokens
	for _, token := range tokens {
		out.Body.URLs = append(out.Body.URLs, p.answerAt(in.Slug, token, ""))
	}
	return out, nil
}

type keyOut struct {
	Cache string `header:"Cache-Control"`
	Body  struct {
		Number int    `json:"number"`
		Secret string `json:"secret" doc:"In hexadecimal; shown this once"`
	}
}

// apiKey answers POST /api/v1/surveys/{slug}/keys.
func (p *Pages) apiKey(ctx context.Context, in *SlugIn) (*keyOut, error) {
	key, err := p.store.NewKey(ctx, web.ActorFrom(ctx), in.Slug)
	if err != nil {
		return nil, err
	}
	out := &keyOut{Cache: "no-store"}
	out.Body.Number, out.Body.Secret = key.Number, hex.EncodeToString(key.Secret)
	return out, nil
}

type satisfactionIn struct {
	SlugIn
	From     string `query:"from" doc:"RFC 3339, or a date; a quarter before to by default. Whole days, in Tunis" example:"2026-10-01" maxLength:"40"`
	To       string `query:"to" doc:"RFC 3339, or a date, which is then not counted in; now by default" maxLength:"40"`
	Question string `query:"question" maxLength:"40" default:"satisfaction" doc:"Code of a rated question"`
}

type satisfactionOut struct {
	Cache string `header:"Cache-Control"`
	Body  survey.Satisfied
}

// apiSatisfaction answers GET /api/v1/services/{slug}/satisfaction.
func (p *Pages) apiSatisfaction(ctx context.Context, in *satisfactionIn) (*satisfactionOut, error) {
	if _, err := p.services.Service(ctx, web.ActorFrom(ctx), in.Slug); err != nil {
		return nil, err
	}
	first, next, err := p.period(in.From, in.To)
	if err != nil {
		return nil, err
	}
	sums, err := p.store.Distribution(ctx, []string{in.Slug}, first, next)
	if err != nil {
		return nil, err
	}
	return &satisfactionOut{Cache: "no-cache", Body: sums[in.Slug].Score(in.Question, survey.Part{})}, nil
}

const (
	aQuarter    = 91       // days
	longestDays = 366 * 10 // in one figure
)

// period reads from when to when. The future is not known, and not missing either.
func (p *Pages) period(from, to string) (first, next time.Time, err error) {
	next = p.now()
	if to != "" {
		if next, err = p.moment("to", to); err != nil {
			return first, next, err
		}
		if next.After(p.now()) {
			next = p.now()
		}
	}
	first = next.AddDate(0, 0, -aQuarter)
	if from != "" {
		if first, err = p.moment("from", from); err != nil {
			return first, next, err
		}
	}
	if !first.Before(next) || next.Sub(first) > longestDays*24*time.Hour {
		return first, next, fault.At("from", "surveyask.period.order")
	}
	return first, next, nil
}

func (p *Pages) moment(field, s string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, s, p.store.Zone())
	if err != nil {
		return t, fault.At(field, "surveyask.period.day")
	}
	return t, nil
}
