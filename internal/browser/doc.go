// Package browser holds the tests that open the pages in a real browser:
// Chromium, without a window, as a program on this machine. What needs no
// browser is tested beside the pages, in internal/portal.
package browser
