// Package docs holds the page that renders the API's contract for people. It
// is served at /docs/, its files under their names beside it, and reads
// /openapi.yaml from the same server; it contacts no other host and runs under
// a policy without inline scripts and styles.
//
// swagger-ui-bundle.js and swagger-ui.css are those of swagger-ui-dist 5.35.0
// (Apache-2.0, https://github.com/swagger-api/swagger-ui), unchanged but for
// the comment in the style sheet that pointed at a source map. The licences of
// what is bundled in them are in swagger-ui-bundle.js.LICENSE.txt.
package docs

import "embed"

// Policy is the Content-Security-Policy that the page needs, and no more:
// images are icons in the style sheet, connections go to the API.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// FS holds the page's files: index.html and what it refers to.
//
//go:embed index.html docs.css docs.js swagger-ui.css swagger-ui-bundle.js swagger-ui-bundle.js.LICENSE.txt
var FS embed.FS
