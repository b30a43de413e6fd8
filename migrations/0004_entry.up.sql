-- What every national entry carries. The details of each noun stand in a table
-- of its own with the same id; who may read or change them is decided here.
create table entry (
    id               uuid        primary key,
    noun             text        not null constraint entry_noun_known check (noun in ('organisation', 'contact', 'strategy')),
    state            text        not null references state (alpha2),
    kind             text        not null,
    version          bigint      not null,
    audience         text        not null constraint entry_audience_known check (audience in ('public', 'participants', 'selected')),
    audience_states  text[]      not null default '{}',
    audience_written jsonb,
    tlp              text        not null constraint entry_tlp_known check (tlp in
        ('TLP:CLEAR', 'TLP:GREEN', 'TLP:AMBER', 'TLP:AMBER+STRICT', 'TLP:RED')),
    basis            text        not null constraint entry_basis_known check (basis in ('nominated', 'public_source')),
    standing         text        not null constraint entry_standing_known check (standing in ('active', 'retired', 'withdrawn', 'rejected')),
    standing_since   timestamptz not null,
    created_at       timestamptz not null,
    changed_at       timestamptz not null,
    nominated_at     timestamptz,
    nominated_by     uuid,
    confirmed_at     timestamptz,
    constraint entry_detail unique (id, state, noun, kind),
    constraint entry_id_state unique (id, state),
    constraint entry_nominated_by_delegation foreign key (nominated_by, state) references delegation (id, state),
    constraint entry_nominated_is_proven check ((basis = 'nominated') = (nominated_at is not null and confirmed_at is not null)),
    constraint entry_public_source_is_public check (basis = 'nominated' or audience = 'public'),
    constraint entry_only_selected_names_states check (audience = 'selected' or audience_states = '{}')
);
create index entry_order on entry (noun, state, kind, id);

-- The entry's ids in outside systems, unique within the state: a national
-- system upserts by its own. What was found in public is told apart, so that
-- whoever records it learns nothing of entries that are not for them.
create table external_id (
    entry_id uuid not null,
    noun     text not null,
    state    text not null,
    basis    text not null,
    system   text not null,
    value    text not null,
    primary key (entry_id, system, value),
    foreign key (entry_id, state) references entry (id, state),
    constraint external_id_unique unique (state, noun, basis, system, value)
);

-- Where a public-source value was found, and when.
create table source (
    entry_id  uuid not null,
    state     text not null,
    position  int  not null,
    pointer   text not null,
    value     text not null,
    source    text not null,
    dated     date not null,
    primary key (entry_id, position),
    foreign key (entry_id, state) references entry (id, state)
);

create table organisation (
    id               uuid primary key,
    state            text not null,
    noun             text not null default 'organisation' check (noun = 'organisation'),
    kind             text not null constraint organisation_kind_known check (kind in
        ('csirt', 'ministry', 'police', 'prosecutor', 'agency', 'mission', 'regulator', 'other')),
    name             text not null,
    name_language    text not null default '',
    name_latin       text not null default '',
    name_en          text not null default '',
    website          text not null default '',
    rfc2350_url      text not null default '',
    security_txt_url text not null default '',
    address          text not null default '',
    note             text not null default '',
    foreign key (id, state, noun, kind) references entry (id, state, noun, kind),
    constraint organisation_id_state unique (id, state)
);
create index organisation_order on organisation (state, kind, id);

create table contact (
    id              uuid   primary key,
    state           text   not null,
    noun            text   not null default 'contact' check (noun = 'contact'),
    kind            text   not null constraint contact_kind_known check (kind in
        ('diplomatic', 'technical', 'law_enforcement', 'policy')),
    rank            int    not null constraint contact_rank_range check (rank between 1 and 99),
    covers          text[] not null,
    sectors         text[] not null,
    networks        text[] not null,
    office_title    text   not null,
    office_title_en text not null default '',
    organisation    uuid,
    person          jsonb,
    languages       text[] not null,
    time_zone       text not null default '',
    availability    jsonb,
    capabilities    text[] not null,
    note            text not null default '',
    foreign key (id, state, noun, kind) references entry (id, state, noun, kind),
    constraint contact_organisation foreign key (organisation, state) references organisation (id, state)
);
create index contact_order on contact (state, kind, rank, id);

-- A channel that was removed keeps its row, its audience and no value: history
-- asks it who may still read what it said.
create table channel (
    id               uuid        primary key,
    contact          uuid        not null references contact (id),
    state            text        not null,
    position         int         not null,
    type             text        not null constraint channel_type_known check (type in ('email', 'phone', 'messaging', 'web_form')),
    usage            text        constraint channel_usage_known check (usage in ('duty', 'office', 'mobile', 'satellite', 'fax')),
    protocol         text,
    value            text,
    note             text not null default '',
    audience         text        not null constraint channel_audience_known check (audience in ('public', 'participants', 'selected')),
    audience_states  text[]      not null default '{}',
    audience_written jsonb,
    confirmed_at     timestamptz,
    changed_at       timestamptz not null,
    dead_at          timestamptz,
    removed_at       timestamptz,
    foreign key (contact, state) references entry (id, state),
    constraint channel_has_a_value check ((value is null) = (removed_at is not null)),
    constraint channel_usage_of_phones check ((type = 'phone') = (usage is not null)),
    constraint channel_protocol_of_messaging check ((type = 'messaging') = (protocol is not null)),
    constraint channel_only_selected_names_states check (audience = 'selected' or audience_states = '{}')
);
create index channel_contact on channel (contact, position);

