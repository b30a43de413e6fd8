package httpapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/maypok86/otter/v2"
	"github.com/prometheus/client_golang/prometheus"

	"pocreg.example/internal/access"
	"pocreg.example/internal/accesslog"
	"pocreg.example/internal/register"
)

// kept is an answer that was given before, ready to send. It holds for whoever
// may read the same and asks the same, as long as nothing that it was made from
// has changed: the register tells, so a write empties only what it touched.
type kept struct {
	from    register.Scope
	epoch   string
	version int64     // of the register, when it was made
	shown   int64     // the version that its ETag names
	until   time.Time // when it changes by itself; zero for never
	header  map[string]string
	sight   *accesslog.Sight // what it shows that is not public
	plain   representation

	once   sync.Once
	zipped representation
}

// representation is an answer's bytes in one coding, with the headers' values
// that go with them.
type representation struct {
	text        []byte
	tag         string
	contentType []string
	etag        []string
	length      []string
}

func represent(version int64, epoch, format string, text []byte) representation {
	tag := etag(version, epoch, text)
	return representation{
		text: text, tag: tag, contentType: []string{format}, etag: []string{tag}, length: []string{strconv.Itoa(len(text))},
	}
}

// worthZipping is from how many bytes on compression pays: less fits a packet.
const worthZipping = 1400

// compressed is the answer under gzip, or as it is if that is not smaller. It is
// made once, when it is first asked for.
func (k *kept) compressed() *representation {
	k.once.Do(func() {
		k.zipped = k.plain
		if len(k.plain.text) < worthZipping {
			return
		}
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		_, err := w.Write(k.plain.text)
		if err != nil || w.Close() != nil || out.Len() >= len(k.plain.text) {
			return
		}
		k.zipped = represent(k.shown, k.epoch, k.plain.contentType[0], bytes.Clone(out.Bytes()))
	})
	return &k.zipped
}

// shelf keeps answers, by what was asked, up to a number of bytes.
type shelf struct {
	answers     *otter.Cache[string, *kept]
	again, anew prometheus.Counter // how often it had the answer, and how often not
}

// longestQuestion bounds what is remembered of who asks in many words.
const longestQuestion = 2048

// overhead is about what an answer takes beside its bytes.
const overhead = 1024

// newShelf returns a shelf of at most size bytes; of 0 it keeps nothing.
func newShelf(size int64, metrics *prometheus.Registry) *shelf {
	answers := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "pocreg_answers_total",
		Help: "Answers that may be kept, by where they came from: kept, or the database.",
	}, []string{"from"})
	metrics.MustRegister(answers)
	s := &shelf{again: answers.WithLabelValues("kept"), anew: answers.WithLabelValues("database")}
	if size <= 0 {
		return s
	}
	s.answers = otter.Must(&otter.Options[string, *kept]{
		MaximumWeight: uint64(size),
		Weigher: func(question string, k *kept) uint32 {
			return uint32(len(question) + len(k.plain.text)*5/4 + k.sight.Size() + overhead) // the compressed one too
		},
	})
	metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "pocreg_kept_bytes",
		Help: "About how many bytes the answers take that are kept to be sent again.",
	}, func() float64 { return float64(s.answers.WeightedSize()) }))
	return s
}

func (s *shelf) get(question string) *kept {
	if s.answers == nil {
		return nil
	}
	k, _ := s.answers.GetIfPresent(question)
	return k
}

func (s *shelf) put(question string, k *kept) {
	if s.answers != nil && len(question) <= longestQuestion {
		s.answers.Set(question, k)
	}
}

