create index trail_change_oversight on trail_change (version, ordinal)
    where role = 'secretariat' and noun in ('delegation', 'suspension', 'freeze', 'role', 'invitation');

-- What the secretariat has done with its own powers, as the trail has it: by name, to
-- all participants. It runs as its owner, because nobody of a state reads others' trail.
-- A suspension is for who may read its entry, then and now, and for the secretariat:
-- nobody else learns that there is such an entry. Why a token was frozen may say what has
-- happened in a state, and is for that state and who oversees.
create function oversight_list()
returns table (
    version bigint, ordinal int, at timestamptz, act text, noun text, about text, entry_noun text, state text, role text, name text,
    reason text, until timestamptz, first_name text, first_co_chair text, second_name text, second_co_chair text)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select c.version, c.ordinal, c.at, c.act, c.noun,
        case when c.noun in ('delegation', 'suspension') or c.noun = 'role' and g.state is null then c.key end,
        e.noun, c.state, coalesce(g.role, i.role), case when g.state is null then a.name end,
        case when c.noun = 'freeze' and not (public.actor_of(c.state) or public.actor_role() in ('secretariat', 'auditor', 'system')) then null
            when c.noun = 'delegation' and c.act = 'opened' then s.said ->> 'authority'
            when c.noun = 'role' then g.basis
            when c.act in ('suspended', 'frozen') then s.said ->> 'reason' end,
        case when c.act in ('suspended', 'frozen') then (s.said ->> 'until')::timestamptz
            when c.noun = 'role' and c.act <> 'withdrawn' then (m.said ->> 'until')::timestamptz end,
        public.overseer_name(coalesce(c.second_actor, c.actor)), public.overseer_co_chair(coalesce(c.second_actor, c.actor)),
        case when c.second_actor is not null then public.overseer_name(c.actor) end,
        case when c.second_actor is not null then public.overseer_co_chair(c.actor) end
    from public.trail_change c
    left join public.entry e on c.noun = 'suspension' and e.id = c.entry
    left join lateral ( -- as it was: the secretariat may not have seen for whom
        select x.state, x.audience, x.audience_states
        from public.trail_change x
        where x.noun = e.noun and x.key = c.key and x.version <= c.version
        order by x.version desc
        limit 1) as was on c.noun = 'suspension'
    left join public.role_grant g on c.noun = 'role' and g.id::text = c.key
    left join public.account a on a.id = g.account
    left join public.invitation i on c.noun = 'invitation' and i.id::text = c.key
    left join lateral (
        select convert_from(t.content, 'UTF8')::jsonb as said
        from public.trail_content t
        join public.trail_part p on (p.version, p.ordinal, p.part) = (t.version, t.ordinal, t.part)
        where t.version = c.version and t.ordinal = c.ordinal and p.name in ('entry', 'suspension:secretariat', 'freeze:secretariat')
        order by t.part
        limit 1) s on c.noun in ('delegation', 'suspension', 'freeze')
    left join lateral (
        select convert_from(t.content, 'UTF8')::jsonb as said
        from public.trail_content t
        join public.trail_part p on (p.version, p.ordinal, p.part) = (t.version, t.ordinal, t.part)
        where t.version = c.version and t.ordinal = c.ordinal and p.name = 'mandate') m on c.noun = 'role'
    where c.role = 'secretariat' and c.noun in ('delegation', 'suspension', 'freeze', 'role', 'invitation')
    and public.actor_may_read(null, 'participants', '{}')
    and case c.noun
        when 'suspension' then public.actor_role() = 'secretariat'
            or public.actor_may_read(e.state, e.audience, e.audience_states) and public.actor_may_read(was.state, was.audience, was.audience_states)
        when 'invitation' then i.role = 'head_of_delegation'
        else true end
$$;
