-- PostgreSQL looks for tables and types among the temporary ones first, unless a
-- path names those last. A temporary view of the server's role could have stood in
-- for a table that the owner's functions read, and what it calls would have run
-- as the owner.
alter function credential_stands(uuid) set search_path = pg_catalog, public, pg_temp;
alter function state_is_represented(text) set search_path = pg_catalog, public, pg_temp;
alter function search_readable() set search_path = pg_catalog, public, pg_temp;
alter function search_scope() set search_path = pg_catalog, public, pg_temp;
alter function search_spelling(text, boolean, boolean) set search_path = pg_catalog, public, pg_temp;
alter function search_note() set search_path = pg_catalog, public, pg_temp;
alter function search_follow() set search_path = pg_catalog, public, pg_temp;
alter function search_index(uuid[]) set search_path = pg_catalog, public, pg_temp;
alter function search_rebuild() set search_path = pg_catalog, public, pg_temp;

-- The two that find entries ask once who may read what, and not for every text
-- that they look at.
create or replace function search_entries(query tsquery, most int) returns table (entry uuid, rank real)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp set jit = off as $$
declare
    scope tsquery := search_scope();
begin
    return query
        with found as materialized (
            (
                select t.entry, t.basis, t.document
                from search_text t
                where t.document @@ (query && '''=basis:nominated'''::tsquery && scope)
                limit 1000
            )
            union all
            (
                select t.entry, t.basis, t.document
                from search_text t
                where t.document @@ (query && '''=basis:public_source'''::tsquery && scope)
                limit 1000
            )
        )
        select f.entry, max(round(ts_rank('{0.05,0.2,0.4,1}', f.document, query)::numeric, 1))::real
        from found f
        group by f.entry, f.basis
        order by 2 desc, f.basis, f.entry
        limit most;
end $$;

create or replace function search_frequent(query tsquery, most int) returns table (entry uuid, rank real)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp set jit = off as $$
declare
    scope tsquery := search_scope();
begin
    return query
        with found as materialized (
            select t.entry, t.basis, t.document
            from (
                select x.entry, x.basis, x.document
                from search_text x
                order by x.basis, x.entry
                limit 20000
            ) t
            where t.document @@ (query && scope)
            limit 200
        )
        select f.entry, max(round(ts_rank('{0.05,0.2,0.4,1}', f.document, query)::numeric, 1))::real
        from found f
        group by f.entry, f.basis
        order by 2 desc, f.basis, f.entry
        limit most;
end $$;

-- What a contact lacks is said as far as its reader sees: in the owner's name it
-- told of channels that are for others, and whether they work.
alter function contact_reached_by(uuid) security invoker;
alter function contact_reached_by(uuid) reset all;

-- A token that does not read all audiences reads no rows of the trail, which has
-- some of every entry: what is in them is in the history of what it may read.
drop policy trail_change_trail on trail_change;
create policy trail_change_trail on trail_change for select using (
    (actor_role() in ('delegate', 'head_of_delegation') and state = actor_state()
    or actor_role() in ('secretariat', 'auditor', 'system'))
    and actor_audiences() @> array['public', 'participants', 'selected']);

-- By noun and kind, which the index of entries begins with.
create or replace function state_has_technical_contact(of_state text) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    return exists (
        select from public.entry e
        where (e.noun, e.kind) = ('contact', 'technical') and e.state = of_state
        and e.basis = 'nominated' and e.standing = 'active');
end $$;

-- As the details' policies have it (0006): else a host that thousands of entries
-- share is looked up by reading all entries.
drop policy search_value_select on search_value;
create policy search_value_select on search_value for select using (
    exists (select from entry e where e.id = search_value.entry offset 0)
    and (channel is null or exists (select from channel h where h.id = search_value.channel offset 0)));
