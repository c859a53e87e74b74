package catalogueweb

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory/catalogue"
)

// action answers GET and POST /api/3/action/{name} as CKAN does, down to the
// shapes of its refusals: its clients know no others.
func (p *Pages) action(c *gin.Context) error {
	name := c.Param("action")
	if catalogue.IsWrite(name) {
		p.refuseWrite(c, name)
		return nil
	}
	if !catalogue.IsAction(name) {
		badRequest(c, "Action name not known: "+name)
		return nil
	}
	args, err := arguments(c.Request)
	if _, known := fault.KindOf(err); known {
		return err
	}
	if err != nil {
		badRequest(c, err.Error())
		return nil
	}
	callback, err := takeCallback(c.Request, args)
	if err != nil {
		badRequest(c, err.Error())
		return nil
	}
	s, err := p.feed.current(c.Request.Context())
	if err != nil {
		return err
	}
	s, answered := p.followAction(c, name, args, s)
	status, d := s.Act(name, args.Settled(p.feed.now()))
	if status == http.StatusOK {
		answered(d)
	}
	if callback != "" && status == http.StatusOK {
		d = catalogue.NewDocument("application/javascript", wrap(callback, d.Bytes()))
	}
	return p.send(c, status, s, d)
}

func (p *Pages) refuseWrite(c *gin.Context, name string) {
	if c.Request.Method == http.MethodGet {
		badRequest(c, "JSON Error: Invalid request. Please use POST method for your request")
		return
	}
	c.Data(http.StatusForbidden, "application/json", catalogue.Denied(p.settings, name).Bytes())
}

// badRequest answers with a bare JSON string, as CKAN does.
func badRequest(c *gin.Context, why string) {
	b, _ := json.Marshal("Bad request - " + why) //nolint:errchkjson // strings always encode
	c.Data(http.StatusBadRequest, "application/json", b)
}

// maxArguments bounds the arguments of a question.
const maxArguments = 1 << 20

// errJSON says in CKAN's words that a body is no JSON.
var errJSON = errors.New("JSON Error: Error decoding JSON data. Error: <BadRequest '400: Bad Request'> " +
	"JSON data extracted from the request: {}")

// notADictionary says in CKAN's words that a body is JSON of another kind.
func notADictionary(v any) error {
	shown := []rune(catalogue.Python(v))
	if len(shown) > shownAtMost {
		shown = append(shown[:shownAtMost], '…')
	}
	return fmt.Errorf("JSON Error: Request data JSON decoded to %s but it needs to be a dictionary.", string(shown)) //nolint:staticcheck // CKAN's words
}

// shownAtMost bounds how much of a body an error repeats.
const shownAtMost = 200

// arguments reads the arguments from the body if there is one, else from the query.
func arguments(r *http.Request) (catalogue.Args, error) {
	if r.Method == http.MethodPost {
		body, err := io.ReadAll(io.LimitReader(r.Body, maxArguments+1))
		if err != nil {
			return nil, err
		}
		if len(body) > maxArguments {
			return nil, fault.New(fault.TooLarge, "fault.body_too_large", maxArguments>>20)
		}
		if body = bytes.TrimSpace(body); len(body) > 0 {
			return bodyArguments(r.Header.Get("Content-Type"), body)
		}
	}
	return fromValues(r.URL.Query()), nil
}

func bodyArguments(contentType string, body []byte) (catalogue.Args, error) {
	if kind, _, err := mime.ParseMediaType(contentType); err == nil && kind == "application/x-www-form-urlencoded" && body[0] != '{' {
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, errJSON
		}
		return fromValues(values), nil
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&v); err != nil || d.More() {
		return nil, errJSON
	}
	args, ok := v.(map[string]any)
	if !ok {
		return nil, notADictionary(v)
	}
	return args, nil
}

// fromValues makes a list of what comes more than once, as CKAN does.
func fromValues(values url.Values) catalogue.Args {
	args := catalogue.Args{}
	for key, all := range values {
		if len(all) == 1 {
			args[key] = all[0]
			continue
		}
		several := make([]any, 0, len(all))
		for _, one := range all {
			several = append(several, one)
		}
		args[key] = several
	}
	return args
}

// callbackName is what a function of a script can be called.
var callbackName = regexp.MustCompile(`^[A-Za-z_$][\w$.\[\]]{0,99}$`)

// takeCallback takes the name of the function to be called out of args.
func takeCallback(r *http.Request, args catalogue.Args) (string, error) {
	callback, _ := args["callback"].(string)
	delete(args, "callback")
	if callback == "" || r.Method != http.MethodGet {
		return "", nil
	}
	if !callbackName.MatchString(callback) {
		return "", errors.New("callback is not the name of a function")
	}
	return callback, nil
}

// wrap makes a script of an answer.
func wrap(callback string, b []byte) []byte {
	return bytes.Join([][]byte{[]byte(callback + "("), b, []byte(");")}, nil)
}

// options answers OPTIONS, as CKAN does, with nothing.
func (p *Pages) options(c *gin.Context) error {
	c.Header("Allow", "GET, HEAD, POST, OPTIONS")
	c.Status(http.StatusOK)
	return nil
}

// apiVersion answers GET /api/3.
func (p *Pages) apiVersion(c *gin.Context) error {
	c.Data(http.StatusOK, "application/json", []byte(`{"version": 3}`))
	return nil
}

// status answers GET /api/util/status.
func (p *Pages) status(c *gin.Context) error {
	s, err := p.feed.current(c.Request.Context())
	if err != nil {
		return err
	}
	return p.send(c, http.StatusOK, s, catalogue.NewDocument("application/json", s.Status()))
}
