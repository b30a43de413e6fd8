package httpapi

import (
	"cmp"
	"crypto/subtle"
	"log/slog"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"pocreg.example/internal/problem"
)

// observed counts every request and logs it once it is answered: the route, not
// the path, and the role, not who. Who looked up whom at night is nobody's
// business who reads a log.
func (s *Server) observed() echo.MiddlewareFunc {
	took := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "pocreg_http_request_duration_seconds",
		Help:    "How long answers took, by method, route and status.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, []string{"method", "route", "status"})
	version := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "pocreg_register_version",
		Help: "The newest version of the register that this process has seen.",
	}, func() float64 { return float64(s.Register.Latest()) })
	unrecorded := prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "pocreg_reads_not_recorded_total",
		Help: "Reads that this process could not record in the access log.",
	}, func() float64 { return float64(s.AccessLog.Lost()) })
	waiting := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "pocreg_reads_waiting",
		Help: "Reads of entries that are not written to the access log yet.",
	}, func() float64 { return float64(s.AccessLog.Waiting()) })
	s.Metrics.MustRegister(took, version, unrecorded, waiting)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start := s.Now()
			err := next(c)
			if err != nil {
				c.Error(err)
			}
			duration := s.Now().Sub(start)
			method, route := methodName(c.Request().Method), cmp.Or(c.Path(), "none")
			status := c.Response().Status
			took.WithLabelValues(method, route, strconv.Itoa(status)).Observe(duration.Seconds())
			s.Log.LogAttrs(c.Request().Context(), slog.LevelInfo, "request",
				slog.String("method", method), slog.String("route", route), slog.Int("status", status),
				slog.Int64("bytes", c.Response().Size), slog.Float64("ms", float64(duration.Microseconds())/1000),
				slog.String("role", string(actor(c).Role)), slog.String("request_id", requestID(c)))
			return nil
		}
	}
}

// methodName keeps a stranger from making up labels.
func methodName(method string) string {
	switch method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return method
	default:
		return "other"
	}
}

// showMetrics serves what Prometheus scrapes, to this machine or to who sends
// the operator's token: how often what was asked for is not public.
func (s *Server) showMetrics() echo.HandlerFunc {
	handler := echo.WrapHandler(promhttp.HandlerFor(s.Metrics, promhttp.HandlerOpts{Registry: s.Metrics}))
	return func(c echo.Context) error {
		sent, _ := strings.CutPrefix(c.Request().Header.Get("Authorization"), "Bearer ")
		switch {
		case s.MetricsToken != "" && subtle.ConstantTimeCompare([]byte(sent), []byte(s.MetricsToken)) == 1:
		case s.MetricsToken == "" && loopback(c):
		default:
			return problem.Errorf(problem.Unauthenticated, "the metrics are the operator's: send POCREG_METRICS_TOKEN as Authorization: Bearer")
		}
		c.Response().Header().Set("Cache-Control", "no-store")
		return handler(c)
	}
}

// loopback reports whether the request comes from this machine, and not through
// a proxy on it.
func loopback(c echo.Context) bool {
	peer, err := netip.ParseAddrPort(c.Request().RemoteAddr)
	proxied := slices.ContainsFunc([]string{"X-Forwarded-For", "X-Real-Ip", "Forwarded", "Via"}, func(name string) bool {
		return len(c.Request().Header.Values(name)) > 0
	})
	return err == nil && peer.Addr().Unmap().IsLoopback() && !proxied
}
