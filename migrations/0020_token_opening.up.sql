-- A token of somebody who signs in, opened by them for what matters most: beside the
-- door, because it is for minutes, and says nothing that participants rely on.
create table token_opening (
    token uuid        primary key references token (id),
    until timestamptz not null
);
grant select, insert, update, delete on token_opening to pocreg_server;
alter table token_opening enable row level security, force row level security;

-- The registry opens it, for whose person has just signed in, and for five minutes.
create function token_may_open(credential uuid, until timestamptz) returns boolean
language sql stable return
    actor_role() = 'system' and until <= clock_timestamp() + interval '5 minutes' and exists (
        select from token t
        join session s on s.account = t.account
        where t.id = credential and s.kind = 'person' and s.ended_at is null and s.strong_until > clock_timestamp());

create policy token_opening_select on token_opening for select using (actor_role() = 'system');
create policy token_opening_insert on token_opening for insert with check (token_may_open(token, until));
create policy token_opening_update on token_opening for update using (actor_role() = 'system') with check (token_may_open(token, until));
create policy token_opening_delete on token_opening for delete using (actor_role() = 'system');

-- Whether a credential is as strong as people, tokens and approvals want: a session of
-- who signed in within the last minutes, a token that whoever signs in has opened, and
-- the token of somebody, or of a system, that does not sign in.
create function credential_strength(credential uuid) returns text
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    return case
        when exists (select from public.session s
            where s.id = credential and (s.strong_until is null or s.strong_until <= clock_timestamp())) then 'signed in too long ago'
        when exists (select from public.token t
                join public.person p on p.account = t.account
                where t.id = credential and p.disabled_at is null and public.person_signs_in(p.account))
            and not exists (select from public.token_opening o where o.token = credential and o.until > clock_timestamp()) then 'not opened'
        else 'strong' end;
end $$;

create or replace function credential_is_strong(credential uuid) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    return public.credential_strength(credential) = 'strong';
end $$;
