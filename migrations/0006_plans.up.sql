-- What is asked of every entry and within every write, again, but in PL/pgSQL:
-- PostgreSQL keeps the plan of that from one call to the next, and plans a function
-- in SQL that runs as its owner anew in every statement. Only contacts are of the
-- kind technical, so nothing else is asked of that.
create or replace function credential_stands(credential uuid) returns text
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
    return coalesce((
        select case
            when t.revoked_at is not null or t.expires_at <= clock_timestamp() or g.revoked_at is not null
                or d.status = 'closed' then 'no'
            when d.status = 'contested' then 'contested'
            else 'yes' end
        from public.token t
        join public.role_grant g on g.id = t.role_grant
        left join public.delegation d on d.id = g.delegation
        where t.id = credential), 'no');
end $$;

create or replace function state_is_represented(of_state text) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
    return exists (select from public.delegation d where d.state = of_state and d.status = 'open');
end $$;

create or replace function state_has_technical_contact(of_state text) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
    return exists (
        select from public.entry e
        where e.kind = 'technical' and e.state = of_state
        and e.basis = 'nominated' and e.standing = 'active');
end $$;

create or replace function contact_reached_by(of_contact uuid) returns text[]
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
    return array(
        select distinct h.type || ':' || coalesce(h.usage, '')
        from public.channel h
        where h.contact = of_contact and h.removed_at is null and h.dead_at is null
        order by 1);
end $$;

-- The details' reading policies again, but for "offset 0". It keeps the planner
-- from reading all entries into a hash table, once for every page of a list: it
-- believes that a list reads all rows, and does not see the limit.
drop policy organisation_select on organisation;
create policy organisation_select on organisation for select using (exists (select from entry e where e.id = organisation.id offset 0));
drop policy contact_select on contact;
create policy contact_select on contact for select using (exists (select from entry e where e.id = contact.id offset 0));
drop policy strategy_select on strategy;
create policy strategy_select on strategy for select using (exists (select from entry e where e.id = strategy.id offset 0));
