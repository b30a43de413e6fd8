package portal

import "net/http"

// home is the front page.
func (v *visit) home() error { return v.show(http.StatusOK, "home", nil) }
