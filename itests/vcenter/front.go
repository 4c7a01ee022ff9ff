// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
	vim "github.com/vmware/govmomi/vim25/xml"
)

// front answers what the simulator lacks or does otherwise than a vCenter, and hands on the rest.
type front struct {
	service    *simulator.Service
	folder     string
	thumbprint string
	// nfcHost is what the URLs of leases name, and nfcThumbprint its certificate
	nfcHost       string
	nfcThumbprint string
	leaseTimeout  time.Duration
	leaseDelay    time.Duration
	making        sync.Mutex
	// mutex guards what follows
	mutex    sync.Mutex
	sessions map[string]string
	counts   map[string]int
	plans    []*plan
	leases   map[string]*lease
	// deaf are guests that do not obey; running are snapshots of virtual machines that ran, with memory
	deaf, running map[types.ManagedObjectReference]bool
	// breakAfter and holdAfter are bytes of a transfer, or -1; waiting is how many are held up
	breakAfter, holdAfter int64
	waiting               int
	// slow is how long a transfer rests after each piece
	slow  time.Duration
	pages map[string]*page
	// heldMethod is a method whose calls wait until released is closed
	heldMethod string
	released   chan struct{}
	heldCalls  int
	// hidden are types of objects that nobody has a right to see
	hidden []string
	// holdTasks keeps tasks from ending; heldTasks are those, with how they end
	holdTasks bool
	heldTasks map[types.ManagedObjectReference]types.TaskInfo
}

// call is one request of the API.
type call struct {
	*simulator.Method
	session string
	context *simulator.Context
}

// own are the methods that never reach the simulator.
var own = map[string]func(*front, *call) soap.HasFault{}

// after are those whose answer or effect is put right when the simulator is done.
var after = map[string]func(*front, *call, *httptest.ResponseRecorder){}

func newFront(service *simulator.Service, folder, thumbprint string, leaseTimeout, leaseDelay time.Duration) *front {
	return &front{
		service:       service,
		folder:        folder,
		thumbprint:    thumbprint,
		nfcHost:       "*",
		nfcThumbprint: thumbprint,
		leaseTimeout:  leaseTimeout,
		leaseDelay:    leaseDelay,
		sessions:      map[string]string{},
		counts:        map[string]int{},
		leases:        map[string]*lease{},
		deaf:          map[types.ManagedObjectReference]bool{},
		running:       map[types.ManagedObjectReference]bool{},
		heldTasks:     map[types.ManagedObjectReference]types.TaskInfo{},
		pages:         map[string]*page{},
		breakAfter:    -1,
		holdAfter:     -1,
	}
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/sdk" || r.URL.Path == "/sdk/vimService":
		r.URL.Path = "/sdk"
		f.soap(w, r)
	case r.URL.Path == "/sdk/vimServiceVersions.xml":
		f.service.ServiceVersions(w, r)
	case strings.HasPrefix(r.URL.Path, "/nfc/"):
		f.serveNFC(w, r)
	case strings.HasPrefix(r.URL.Path, "/folder/"):
		if !f.known(session(r)) {
			http.Error(w, "log in first", http.StatusUnauthorized)
			return
		}
		f.service.ServeDatastore(w, r)
	default:
		http.NotFound(w, r)
	}
}

// JAXB calls the XML Schema namespace xs; the simulator knows its types by the letters "xsd:" only.
var schema = regexp.MustCompile(`:type="xs:`)

// what a method that makes a task answers
var taskOf = regexp.MustCompile(`<returnval type="Task">([^<]+)</returnval>`)

