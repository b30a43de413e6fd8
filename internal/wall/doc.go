// Package wall holds tests only. They go past the application, as the server's
// role with nothing but the actor's settings, and try every national table with
// every verb for every pair of states: row-level security must refuse by itself
// what package access refuses, should the application ever forget to ask.
package wall
