package harvesttest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// ParseRDFXML reads RDF/XML, strictly: what it does not know it refuses
// instead of passing over it.
func ParseRDFXML(b []byte) (*Graph, error) {
	d := xml.NewDecoder(bytes.NewReader(b))
	p := &rdfXML{d: d, g: newGraph()}
	root, err := p.open()
	if err != nil || root == nil {
		return nil, fmt.Errorf("rdf/xml: %w", errors.Join(err, errors.New("no document element")))
	}
	if name(root.Name) != rdfNS+"RDF" {
		return nil, fmt.Errorf("rdf/xml: the document element is %s", name(root.Name))
	}
	if err := p.nodes(); err != nil {
		line, _ := d.InputPos()
		return nil, fmt.Errorf("rdf/xml: line %d: %w", line, err)
	}
	if last, err := p.open(); err == nil || last != nil || !errors.Is(err, io.EOF) {
		return nil, errors.New("rdf/xml: something follows the document element")
	}
	return p.g, nil
}

type rdfXML struct {
	d      *xml.Decoder
	g      *Graph
	blanks int
}

func name(n xml.Name) string { return n.Space + n.Local }

// open returns the next element that opens; nil when one closes.
func (p *rdfXML) open() (*xml.StartElement, error) {
	for {
		token, err := p.d.Token()
		if err != nil {
			return nil, err
		}
		switch x := token.(type) {
		case xml.StartElement:
			return &x, nil
		case xml.EndElement:
			return nil, nil //nolint:nilnil // nil means "closed"
		case xml.CharData:
			if len(bytes.TrimSpace(x)) > 0 {
				return nil, fmt.Errorf("text %.20q between elements", x)
			}
		case xml.Directive:
			return nil, errors.New("a document type")
		}
	}
}

// nodes reads node elements until their parent closes.
func (p *rdfXML) nodes() error {
	for {
		e, err := p.open()
		if err != nil || e == nil {
			return err
		}
		if _, err := p.node(e); err != nil {
			return err
		}
	}
}

// node reads one node element and all that is said in it.
func (p *rdfXML) node(e *xml.StartElement) (Term, error) {
	p.blanks++
	s := Term{Value: "_:genid" + strconv.Itoa(p.blanks)}
	for _, a := range e.Attr {
		switch name(a.Name) {
		case rdfNS + "about":
			if s.Value = a.Value; strings.IndexByte(a.Value, ':') <= 0 {
				return s, fmt.Errorf("%q is relative", a.Value)
			}
		case rdfNS + "nodeID":
			s.Value = "_:" + a.Value
		default:
			if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
				return s, fmt.Errorf("attribute %s of a node", name(a.Name))
			}
		}
	}
	if class := name(e.Name); class != rdfNS+"Description" {
		p.g.add(s, Term{Value: rdfType}, Term{Value: class})
	}
	for {
		property, err := p.open()
		if err != nil || property == nil {
			return s, err
		}
		if err := p.property(s, property); err != nil {
			return s, err
		}
	}
}

// property reads one property element of s.
func (p *rdfXML) property(s Term, e *xml.StartElement) error {
	o, predicate, resource := Term{Literal: true}, Term{Value: name(e.Name)}, false
	for _, a := range e.Attr {
		switch name(a.Name) {
		case rdfNS + "resource":
			o, resource = Term{Value: a.Value}, true
			if strings.IndexByte(a.Value, ':') <= 0 {
				return fmt.Errorf("%q is relative", a.Value)
			}
		case rdfNS + "nodeID":
			o, resource = Term{Value: "_:" + a.Value}, true
		case rdfNS + "datatype":
			o.Datatype = a.Value
		case "http://www.w3.org/XML/1998/namespacelang", "xmllang":
			o.Lang = strings.ToLower(a.Value)
		default:
			return fmt.Errorf("attribute %s of a property", name(a.Name))
		}
	}
	if resource {
		if inner, err := p.open(); err != nil || inner != nil {
			return errors.Join(err, errors.New("a property with a resource is not empty"))
		}
		p.g.add(s, predicate, o)
		return nil
	}
	return p.value(s, predicate, o)
}

// value reads the text of a property, or the node in it.
func (p *rdfXML) value(s, predicate, o Term) error {
	var text strings.Builder
	for {
		token, err := p.d.Token()
		if err != nil {
			return err
		}
		switch x := token.(type) {
		case xml.CharData:
			text.Write(x)
		case xml.StartElement:
			node, err := p.node(&x)
			if err != nil {
				return err
			}
			if strings.TrimSpace(text.String()) != "" {
				return errors.New("text and a node in one property")
			}
			p.g.add(s, predicate, node)
			inner, err := p.open()
			if inner != nil {
				return errors.New("two nodes in one property")
			}
			return err
		case xml.EndElement:
			o.Value = text.String()
			p.g.add(s, predicate, o)
			return nil
		}
	}
}