// cached answers like read; what was answered before to the same question is
// sent again if it still holds. fn says in the answer what it was made from. query
// is what of the request's query changes the answer: a route that takes none but
// min_version has nil. named says whether the language asked for changes it.
func (s *Server) cached(c echo.Context, query url.Values, named bool, fn func(context.Context, *register.Snapshot) (answer, error)) error {
	least, err := minVersion(c)
	if err != nil {
		return err
	}
	question := question(c, query, named)
	present, known := s.Register.Present(c.Request().Context())
	if known && present.Version >= least {
		if k := s.shelf.get(question); k != nil && k.holds(present, s.Now()) {
			s.shelf.again.Inc()
			return k.write(c, present)
		}
	}
	s.shelf.anew.Inc()
	a, err := s.fresh(c, fn)
	if err != nil {
		return err
	}
	if a.from.Nouns == nil {
		return a.write(c)
	}
	format, text, err := a.encode(c)
	if err != nil {
		return err
	}
	k := &kept{
		from: a.from, epoch: a.epoch, version: a.register, shown: a.version, until: a.until, header: a.header, sight: a.sight,
		plain: represent(a.version, a.epoch, format, text),
	}
	s.shelf.put(question, k)
	return k.write(c, register.Present{Epoch: a.epoch, Version: a.register})
}

// question is what was asked: by whom, so far as that decides what may be read,
// for what, and in which form.
func question(c echo.Context, query url.Values, named bool) string {
	by, r := actor(c), c.Request()
	var q strings.Builder
	q.Grow(128)
	q.WriteString(string(by.Role))
	q.WriteByte(' ')
	q.WriteString(by.State)
	for _, a := range access.Audiences {
		if by.Reads(a) {
			q.WriteByte(' ')
			q.WriteString(string(a))
		}
	}
	for _, accept := range r.Header["Accept"] {
		q.WriteString("\nas ")
		q.WriteString(accept)
	}
	if named {
		for _, language := range r.Header["Accept-Language"] {
			q.WriteString("\nin ")
			q.WriteString(language)
		}
	}
	q.WriteByte('\n')
	q.WriteString(r.URL.EscapedPath())
	if query.Has("min_version") {
		query = maps.Clone(query)
		query.Del("min_version")
	}
	if len(query) > 0 {
		q.WriteByte('?')
		q.WriteString(query.Encode())
	}
	return q.String()
}

// holds reports whether the answer still is what would be answered.
func (k *kept) holds(present register.Present, now time.Time) bool {
	return k.epoch == present.Epoch && k.version >= present.Last(k.from) && (k.until.IsZero() || now.Before(k.until))
}

// write sends the answer, which holds for the register as it is present here. That
// it still holds for who has it already is as much as sending it.
func (k *kept) write(c echo.Context, present register.Present) error {
	k.sight.Note(actor(c))
	send := &k.plain
	w := c.Response()
	h := w.Header()
	if len(k.plain.text) >= worthZipping && takesGzip(c.Request().Header["Accept-Encoding"]) {
		if send = k.compressed(); send != &k.plain && len(send.text) < len(k.plain.text) {
			h["Content-Encoding"] = gzipCoding
		}
	}
	h["Register-Version"] = []string{strconv.FormatInt(present.Version, 10)}
	vary(h)
	for name, value := range k.header {
		h.Set(name, value)
	}
	h["Cache-Control"] = keptControl
	h["Etag"] = send.etag
	if present.Age > 0 { // the database is away: say how old this may be
		h["Age"] = []string{strconv.Itoa(int(present.Age.Seconds()))}
	}
	if held := c.Request().Header["If-None-Match"]; held != nil && (noneMatches(c, k.plain.tag) || noneMatches(c, send.tag)) {
		delete(h, "Content-Encoding")
		return c.NoContent(http.StatusNotModified)
	}
	h["Content-Type"] = send.contentType
	h["Content-Length"] = send.length
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(send.text)
	return err
}

var (
	keptControl = []string{"private, no-cache"}
	gzipCoding  = []string{"gzip"}
)

// takesGzip reads Accept-Encoding (RFC 9110 §12.5.3): gzip by name, or by *
// where it is not named.
func takesGzip(values []string) bool {
	takes := false
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			coding, parameters, _ := strings.Cut(part, ";")
			coding = strings.TrimSpace(coding)
			if !strings.EqualFold(coding, "gzip") && coding != "*" {
				continue
			}
			q, weighted := strings.CutPrefix(strings.TrimSpace(parameters), "q=")
			weight, err := strconv.ParseFloat(q, 64)
			takes = !weighted || err == nil && weight > 0
			if coding != "*" {
				return takes
			}
		}
	}
	return takes
}
