package main

// What the tests of this package reach for.
var (
	Run        = run
	ReadConfig = readConfig
	ReadyURL   = readyURL
	ExitCode   = exitCode
	Explain    = explain
	Parse      = parse
	Harmless   = harmless
	Finishing  = config.finishing
)