create table contact_key (
    contact     uuid        not null references contact (id),
    state       text        not null,
    position    int         not null,
    type        text        not null constraint contact_key_type_known check (type in ('openpgp', 'smime')),
    fingerprint text        not null,
    user_ids    text[]      not null,
    algorithm   text        not null,
    created_at  timestamptz not null,
    expires_at  timestamptz,
    material    text        not null,
    added_at    timestamptz not null,
    primary key (contact, fingerprint),
    foreign key (contact, state) references entry (id, state)
);

create table strategy (
    id                   uuid   primary key,
    state                text   not null,
    noun                 text   not null default 'strategy' check (noun = 'strategy'),
    kind                 text   not null constraint strategy_kind_known check (kind in
        ('strategy', 'programme', 'action_plan', 'doctrine', 'legislation', 'position_on_international_law')),
    original_title       text   not null,
    original_language    text not null default '',
    titles               jsonb  not null,
    summaries            jsonb  not null,
    objectives           jsonb  not null,
    issuing_organisation uuid,
    issuing_body         text not null default '',
    status               text   not null constraint strategy_status_known check (status in
        ('draft', 'adopted', 'in_force', 'superseded', 'expired')),
    status_evidence      text not null default '',
    adopted_on           text not null default '',
    valid_from           text not null default '',
    valid_until          text not null default '',
    review_due           text not null default '',
    supersedes           uuid   constraint strategy_not_itself check (supersedes <> id),
    documents            jsonb  not null,
    focus_areas          text[] not null,
    norms                jsonb  not null,
    cbms                 jsonb  not null,
    foreign key (id, state, noun, kind) references entry (id, state, noun, kind),
    constraint strategy_id_state unique (id, state),
    constraint strategy_issuer foreign key (issuing_organisation, state) references organisation (id, state),
    constraint strategy_supersedes_own foreign key (supersedes, state) references strategy (id, state)
);
create index strategy_order on strategy (state, kind, id);
create index strategy_supersedes on strategy (supersedes);

-- Whether somebody speaks for the state now: its entries say so to every
-- reader, and not every reader may read the delegation itself.
create function state_is_represented(of_state text) returns boolean
language sql stable security definer set search_path = pg_catalog, public
    return exists (select from public.delegation d where d.state = of_state and d.status = 'open');

-- Whether the state has a nominated technical contact in use: "withdrawn, and
-- none since" must not be said by who merely does not see the one there is.
create function state_has_technical_contact(of_state text) returns boolean
language sql stable security definer set search_path = pg_catalog, public
    return exists (
        select from public.entry e
        where e.noun = 'contact' and e.kind = 'technical' and e.state = of_state
        and e.basis = 'nominated' and e.standing = 'active');

-- By which kinds of channels a contact can be reached, such as {phone:duty,email:}:
-- what it lacks is said of the contact, not of what one reader sees of it.
create function contact_reached_by(of_contact uuid) returns text[]
language sql stable security definer set search_path = pg_catalog, public
    return array(
        select distinct h.type || ':' || coalesce(h.usage, '')
        from public.channel h
        where h.contact = of_contact and h.removed_at is null and h.dead_at is null
        order by 1);

-- What the secretariat sees of entries that are not for it: that the state has
-- one, of what kind, and how fresh. It runs as its owner, past row-level
-- security, so its own condition is the whole of the rule.
create view withheld_entry with (security_barrier) as
    select id, noun, state, kind, standing, confirmed_at
    from entry
    where audience = 'selected'
    and actor_role() = 'secretariat'
    and 'participants' = any (actor_audiences());

grant select, insert, update on entry, organisation, contact, channel, strategy to pocreg_server;
grant select, insert, delete on external_id, source, contact_key to pocreg_server;
grant select on withheld_entry to pocreg_server;

alter table entry enable row level security, force row level security;
alter table external_id enable row level security, force row level security;
alter table source enable row level security, force row level security;
alter table organisation enable row level security, force row level security;
alter table contact enable row level security, force row level security;
alter table channel enable row level security, force row level security;
alter table contact_key enable row level security, force row level security;
alter table strategy enable row level security, force row level security;

create policy entry_select on entry for select using (actor_may_read(state, audience, audience_states));
create policy entry_insert on entry for insert with check (
    actor_may_change(state, basis) and (basis = 'nominated' or actor_role() = 'secretariat'));
