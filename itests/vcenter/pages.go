// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/types"
)

// Pages: the simulator answers with all objects, whatever maxObjects says; a vCenter does not.

// page is the rest of an answer: its objects as they were written, and what stands around them.
type page struct {
	before, after string
	objects       []string
	size          int
}

const objectStarts = "<objects>"

func init() {
	after["RetrievePropertiesEx"] = func(f *front, c *call, answer *httptest.ResponseRecorder) {
		f.hide(answer)
		size := int(c.Body.(*types.RetrievePropertiesEx).Options.MaxObjects)
		parts := strings.Split(answer.Body.String(), objectStarts)
		if answer.Code != http.StatusOK || size <= 0 || len(parts)-1 <= size {
			return
		}
		last := len(parts) - 1
		end := strings.LastIndex(parts[last], "</objects>") + len("</objects>")
		rest := &page{before: parts[0], after: parts[last][end:], objects: parts[1:], size: size}
		rest.objects[last-1] = parts[last][:end]
		answer.Body = bytes.NewBufferString(f.cut(rest))
	}
}

// hide leaves out of an answer what nobody has a right to see, as a vCenter does without a word.
func (f *front) hide(answer *httptest.ResponseRecorder) {
	f.mutex.Lock()
	hidden := f.hidden
	f.mutex.Unlock()
	if answer == nil || answer.Code != http.StatusOK || len(hidden) == 0 {
		return
	}
	parts := strings.Split(answer.Body.String(), objectStarts)
	last := len(parts) - 1
	end := strings.LastIndex(parts[last], "</objects>")
	if last == 0 || end < 0 {
		return
	}
	rest := parts[last][end+len("</objects>"):]
	parts[last] = parts[last][:end+len("</objects>")]
	text := parts[0]
	for _, part := range parts[1:] {
		seen := true
		for _, kind := range hidden {
			seen = seen && !strings.HasPrefix(part, `<obj type="`+kind+`">`)
		}
		if seen {
			text += objectStarts + part
		}
	}
	answer.Body = bytes.NewBufferString(text + rest)
}

// cut takes the next objects off, and leaves a token with them when there are more.
func (f *front) cut(rest *page) string {
	count, token := len(rest.objects), ""
	if count > rest.size {
		count, token = rest.size, uuid.New().String()
	}
	text := rest.before
	if token != "" {
		text += "<token>" + token + "</token>"
	}
	text += objectStarts + strings.Join(rest.objects[:count], objectStarts) + rest.after
	if token != "" {
		rest.objects = rest.objects[count:]
		f.mutex.Lock()
		f.pages[token] = rest
		f.mutex.Unlock()
	}
	return text
}

// nextPage answers ContinueRetrievePropertiesEx.
func (f *front) nextPage(w http.ResponseWriter, c *call) {
	token := c.Body.(*types.ContinueRetrievePropertiesEx).Token
	f.mutex.Lock()
	rest := f.pages[token]
	delete(f.pages, token)
	f.mutex.Unlock()
	if rest == nil {
		answer(w, failure("", &types.InvalidArgument{InvalidProperty: "token"}))
		return
	}
	text := f.cut(rest)
	text = strings.Replace(text, "<RetrievePropertiesExResponse", "<ContinueRetrievePropertiesExResponse", 1)
	text = strings.Replace(text, "</RetrievePropertiesExResponse", "</ContinueRetrievePropertiesExResponse", 1)
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = w.Write([]byte(text))
}
