drop policy search_value_select on search_value;
create policy search_value_select on search_value for select using (
    exists (select from entry e where e.id = search_value.entry)
    and (channel is null or exists (select from channel h where h.id = search_value.channel)));

drop policy trail_change_trail on trail_change;
create policy trail_change_trail on trail_change for select using (
    actor_role() in ('delegate', 'head_of_delegation') and state = actor_state()
    or actor_role() in ('secretariat', 'auditor', 'system'));

create or replace function state_has_technical_contact(of_state text) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
    return exists (
        select from public.entry e
        where e.kind = 'technical' and e.state = of_state
        and e.basis = 'nominated' and e.standing = 'active');
end $$;

create or replace function search_frequent(query tsquery, most int) returns table (entry uuid, rank real)
language plpgsql stable security definer set search_path = pg_catalog, public set jit = off as $$
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
            where t.document @@ (query && search_scope())
            limit 200
        )
        select f.entry, max(round(ts_rank('{0.05,0.2,0.4,1}', f.document, query)::numeric, 1))::real
        from found f
        group by f.entry, f.basis
        order by 2 desc, f.basis, f.entry
        limit most;
end $$;

create or replace function search_entries(query tsquery, most int) returns table (entry uuid, rank real)
language plpgsql stable security definer set search_path = pg_catalog, public set jit = off as $$
begin
    return query
        with found as materialized (
            (
                select t.entry, t.basis, t.document
                from search_text t
                where t.document @@ (query && '''=basis:nominated'''::tsquery && search_scope())
                limit 1000
            )
            union all
            (
                select t.entry, t.basis, t.document
                from search_text t
                where t.document @@ (query && '''=basis:public_source'''::tsquery && search_scope())
                limit 1000
            )
        )
        select f.entry, max(round(ts_rank('{0.05,0.2,0.4,1}', f.document, query)::numeric, 1))::real
        from found f
        group by f.entry, f.basis
        order by 2 desc, f.basis, f.entry
        limit most;
end $$;

alter function search_rebuild() set search_path = pg_catalog, public;
alter function search_index(uuid[]) set search_path = pg_catalog, public;
alter function search_follow() set search_path = pg_catalog, public;
alter function search_note() set search_path = pg_catalog, public;
alter function search_spelling(text, boolean, boolean) set search_path = pg_catalog, public;
alter function search_scope() set search_path = pg_catalog, public;
alter function search_readable() set search_path = pg_catalog, public;
alter function contact_reached_by(uuid) security definer;
alter function contact_reached_by(uuid) set search_path = pg_catalog, public;
alter function state_is_represented(text) set search_path = pg_catalog, public;
alter function credential_stands(uuid) set search_path = pg_catalog, public;
