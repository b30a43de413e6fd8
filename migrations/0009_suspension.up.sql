-- That an entry is not to be relied on for now: its state's head says so, or two
-- of the secretariat. It stands beside the entry, which keeps its words, its
-- version and its readers. One row an entry and imposer: a later one takes its
-- place, and what was before is in the trail.
create table suspension (
    entry      uuid        not null,
    state      text        not null,
    imposed_by text        not null constraint suspension_imposer_known check (imposed_by in ('state', 'secretariat')),
    reason     text        not null constraint suspension_reason_length check (char_length(reason) between 1 and 500),
    since      timestamptz not null,
    until      timestamptz not null,
    lifted_at  timestamptz,
    primary key (entry, imposed_by),
    foreign key (entry, state) references entry (id, state),
    constraint suspension_lapses check (until = since + interval '72 hours'),
    constraint suspension_lifted_in_order check (lifted_at >= since)
);

grant select, insert, update on suspension to pocreg_server;

alter table suspension enable row level security, force row level security;

-- Who imposes and lifts which: a head those of the own state, two of the
-- secretariat theirs. Neither touches the other's.
create function actor_may_suspend(of_state text, imposed_by text) returns boolean
language sql stable parallel safe return
    actor_writes() and (
        imposed_by = 'state' and actor_role() = 'head_of_delegation' and of_state = actor_state()
        or imposed_by = 'secretariat' and actor_role() = 'secretariat' and actor_pair());

-- A suspension is read with its entry. Two of the secretariat also reach what they
-- imposed on an entry that is not for them, of which they know that there is one.
create policy suspension_select on suspension for select using (
    exists (select from entry e where e.id = entry)
    or actor_may_suspend(state, imposed_by) and exists (select from withheld_entry w where w.id = entry));
create policy suspension_insert on suspension for insert with check (
    actor_may_suspend(state, imposed_by)
    and (exists (select from entry e where e.id = entry) or exists (select from withheld_entry w where w.id = entry)));
create policy suspension_update on suspension for update using (actor_may_suspend(state, imposed_by));