func (f *front) soap(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	body = schema.ReplaceAll(body, []byte(`:type="xsd:`))
	r.Body = io.NopCloser(bytes.NewReader(body))
	method, err := simulator.UnmarshalBody(kind, body)
	if err != nil {
		f.service.ServeSDK(w, r)
		return
	}
	key := session(r)
	f.count("roundTrips", method.Name)
	f.wait(method.Name)
	// what a request may hold is decided by the version it says it is of
	if version := strings.Trim(r.Header.Get("SOAPAction"), `"`); version < "urn:vim25/6.5" {
		answer(w, failure("Requests are of version 6.5, not "+version, &types.InvalidRequest{}))
		return
	}
	if asked, is := method.Body.(*types.RetrievePropertiesEx); is && !f.known(key) {
		answer(w, &methods.RetrievePropertiesExBody{Res: nobodys(asked)})
		return
	}
	if !f.known(key) && !open[method.Name] {
		answer(w, failure("The session is not authenticated.", &types.NotAuthenticated{
			NoPermission: types.NoPermission{Object: method.This, PrivilegeId: "System.View"}}))
		return
	}
	c := &call{Method: method, session: key, context: f.context(key)}
	if result := f.planned(c); result != nil {
		answer(w, result)
		return
	}
	if method.Name == "ContinueRetrievePropertiesEx" {
		f.nextPage(w, c)
		return
	}
	if handler := own[method.Name]; handler != nil {
		if result := handler(f, c); result != nil {
			if hook := after[method.Name]; hook != nil {
				hook(f, c, nil)
			}
			answer(w, result)
			return
		}
	}
	recorder := httptest.NewRecorder()
	f.service.ServeSDK(recorder, r)
	if hook := after[method.Name]; hook != nil {
		hook(f, c, recorder)
	}
	if strings.HasSuffix(method.Name, "_Task") {
		if task := taskOf.FindSubmatch(recorder.Body.Bytes()); task != nil {
			f.holdUp(types.ManagedObjectReference{Type: "Task", Value: string(task[1])})
		}
	}
	for name, values := range recorder.Header() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(recorder.Code)
	_, _ = w.Write(recorder.Body.Bytes())
}

// nobodys is what somebody reads who is not logged in: anybody may ask, and is told of each property why it is missing.
func nobodys(asked *types.RetrievePropertiesEx) *types.RetrievePropertiesExResponse {
	object := asked.SpecSet[0].ObjectSet[0].Obj
	content := types.ObjectContent{Obj: object}
	for _, path := range asked.SpecSet[0].PropSet[0].PathSet {
		content.MissingSet = append(content.MissingSet, types.MissingProperty{Path: path, Fault: types.LocalizedMethodFault{
			LocalizedMessage: "The session is not authenticated.",
			Fault:            &types.NotAuthenticated{NoPermission: types.NoPermission{Object: object, PrivilegeId: "System.View"}}}})
	}
	return &types.RetrievePropertiesExResponse{Returnval: &types.RetrieveResult{Objects: []types.ObjectContent{content}}}
}

// open are the methods that need no session.
var open = map[string]bool{"RetrieveServiceContent": true, "Login": true}

func session(r *http.Request) string {
	if cookie, err := r.Cookie(soap.SessionCookieName); err == nil {
		return strings.Trim(cookie.Value, `"`)
	}
	return ""
}

func (f *front) known(session string) bool {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	_, known := f.sessions[session]
	return known
}

func (f *front) user(session string) string {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.sessions[session]
}

func (f *front) count(names ...string) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for _, name := range names {
		f.counts[name]++
	}
}

// context lets the simulator's own methods be called.
func (f *front) context(key string) *simulator.Context {
	return &simulator.Context{
		Context: context.Background(),
		Map:     simulator.Map,
		Session: &simulator.Session{
			UserSession: types.UserSession{Key: key},
			Registry:    simulator.NewRegistry(),
		},
	}
}

// kind finds the Go type of an XML type, whatever prefix its namespace has.
func kind(name string) (reflect.Type, bool) {
	find := types.TypeFunc()
	found, ok := find(name)
	if parts := strings.SplitN(name, ":", 2); !ok && len(parts) == 2 {
		return find(parts[1])
	}
	return found, ok
}

// ended forgets a session with all that lives no longer than it.
func (f *front) ended(session string) {
	f.mutex.Lock()
	delete(f.sessions, session)
	f.mutex.Unlock()
	f.endLeases(session)
}

// killSessions ends every session, as an administrator or a restart of a vCenter does.
func (f *front) killSessions() {
	f.mutex.Lock()
	var keys []string
	for key := range f.sessions {
		keys = append(keys, key)
	}
	f.mutex.Unlock()
	simulator.Map.SessionManager().TerminateSession(f.context("nobody's"), &types.TerminateSession{SessionId: keys})
	for _, key := range keys {
		f.ended(key)
	}
}

