-- What one participant says is wrong with a state's entry. It changes nothing of
-- the entry: its state takes it, or declines it with a word. A suggestion is for
-- the audience that the entry had when it was made, so that no credential reads
-- here what it may not read there.
create table suggestion (
    id            uuid        primary key,
    entry         uuid        not null,
    noun          text        not null,
    state         text        not null,
    audience      text        not null constraint suggestion_audience_known check (audience in ('public', 'participants', 'selected')),
    pointer       text        not null default '' constraint suggestion_pointer_length check (char_length(pointer) <= 300),
    text          text        not null constraint suggestion_text_length check (char_length(text) between 1 and 1000),
    from_state    text        references state (alpha2),
    from_role     text        not null constraint suggestion_role_known check (from_role in
        ('cert', 'delegate', 'head_of_delegation', 'secretariat')),
    from_account  uuid,
    made_at       timestamptz not null,
    status        text        not null constraint suggestion_status_known check (status in ('open', 'taken', 'declined', 'withdrawn')),
    answered_at   timestamptz,
    answered_role text,
    answered_by   uuid,
    word          text        not null default '' constraint suggestion_word_length check (char_length(word) <= 500),
    version       bigint      not null,
    foreign key (entry, state) references entry (id, state),
    constraint suggestion_from_a_state check ((from_role = 'secretariat') = (from_state is null)),
    constraint suggestion_answered_or_open check ((status = 'open') = (answered_at is null)),
    constraint suggestion_declined_with_a_word check (status <> 'declined' or word <> '')
);
create index suggestion_order on suggestion (made_at, id);
create index suggestion_entry on suggestion (entry, status);
create index suggestion_from on suggestion (from_state, status);
create index suggestion_version on suggestion (version);

grant select, insert, update on suggestion to pocreg_server;

alter table suggestion enable row level security, force row level security;

-- Whether the actor is of the side that made a suggestion: of the state, or of the
-- secretariat. An office outlives who wrote in its name.
create function actor_suggested(from_state text, from_role text) returns boolean
language sql stable parallel safe return
    actor_of(from_state) or actor_role() = 'secretariat' and from_role = 'secretariat';

create function actor_may_answer(of_state text) returns boolean
language sql stable parallel safe return
    actor_writes() and actor_role() in ('delegate', 'head_of_delegation') and of_state = actor_state();

-- How many suggestions of the actor's side are open: about an entry, or in all.
-- It counts also those that a credential for less may not read.
create function suggestions_open(about uuid) returns bigint
language sql stable security definer set search_path = pg_catalog, public, pg_temp
    return (
        select count(*)
        from public.suggestion s
        where s.status = 'open' and public.actor_suggested(s.from_state, s.from_role) and (about is null or s.entry = about));

-- A suggestion is answered once, by its state; or taken back, by who made it.
create function suggestion_is_answered_once() returns trigger language plpgsql as $$
begin
    if actor_role() is not null and new is distinct from old and not (
        old.status = 'open' and new.answered_by is not distinct from actor_account()
        and to_jsonb(new) - '{status,word,answered_at,answered_role,answered_by,version}'::text[]
            = to_jsonb(old) - '{status,word,answered_at,answered_role,answered_by,version}'::text[]
        and (new.status in ('taken', 'declined') and actor_may_answer(old.state)
            or new.status = 'withdrawn' and actor_suggested(old.from_state, old.from_role))
    ) then
        raise exception 'a suggestion is answered once, by its state, or taken back' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger suggestion_is_answered_once before update on suggestion for each row execute function suggestion_is_answered_once();

create policy suggestion_select on suggestion for select using (
    audience = any (actor_audiences())
    and (actor_role() in ('auditor', 'system') or actor_of(state) or actor_suggested(from_state, from_role)));
create policy suggestion_insert on suggestion for insert with check (
    actor_writes() and actor_role() <> 'system' and from_role = actor_role() and from_state is not distinct from actor_state()
    and from_account is not distinct from actor_account() and status = 'open'
    and exists (select from entry e where e.id = suggestion.entry and (e.noun, e.audience) = (suggestion.noun, suggestion.audience)));
create policy suggestion_update on suggestion for update using (
    actor_may_answer(state) or actor_writes() and actor_suggested(from_state, from_role));

-- What is told to more than one state. Whoever suggests something records it to the
-- state that it is about; and the states that a change of no entry names have it in
-- their trail too.
drop policy trail_change_insert on trail_change;
create policy trail_change_insert on trail_change for insert with check (
    actor_writes() and role = actor_role() and actor is not distinct from actor_account()
    and actor_state is not distinct from actor_state()
    and (actor_of(state) or actor_role() in ('secretariat', 'system')
        or exists (
            select from suggestion s
            where trail_change.noun = 'suggestion' and s.id::text = trail_change.key
            and s.state = trail_change.state and s.version = trail_change.version))
    and version = (select h.version from register_head h)
    and (actor_role() in ('secretariat', 'system')
        or acts_alone(noun, act)
        or actor_role() in ('delegate', 'head_of_delegation') and (
            not (select state_takes_two(actor_state()))
            or exists (
                select from proposal p
                where p.version = trail_change.version and p.status = 'approved' and p.decided_by = actor_account()))));
create policy trail_change_told on trail_change for select using (
    entry is null and actor_role() in ('delegate', 'head_of_delegation') and actor_state() = any (audience_states)
    and actor_audiences() @> array['public', 'participants', 'selected']);
create index trail_change_told on trail_change (version) where entry is null and audience_states <> '{}';
