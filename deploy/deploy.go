// Package deploy holds what an operator installs. The program embeds the
// database roles, so that a private cluster and a production one get the same.
package deploy

import _ "embed"

// Roles is the SQL that creates the two database roles: pocreg_owner, which
// migrates and dumps, and pocreg_server, which serves and owns nothing. It is
// idempotent and wants a superuser.
//
//go:embed roles.sql
var Roles string
