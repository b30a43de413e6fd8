#!/bin/sh
# Makes the database roles and the database for docker-compose.yml, as a
# superuser. All of it may be run again.
set -eu

# No statement into the server's log: two hold a password.
export PGHOST=db PGUSER=postgres PGDATABASE=postgres PGOPTIONS='-c log_statement=none'
PGPASSWORD=$(cat /run/secrets/admin/password)
export PGPASSWORD

psql -q -v ON_ERROR_STOP=1 -f /deploy/roles.sql
psql -q -v ON_ERROR_STOP=1 <<'SQL'
\set owner `cat /run/secrets/owner/password`
\set server `cat /run/secrets/server/password`
alter role pocreg_owner password :'owner';
alter role pocreg_server password :'server';
SQL
there=$(psql -At -c "select 1 from pg_database where datname = 'pocreg'")
test -n "$there" || createdb --owner pocreg_owner pocreg