create policy entry_update on entry for update
    using (actor_may_change(state, basis) or actor_may_attest(state, noun, kind));

-- Who attests says when a contact or a channel was found alive or dead, not what
-- it is: a row's policy cannot tell one column from another.
create function attests_only() returns trigger language plpgsql as $$
begin
    if actor_role() = 'cert' and to_jsonb(new) - '{version,confirmed_at,dead_at}'::text[]
        is distinct from to_jsonb(old) - '{version,confirmed_at,dead_at}'::text[] then
        raise exception 'a CERT says what is alive, not what it is' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger entry_attests_only before update on entry for each row execute function attests_only();
create trigger channel_attests_only before update on channel for each row execute function attests_only();

-- The details are readable with their entry and changeable with it.
create policy external_id_select on external_id for select using (exists (select from entry e where e.id = entry_id));
create policy external_id_insert on external_id for insert
    with check (exists (select from entry e where e.id = entry_id and actor_may_change(e.state, e.basis)));
create policy external_id_delete on external_id for delete
    using (exists (select from entry e where e.id = entry_id and actor_may_change(e.state, e.basis)));
create policy source_select on source for select using (exists (select from entry e where e.id = entry_id));
create policy source_insert on source for insert
    with check (exists (select from entry e where e.id = entry_id and actor_may_change(e.state, e.basis)));
create policy source_delete on source for delete
    using (exists (select from entry e where e.id = entry_id and actor_may_change(e.state, e.basis)));
create policy organisation_select on organisation for select using (exists (select from entry e where e.id = organisation.id));
create policy organisation_insert on organisation for insert
    with check (exists (select from entry e where e.id = organisation.id and actor_may_change(e.state, e.basis)));
create policy organisation_update on organisation for update
    using (exists (select from entry e where e.id = organisation.id and actor_may_change(e.state, e.basis)));
create policy contact_select on contact for select using (exists (select from entry e where e.id = contact.id));
create policy contact_insert on contact for insert
    with check (exists (select from entry e where e.id = contact.id and actor_may_change(e.state, e.basis)));
create policy contact_update on contact for update
    using (exists (select from entry e where e.id = contact.id and actor_may_change(e.state, e.basis)));
create policy channel_select on channel for select using (
    actor_may_read(state, audience, audience_states)
    and exists (select from entry e where e.id = contact));
create policy channel_insert on channel for insert
    with check (exists (select from entry e where e.id = contact and actor_may_change(e.state, e.basis)));
create policy channel_update on channel for update
    using (exists (select from entry e where e.id = contact
        and (actor_may_change(e.state, e.basis) or actor_may_attest(e.state, e.noun, e.kind))));
create policy contact_key_select on contact_key for select using (exists (select from entry e where e.id = contact));
create policy contact_key_insert on contact_key for insert
    with check (exists (select from entry e where e.id = contact and actor_may_change(e.state, e.basis)));
create policy contact_key_delete on contact_key for delete
    using (exists (select from entry e where e.id = contact and actor_may_change(e.state, e.basis)));
create policy strategy_select on strategy for select using (exists (select from entry e where e.id = strategy.id));
create policy strategy_insert on strategy for insert
    with check (exists (select from entry e where e.id = strategy.id and actor_may_change(e.state, e.basis)));
create policy strategy_update on strategy for update
    using (exists (select from entry e where e.id = strategy.id and actor_may_change(e.state, e.basis)));

-- The trail's rows: a state's delegates and its head read their own, the
-- secretariat and the auditor all. Beyond that, whoever may read an entry as it
-- was and as it is may read of the change: that is its history.
create policy trail_change_trail on trail_change for select using (
    actor_role() in ('delegate', 'head_of_delegation') and state = actor_state()
    or actor_role() in ('secretariat', 'auditor', 'system'));
create policy trail_change_history on trail_change for select using (
    actor_may_read(state, audience, audience_states)
    and exists (select from entry e where e.id = trail_change.entry));

-- Content wants the right to read that part then and the entry, and the
-- channel if it is one, now. Whom an entry or a channel named is a part of its
-- own, which a CERT does not read.
create policy trail_content_select on trail_content for select using (
    exists (
        select from trail_change c
        where c.version = trail_content.version and c.ordinal = trail_content.ordinal
        and actor_may_read(c.state, trail_content.audience, trail_content.audience_states)
        and (actor_role() <> 'cert' or not exists (
            select from trail_part p
            where p.version = trail_content.version and p.ordinal = trail_content.ordinal and p.part = trail_content.part
            and (p.name = 'audience_states' or starts_with(p.name, 'channel_audience_state:'))))
        and (c.entry is null or exists (select from entry e where e.id = c.entry))
        and (trail_content.link is null or exists (select from entry l where l.id = trail_content.link))
        and (trail_content.channel is null
            or exists (select from channel h where h.id = trail_content.channel))));
