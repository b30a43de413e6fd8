//go:build !devmail

package main

import (
	"net"

	"github.com/labstack/echo/v4"
)

// showsMail is whether this build shows letters at /dev/mail. A release does not.
const showsMail = false

// mountMail adds nothing.
func mountMail(*echo.Echo, net.Addr, string) error { return nil }
