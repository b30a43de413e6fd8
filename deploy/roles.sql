-- The database roles of pocreg. Run once as a superuser, on every cluster:
--
--     psql -v ON_ERROR_STOP=1 -f roles.sql
--     createdb --owner pocreg_owner pocreg
--
-- Passwords are the operator's to set (alter role … password …), or
-- certificates, or peer authentication.

do $$
begin
    if not exists (select from pg_roles where rolname = 'pocreg_owner') then
        create role pocreg_owner;
    end if;
    if not exists (select from pg_roles where rolname = 'pocreg_server') then
        create role pocreg_server;
    end if;
end $$;

-- Owns every table, runs migrations, dumps and restores. Bypasses row-level
-- security, which is forced on it too, because a dump must be whole.
alter role pocreg_owner with login bypassrls nosuperuser nocreatedb nocreaterole noreplication;

-- What `pocreg serve` connects as. Owns nothing and sees only what the policies
-- let the actor of the transaction see.
alter role pocreg_server with login nobypassrls nosuperuser nocreatedb nocreaterole noreplication;

-- A request that outlives these is answered 503; the pool recovers.
alter role pocreg_server set statement_timeout = '10s';
alter role pocreg_server set lock_timeout = '2s';
alter role pocreg_server set idle_in_transaction_session_timeout = '15s';
alter role pocreg_server set timezone = 'UTC';
alter role pocreg_owner set timezone = 'UTC';
