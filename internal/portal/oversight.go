package portal

import (
	"net/http"
	"strconv"
	"strings"

	"pocreg.example/internal/account"
	"pocreg.example/internal/admission"
	"pocreg.example/internal/register"
)

// oversightShown is how many of the secretariat's acts a page shows.
const oversightShown = 100

// oversightData is what the secretariat did, the latest first.
type oversightData struct {
	Acts []admission.Overseen
	Next string // the place to go on after, "" at the start
}

// oversight shows all participants what the secretariat did with its own powers.
func (v *visit) oversight() error {
	if err := v.takesPart(); err != nil {
		return err
	}
	var after admission.OverseenAfter
	version, ordinal, _ := strings.Cut(v.QueryParam("after"), ".") // what is no place is the end
	if n, err := strconv.ParseInt(version, 10, 64); err == nil && n > 0 {
		after.Version = n
	}
	if n, err := strconv.ParseInt(ordinal, 10, 32); err == nil {
		after.Ordinal = int32(n)
	}
	var data oversightData
	err := v.read(func(snap *register.Snapshot) (err error) {
		data.Acts, err = admission.ListOverseen(v.Request().Context(), snap, "", after, oversightShown)
		return err
	})
	if err != nil {
		return err
	}
	if n := len(data.Acts); n == oversightShown {
		last := data.Acts[n-1]
		data.Next = strconv.FormatInt(last.Version, 10) + "." + strconv.Itoa(int(last.Ordinal))
	}
	return v.show(http.StatusOK, "oversight", data)
}

// Overseers are who of the secretariat did something, each with the co-chair that
// they serve.
func (v *visit) Overseers(by []account.Overseer) string {
	var all []string
	for _, one := range by {
		all = append(all, one.Name+" ("+v.State(one.CoChair)+")")
	}
	return strings.Join(all, ", ")
}
