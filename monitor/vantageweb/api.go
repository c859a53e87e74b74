package vantageweb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/vantage"
	"github.com/jard-odi/jard/web"
)

// Where agents speak to us.
const (
	enrolmentPath = "/api/v1/agent/enrolment"
	checksPath    = "/api/v1/agent/checks"
	batchesPath   = "/api/v1/agent/batches"
	heartbeatPath = "/api/v1/agent/heartbeat"
	smallBody     = 16 << 10
)

// api adds what agents ask. They sign their requests instead of carrying a
// token, so that what is copied on the way opens nothing.
func (p *Pages) api() {
	web.Register(p.shell, p.operation("agent-enrolment", http.MethodPost, enrolmentPath, "Exchange a one-time token for an identity", smallBody), p.enrol)
	web.Register(p.shell, p.operation("agent-checks", http.MethodGet, checksPath, "What an agent has to look at", 0), p.checks)
	batches := p.operation("agent-batches", http.MethodPost, batchesPath, "Deliver readings taken elsewhere", vantage.MaxBody)
	heartbeat := p.operation("agent-heartbeat", http.MethodPost, heartbeatPath, "Say that an agent lives", smallBody)
	web.RegisterSealed(p.shell, batches, reflect.TypeFor[vantage.Batch](), p.batches)
	web.RegisterSealed(p.shell, heartbeat, reflect.TypeFor[vantage.Heartbeat](), p.heartbeat)
}

func (p *Pages) operation(id, method, path, summary string, body int64) huma.Operation {
	op := huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Agents"},
		Description: "Spoken by `jard agent`. Signed by the key of an enrolled vantage: headers " + vantage.HeaderVantage + ", " +
			vantage.HeaderTime + " and " + vantage.HeaderSignature + ".",
		Security: web.PublicOperation(), MaxBodyBytes: body,
		Middlewares: huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) {
			// An agent sets its clock by every answer, refusals too.
			ctx.SetHeader(vantage.HeaderTime, p.shell.Now().UTC().Format(time.RFC3339Nano))
			next(ctx)
		}},
	}
	return op
}

// SignedIn is what every signed request carries. It is exported because huma
// reads no embedded struct that is not.
type SignedIn struct {
	Vantage   string `header:"Jard-Vantage" maxLength:"60" doc:"Slug of the vantage"`
	At        string `header:"Jard-Time" maxLength:"40" doc:"When it was signed, RFC 3339"`
	Signature string `header:"Jard-Signature" maxLength:"100" doc:"Ed25519, base64"`
}

// signer returns the vantage that signed a request.
func (p *Pages) signer(ctx context.Context, in *SignedIn, method, path string, body []byte) (*vantage.Vantage, identity.Actor, error) {
	v, err := p.o.Store.Signed(ctx, in.Vantage)
	if err != nil {
		p.count("", vantage.BadSignature, 1)
		return nil, identity.Actor{}, err
	}
	if err := v.Check(method, path, in.At, in.Signature, body, p.shell.Now()); err != nil {
		return nil, identity.Actor{}, p.refuse(v.Slug, err)
	}
	by := v.Actor()
	return v, by, p.refuse(v.Slug, v.Must(by))
}

// refuse counts a refusal by its reason and passes it on.
func (p *Pages) refuse(slug string, err error) error {
	told, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	reasons := map[string]vantage.Refusal{
		"vantage.token.refused": vantage.BadToken, "vantage.signature": vantage.BadSignature, "vantage.skew": vantage.BadClock,
		"vantage.protocol": vantage.BadProtocol, "vantage.gone": vantage.WasRevoked, "vantage.replay": vantage.Replayed,
	}
	why, known := reasons[told.Key]
	if !known {
		why = vantage.BadBody
	}
	p.count(slug, why, 1)
	return err
}

type enrolIn struct {
	Body vantage.Enrolment
}

type enrolOut struct {
	Body vantage.Welcome
}

// enrol answers POST /api/v1/agent/enrolment.
func (p *Pages) enrol(ctx context.Context, in *enrolIn) (*enrolOut, error) {
	v, err := p.o.Store.Enrol(ctx, &in.Body)
	if err != nil {
		return nil, p.refuse("", err)
	}
	p.o.Council.Heard()
	return &enrolOut{Body: vantage.Welcome{Vantage: v.Slug, Name: v.Name.In("fr"), Sequence: v.Sequence, Now: p.shell.Now()}}, nil
}

type checksIn struct {
	SignedIn
	IfNoneMatch string `header:"If-None-Match" maxLength:"60"`
}

type checksOut struct {
	ETag string `header:"ETag"`
	Body vantage.Orders
}

// checks answers GET /api/v1/agent/checks.
func (p *Pages) checks(ctx context.Context, in *checksIn) (*checksOut, error) {
	v, _, err := p.signer(ctx, &in.SignedIn, http.MethodGet, checksPath, nil)
	if err != nil {
		return nil, err
	}
	list, version, err := p.o.Store.Orders(ctx, v)
	if err != nil {
		return nil, err
	}
	manner, err := json.Marshal(p.o.Manner) // it may be another after a restart
	if err != nil {
		return nil, err
	}
	tag := fmt.Sprintf("\"%d-%d-%x\"", version, v.Revision, crc32.ChecksumIEEE(manner))
	if in.IfNoneMatch == tag {
		return nil, huma.Status304NotModified()
	}
	return &checksOut{ETag: tag, Body: vantage.Orders{Manner: p.o.Manner, Checks: list}}, nil
}

// sealedIn is a signed request with a body that nobody has read yet.
type sealedIn struct {
	SignedIn
	RawBody []byte
}

type batchOut struct {
	Body vantage.Receipt
}

// batches answers POST /api/v1/agent/batches.
func (p *Pages) batches(ctx context.Context, in *sealedIn) (*batchOut, error) {
	v, by, err := p.signer(ctx, &in.SignedIn, http.MethodPost, batchesPath, in.RawBody)
	if err != nil {
		return nil, err
	}
	batch, err := vantage.DecodeBatch(in.RawBody)
	if err != nil {
		return nil, p.refuse(v.Slug, err)
	}
	receipt, err := p.o.Council.Take(ctx, by, v, batch, batch.Digest())
	if err != nil {
		return nil, p.refuse(v.Slug, err)
	}
	for why, n := range receipt.Refused {
		p.count(v.Slug, vantage.Refusal(why), n)
	}
	return &batchOut{Body: *receipt}, nil
}

type heartbeatOut struct {
	Body vantage.Pulse
}

// heartbeat answers POST /api/v1/agent/heartbeat.
func (p *Pages) heartbeat(ctx context.Context, in *sealedIn) (*heartbeatOut, error) {
	v, by, err := p.signer(ctx, &in.SignedIn, http.MethodPost, heartbeatPath, in.RawBody)
	if err != nil {
		return nil, err
	}
	beat, err := vantage.DecodeHeartbeat(in.RawBody)
	if err != nil {
		return nil, p.refuse(v.Slug, err)
	}
	heard, err := p.o.Store.Hear(ctx, by, v.Slug, beat)
	if err != nil {
		return nil, p.refuse(v.Slug, err)
	}
	return &heartbeatOut{Body: vantage.Pulse{Sequence: heard.Sequence, Now: p.shell.Now()}}, nil
}
