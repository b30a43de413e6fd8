package reach

// What the tests of this package reach for.
var Read = read
