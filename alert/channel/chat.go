package channel

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	goteams "github.com/atc0005/go-teams-notify/v2"
	"github.com/atc0005/go-teams-notify/v2/adaptivecard"
	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/mail"
)

// How long a message may be, in characters.
const (
	longestTelegram = 4000
	longestTeams    = 20000
	longestMatrix   = 20000
)

type telegram struct{ door }

// Deliver sends the message to the chat. Telegram has no key by which it would
// know a repetition: a crash between its answer and our note sends it twice.
func (t *telegram) Deliver(ctx context.Context, m *alert.Message) error {
	client, seen := t.watched()
	options := []bot.Option{bot.WithSkipGetMe(), bot.WithHTTPClient(client.Timeout, client)}
	if t.URL != "" {
		options = append(options, bot.WithServerURL(t.URL))
	}
	b, err := bot.New(t.Token, options...)
	if err != nil {
		return &alert.Failure{Cause: alert.SignIn, Final: true}
	}
	off := true
	_, err = b.SendMessage(ctx, &bot.SendMessageParams{
		ChatID: t.Chat, Text: clip(m.Text, longestTelegram), LinkPreviewOptions: &models.LinkPreviewOptions{IsDisabled: &off},
	})
	return seen.verdict(err)
}

type matrix struct{ door }

// Deliver puts the message into the room. The number of the transaction is
// that of the message: the server keeps a repetition once.
func (x *matrix) Deliver(ctx context.Context, m *alert.Message) error {
	body, err := json.Marshal(map[string]string{"msgtype": "m.text", "body": clip(m.Text, longestMatrix)})
	if err != nil {
		return &alert.Failure{Cause: alert.Refused, Final: true, Err: err}
	}
	address, err := url.JoinPath(x.URL, "_matrix/client/v3/rooms", url.PathEscape(x.Room), "send/m.room.message", url.PathEscape(m.ID))
	if err != nil {
		return &alert.Failure{Cause: alert.Refused, Final: true}
	}
	return x.send(ctx, http.MethodPut, address, body, http.Header{"Authorization": {"Bearer " + x.Token}})
}

type teams struct{ door }

// Deliver posts the message to the address of a workflow. Teams has no key by
// which it would know a repetition.
func (t *teams) Deliver(ctx context.Context, m *alert.Message) error {
	card, err := adaptivecard.NewSimpleMessage(clip(m.Text, longestTeams), m.Subject, true)
	if err != nil {
		return &alert.Failure{Cause: alert.Refused, Final: true}
	}
	client, seen := t.watched()
	sender := goteams.NewTeamsClient().SetHTTPClient(client).SetUserAgent(t.Agent).SkipWebhookURLValidationOnSend(true)
	err = seen.verdict(sender.SendWithContext(ctx, t.URL, card))
	if status := seen.status.Load(); err != nil && status >= 200 && status < 300 {
		return nil // taken: workflows of different ages answer with different words
	}
	return err
}

type email struct{ door }

// Deliver hands the message to the outbox of mail, once for each address: the
// outbox knows a repetition by its key.
func (e *email) Deliver(ctx context.Context, m *alert.Message) error {
	thread := ""
	if len(m.Lines) > 0 {
		thread = alert.Thread(m.Lines[0].Key)
	}
	for _, to := range e.To {
		err := e.Post(ctx, mail.Message{
			Kind: "alert", Key: alert.MailKey(m.ID) + "/" + to, To: to, Lang: m.Lang, Subject: clip(m.Subject, mail.MaxSubject),
			Text: m.Text, Thread: thread, At: m.QueuedAt,
		})
		if err != nil {
			return &alert.Failure{Cause: alert.Unreachable, Err: err} // the database is away
		}
	}
	return nil
}