func init() {
	after["Login"] = func(f *front, c *call, answer *httptest.ResponseRecorder) {
		for _, cookie := range answer.Result().Cookies() {
			if cookie.Name == soap.SessionCookieName {
				f.mutex.Lock()
				f.sessions[cookie.Value] = c.Body.(*types.Login).UserName
				f.counts["logins"]++
				f.mutex.Unlock()
			}
		}
	}
	after["Logout"] = func(f *front, c *call, answer *httptest.ResponseRecorder) { f.ended(c.session) }
	after["TerminateSession"] = func(f *front, c *call, answer *httptest.ResponseRecorder) {
		if answer.Code == http.StatusOK {
			for _, key := range c.Body.(*types.TerminateSession).SessionId {
				f.ended(key)
			}
		}
	}
}

type failed struct {
	reason *soap.Fault
}

func (f *failed) Fault() *soap.Fault { return f.reason }

// failure is an answer that is a fault.
func failure(message string, fault types.BaseMethodFault) soap.HasFault {
	return &failed{simulator.Fault(message, fault)}
}

type envelope struct {
	XMLName vim.Name    `xml:"soapenv:Envelope"`
	Env     string      `xml:"xmlns:soapenv,attr"`
	XSD     string      `xml:"xmlns:xsd,attr"`
	XSI     string      `xml:"xmlns:xsi,attr"`
	Body    interface{} `xml:"soapenv:Body"`
}

type faultBody struct {
	Code   string `xml:"soapenv:Fault>faultcode"`
	String string `xml:"soapenv:Fault>faultstring"`
	Detail detail `xml:"soapenv:Fault>detail"`
}

type detail struct{ fault interface{} }

// MarshalXML names the element as a vCenter does: InvalidStateFault, of type InvalidState.
func (d detail) MarshalXML(e *vim.Encoder, start vim.StartElement) error {
	if err := e.EncodeToken(start); err != nil {
		return err
	}
	name := reflect.TypeOf(d.fault).Elem().Name()
	inner := vim.StartElement{Name: vim.Name{Space: "urn:vim25", Local: name + "Fault"}, Attr: []vim.Attr{
		{Name: vim.Name{Local: "xsi:type"}, Value: name}}}
	if err := e.EncodeElement(d.fault, inner); err != nil {
		return err
	}
	return e.EncodeToken(start.End())
}

type result struct{ value interface{} }

func (b result) MarshalXML(e *vim.Encoder, start vim.StartElement) error {
	if err := e.EncodeToken(start); err != nil {
		return err
	}
	name := reflect.TypeOf(b.value).Elem().Name()
	if task, ok := b.value.(*begun); ok {
		name = task.element
	}
	inner := vim.StartElement{Name: vim.Name{Space: "urn:vim25", Local: name}}
	if err := e.EncodeElement(b.value, inner); err != nil {
		return err
	}
	return e.EncodeToken(start.End())
}

func answer(w http.ResponseWriter, body soap.HasFault) {
	code := http.StatusOK
	var inner interface{}
	if fault := body.Fault(); fault != nil {
		code = http.StatusInternalServerError
		inner = faultBody{fault.Code, fault.String, detail{fault.Detail.Fault}}
	} else {
		inner = result{reflect.ValueOf(body).Elem().FieldByName("Res").Interface()}
	}
	text := bytes.NewBufferString(xml.Header)
	err := vim.NewEncoder(text).Encode(&envelope{
		Env:  "http://schemas.xmlsoap.org/soap/envelope/",
		XSD:  "http://www.w3.org/2001/XMLSchema",
		XSI:  "http://www.w3.org/2001/XMLSchema-instance",
		Body: inner,
	})
	if err != nil {
		log.Printf("cannot write an answer: %v", err)
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write(text.Bytes())
}

// typed is an answer of a type known only while running.
type typed struct {
	Res interface{}
}

func (t *typed) Fault() *soap.Fault { return nil }
