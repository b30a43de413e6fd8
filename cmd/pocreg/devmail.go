//go:build devmail

package main

import (
	"net"

	"github.com/labstack/echo/v4"

	"pocreg.example/internal/devmail"
	"pocreg.example/internal/mail"
)

// showsMail is whether this build shows letters at /dev/mail. A release does not.
const showsMail = true

// mountMail adds the pages of the letters in folder, if the server listens to this
// machine alone.
func mountMail(e *echo.Echo, at net.Addr, folder string) error {
	host, _, err := net.SplitHostPort(at.String())
	if err != nil || !mail.Loopback(host) || folder == "" {
		return nil
	}
	pages, err := devmail.New(folder)
	if err != nil {
		return err
	}
	for _, path := range []string{"/dev/mail", "/dev/mail/*"} {
		e.GET(path, echo.WrapHandler(pages))
	}
	return nil
}
