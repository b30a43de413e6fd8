-- The participating states and what is dated about them. Loaded from the
-- reference data; no state changes these facts about itself or another.
create table state (
    alpha2           text primary key constraint state_alpha2_form check (alpha2 ~ '^[A-Z]{2}$'),
    alpha3           text not null constraint state_alpha3_unique unique
        constraint state_alpha3_form check (alpha3 ~ '^[A-Z]{3}$'),
    statement_number int  not null constraint state_statement_number_unique unique,
    name_en          text not null,
    name_pl          text not null,
    region           text not null,
    subregion        text not null,
    version          bigint not null
);

create table participation (
    state text not null references state (alpha2),
    since date not null,
    until date,
    primary key (state, since),
    constraint participation_in_order check (until is null or since <= until)
);

create table co_chair (
    state text not null references state (alpha2),
    since date not null,
    until date,
    primary key (state, since),
    constraint co_chair_in_order check (until is null or since <= until)
);

-- since is null where the date of joining is not recorded.
create table membership (
    framework text not null,
    state     text not null references state (alpha2),
    since     date,
    until     date,
    constraint membership_once unique nulls not distinct (framework, state, since),
    constraint membership_in_order check (until is null or since is null or since <= until)
);
create index membership_state on membership (state);

-- What the state itself says of the instruments it has signed or joined.
create table state_instruments (
    state       text   primary key references state (alpha2),
    instruments jsonb  not null,
    version     bigint not null
);

grant select, insert on state, participation, co_chair, membership to pocreg_server;
grant select, insert, update on state_instruments to pocreg_server;

alter table state enable row level security, force row level security;
alter table participation enable row level security, force row level security;
alter table co_chair enable row level security, force row level security;
alter table membership enable row level security, force row level security;
alter table state_instruments enable row level security, force row level security;

create policy state_select on state for select using (actor_role() is not null);
create policy state_insert on state for insert with check (actor_writes() and actor_role() = 'system');
create policy participation_select on participation for select using (actor_role() is not null);
create policy participation_insert on participation for insert with check (actor_writes() and actor_role() = 'system');
create policy co_chair_select on co_chair for select using (actor_role() is not null);
create policy co_chair_insert on co_chair for insert with check (actor_writes() and actor_role() = 'system');
create policy membership_select on membership for select using (actor_role() is not null);
create policy membership_insert on membership for insert with check (actor_writes() and actor_role() = 'system');
create policy state_instruments_select on state_instruments for select using (actor_role() is not null);
create policy state_instruments_insert on state_instruments for insert with check (actor_may_change(state, 'nominated'));
create policy state_instruments_update on state_instruments for update using (actor_may_change(state, 'nominated'));
