-- Levenshtein distances between words. It is a trusted extension: the owner of
-- the database may make it.
create extension if not exists fuzzystrmatch;

-- Search. What follows holds copies of national text, so nobody but the owner
-- reaches it: the server asks three functions, search_spelling, search_entries
-- and search_frequent, which leave out what the actor may not read before they
-- rank, count or suggest anything. What they return are ids, and words of
-- entries that the actor may read; entries themselves are read behind row-level
-- security as ever.

-- One spelling for all that differ in case, accents or form alone: lodz for
-- Łódź, strasse for Straße. Texts and queries go through it alike. It does not
-- depend on the database's locale, which in production knows of ASCII only, nor
-- on a file of rules that the next PostgreSQL brings in another edition.
create function search_fold(of_text text) returns text language sql immutable parallel safe return
    case when octet_length(of_text) = char_length(of_text) then lower(of_text)
    else replace(replace(replace(replace(replace(translate(
        lower(regexp_replace(normalize(of_text, nfkd),
            -- Combining marks of scripts in which they are accents or may be left
            -- out, tatweel, and what shows nothing.
            '[\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061c\u0640'
            || '\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff'
            || '\u200b-\u200f\u202a-\u202e\u2060-\u2064\u20d0-\u20ff\ufe20-\ufe2f\ufeff]', '', 'g') collate "und-x-icu"),
        'łđøðıħŧςٱىةکی', 'ldodihtσايهكي'),
        'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), 'ŋ', 'ng')
    end;

-- The words of a text, folded, in their order: what stands between white space,
-- punctuation and symbols. So a word holds no sign that a tsquery gives a
-- meaning to.
create function search_words(of_text text) returns text[] language sql immutable parallel safe return
    array_remove(regexp_split_to_array(search_fold(of_text) collate "und-x-icu",
        '[[:space:][:punct:][:cntrl:]$+<=>^`|~\u00a2-\u00a9\u00ac\u00ae-\u00b1\u00b4\u00b8\u00d7\u00f7\u02b9-\u02df\u2000-\u2bff\u3000-\u3003]+'),
        '');

-- How many edits of a word are still taken for a slip: none of a short one, and
-- none of what holds a digit.
create function search_slips(word text) returns int language sql immutable strict parallel safe return
    case when word ~ '[0-9]' or char_length(word) < 4 then 0 when char_length(word) < 8 then 1 else 2 end;

-- What is left of the beginning of a word when so many letters are left out.
-- Two words that are as close as that share one of these, whichever letters
-- were missed, added, mistaken or swapped: so an index finds them.
create function search_stumps(word text) returns text[] language plpgsql immutable strict parallel safe as $$
declare
    slips int := search_slips(word);
    whole text := left(word, 7);
    shorter text;
    stumps text[] := '{}';
begin
    if slips > 0 then
        stumps := array[whole];
        for i in 1 .. char_length(whole) loop
            shorter := left(whole, i - 1) || substr(whole, i + 1);
            stumps := stumps || shorter;
            if slips = 2 then
                for j in i .. char_length(shorter) loop
                    stumps := stumps || (left(shorter, j - 1) || substr(shorter, j + 1));
                end loop;
            end if;
        end loop;
    end if;
    return stumps;
end $$;

-- How far a word is from what was typed: its edits, two letters swapped being
-- one; null if it is too far.
create function search_distance(typed text, word text) returns int language sql immutable strict parallel safe return
    case
        when levenshtein_less_equal(typed, word, 2) <= search_slips(typed) then levenshtein_less_equal(typed, word, 2)
        when levenshtein_less_equal(typed, word, 2) = 2 and search_slips(typed) = 1
            and char_length(typed) = char_length(word)
            and array(select l from unnest(string_to_array(typed, null)) l order by l)
                = array(select l from unnest(string_to_array(word, null)) l order by l) then 1
    end;

-- Whom a text in the index is for: who may read both the entry and, if the text
-- is a channel's, the channel. Owners choose few such audiences, so each has a
-- number, and the rule is asked once for each instead of for each entry.
create table search_audience (
    id             int    generated always as identity primary key,
    state          text   not null, -- '' where it makes no difference: nothing is for selected states
    audience       text   not null,
    named          text[] not null,
    inner_audience text   not null,
    inner_named    text[] not null,
    constraint search_audience_once unique (state, audience, named, inner_audience, inner_named)
);

-- A text of an entry in use: of the entry itself, and of the entry with those
-- channels that are for fewer. Beside its words the document holds each word of
-- its names with # before it, the number of its audience with @, and with = what
-- it can be narrowed by: none of them begins a word. Like what follows it is made
-- out of other tables, so no foreign key is asked for each row.
create table search_text (
    entry    uuid     not null,
    audience int      not null,
    basis    text     not null,
    document tsvector not null,
    primary key (entry, audience)
);
create index search_text_document on search_text using gin (document);
create index search_text_order on search_text (basis, entry); -- for words that are nearly everywhere

-- The distinct words for each audience, and in how many of its texts they are.
-- A word goes with the last text that has it.
create table search_word (
    word     text collate "C" not null,
    audience int              not null,
    uses     int              not null constraint search_word_is_used check (uses > 0),
    stumps   text[]           not null,
    primary key (word, audience)
) with (fillfactor = 70);
create index search_word_stumps on search_word using gin (stumps);

-- Whose is it: numbers, addresses, hosts and fingerprints as they are looked up.
-- They are equal or not, which an index finds behind row-level security too.
create table search_value (
    entry   uuid not null,
    channel uuid,
    state   text not null,
    sort    text not null constraint search_value_sort_known check (sort in ('phone', 'email', 'domain', 'fingerprint')),
    value   text not null
);
create index search_value_value on search_value (value, sort);
create index search_value_entry on search_value (entry);

-- The entries that the transaction has changed, and whose index is to follow
-- when it commits. Empty between transactions.
create table search_due (
    entry uuid primary key
);

-- The audiences that the actor may read: the rule itself, asked once for each.
create function search_readable() returns int[]
language sql stable security definer set search_path = pg_catalog, public
    return array(
        select a.id
        from public.search_audience a
        where actor_may_read(a.state, a.audience, a.named)
        and actor_may_read(a.state, a.inner_audience, a.inner_named));

-- The same as a query that any other is narrowed with. Nobody's finds nothing.
create function search_scope() returns tsquery
language sql stable security definer set search_path = pg_catalog, public
    return (select coalesce(string_agg('''@' || n || '''', '|'), '''@''') from unnest(search_readable()) n)::tsquery;

-- What a word is taken for, out of the words that the actor may read: itself, if
-- it is one; if it may be unfinished, words that it begins; if there is neither,
-- or if it is to be respelt, those that it may be a slip for. Their number is
-- bounded after the actor's own are chosen, so nobody else's crowd them out.
create function search_spelling(typed text, unfinished boolean, respelt boolean) returns table (word text, uses bigint, sort text)
language plpgsql stable security definer set search_path = pg_catalog, public set jit = off as $$
declare
    readable int[] := search_readable();
    known bool := false;
begin
    return query
        select w.word::text, sum(w.uses), 'exact'
        from search_word w
        where w.word = typed and w.audience = any (readable)
        group by w.word;
    known := found;
    if unfinished and char_length(typed) > 1 then
        return query
            select c.word::text, sum(c.uses), 'begun'
            from (
                select w.word, w.uses
                from search_word w
                where w.word > typed and w.word < typed || U&'\+10FFFF' and w.audience = any (readable)
                order by w.word
                limit 5000
            ) c
            group by c.word
            order by 2 desc, 1
            limit 20;
        known := known or found;
    end if;
    if respelt or not known then
        return query
            select c.word::text, c.uses, 'respelt'
            from (
                select w.word, sum(w.uses) as uses, search_distance(typed, w.word) as distance
                from search_word w
                where w.stumps && search_stumps(typed) and w.word <> typed and w.audience = any (readable)
                group by w.word
            ) c
            where c.distance is not null
            order by c.distance, c.uses desc, c.word
            limit 5;
    end if;
end $$;

-- The best of the entries that the actor may read and a query finds: by how well
-- it fits, then those that a state nominated, then by id. A query that thousands
-- fit is answered with the best of a thousand of either basis.
create function search_entries(query tsquery, most int) returns table (entry uuid, rank real)
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

-- The same for words that are nearly everywhere, for which reading the first few
-- thousand entries is quicker than the index. It finds what is among those.
create function search_frequent(query tsquery, most int) returns table (entry uuid, rank real)
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

-- The texts of entries in use, with their weight: A names and titles, B persons
-- and issuers, C what is said at length, D addresses and what an entry is of.
-- Channels that are removed or dead say nothing.
create function search_passages(entries uuid[])
returns table (entry uuid, channel uuid, audience text, named text[], weight text, passage text)
language sql stable as $$
    select e.id, null::uuid, e.audience, e.audience_states, p.weight, p.passage
    from entry e
    join state t on t.alpha2 = e.state
    left join organisation o on o.id = e.id
    left join contact c on c.id = e.id
    left join strategy s on s.id = e.id
    cross join lateral (values
        ('A', concat_ws(' ', o.name, o.name_latin, o.name_en, c.office_title, c.office_title_en, s.original_title,
            (select string_agg(v.value, ' ' order by v.key) from jsonb_each_text(s.titles) v))),
        ('B', concat_ws(' ', c.person ->> 'name', c.person ->> 'name_latin', c.person ->> 'position', s.issuing_body)),
        ('C', concat_ws(' ', o.address, o.note, c.note, array_to_string(c.sectors || c.capabilities || c.networks, ' '),
            (select string_agg(v.value, ' ' order by v.key) from jsonb_each_text(s.summaries) v),
            (select string_agg(w.value, ' ' order by v.key, w.place)
                from jsonb_each(s.objectives) v
                cross join jsonb_array_elements_text(v.value) with ordinality w (value, place)))),
        ('D', concat_ws(' ', t.name_en, t.name_pl, t.alpha2, t.alpha3, e.kind, o.website))
    ) p (weight, passage)
    where e.id = any (entries) and e.standing = 'active'
    union all
    select h.contact, h.id, h.audience, h.audience_states, 'D', concat_ws(' ', h.note, case when h.type <> 'phone' then h.value end)
    from channel h
    join entry e on e.id = h.contact
    where h.contact = any (entries) and e.standing = 'active' and h.removed_at is null and h.dead_at is null
$$;

-- The documents of entries, one for the entry's own audience and one for each
-- narrower one of its channels. A text of more than half a megabyte is cut: a
-- tsvector holds no more than one.
create function search_documents(entries uuid[])
returns table (entry uuid, audience int, basis text, document tsvector)
language sql stable as $$
    with passage as materialized (
        select p.entry, p.channel, p.audience, p.named, p.weight, search_words(p.passage) as words
        from search_passages(entries) p
    ), wanted as (
        select distinct o.entry, o.audience, o.named, i.audience as inner_audience, i.named as inner_named
        from passage o
        join passage i on i.entry = o.entry and (i.channel is not null or i.weight = 'A')
        where o.channel is null and o.weight = 'A'
    ), word as (
        select w.entry, a.id as audience, p.weight, left(t.word, 60) as word,
            row_number() over each as place,
            sum(octet_length(t.word) + 8) over each as length
        from wanted w
        join entry e on e.id = w.entry
        join search_audience a on a.audience = w.audience and a.named = w.named
            and a.inner_audience = w.inner_audience and a.inner_named = w.inner_named
            and a.state = case when 'selected' in (w.audience, w.inner_audience) then e.state else '' end
        join passage p on p.entry = w.entry
            and (p.channel is null or p.audience = w.inner_audience and p.named = w.inner_named)
        cross join lateral unnest(p.words) with ordinality t (word, place)
        window each as (partition by w.entry, a.id order by p.weight, p.channel, t.place)
    )
    select w.entry, w.audience, e.basis,
        (string_agg(case w.weight when 'A' then '''#' || w.word || ''':' || least(w.place, 16383) || 'A ' else '' end
                || '''' || w.word || ''':' || least(w.place, 16383) || w.weight, ' ')
            || format(' ''@%s'' ''=noun:%s'' ''=state:%s'' ''=kind:%s'' ''=basis:%s''', w.audience, e.noun, e.state, e.kind, e.basis))::tsvector
    from word w
    join entry e on e.id = w.entry
    where w.length < 500000
    group by w.entry, w.audience, e.id
$$;

-- What of entries is looked up whole. A host is found by itself and by each
-- domain above it; an OpenPGP key also by its long key id.
create function search_values(entries uuid[]) returns table (entry uuid, channel uuid, state text, sort text, value text)
language sql stable as $$
    with address as (
        select h.contact as entry, h.id as channel, h.type, lower(h.value collate "und-x-icu") as value
        from channel h
        where h.contact = any (entries) and h.removed_at is null and h.dead_at is null
        union all
        select o.id, null, 'website', lower(a.url collate "und-x-icu")
        from organisation o
        cross join lateral (values (o.website), (o.rfc2350_url), (o.security_txt_url)) a (url)
        where o.id = any (entries)
    ), host as (
        select a.entry, a.channel, string_to_array(
            case when a.type = 'email' then split_part(a.value, '@', 2) else substring(a.value from '^https?://([^/:?#]+)') end,
            '.') as labels
        from address a
        where a.type <> 'phone'
    )
    select v.entry, v.channel, e.state, v.sort, v.value
    from (
        select a.entry, a.channel, a.type as sort, a.value
        from address a
        where a.type in ('phone', 'email')
        union
        select h.entry, h.channel, 'domain', array_to_string(h.labels[i:], '.')
        from host h
        cross join generate_series(1, cardinality(h.labels) - 1) i
        union
        select k.contact, null, 'fingerprint', f.value
        from contact_key k
        cross join lateral (values
            (k.fingerprint),
            (case when k.type = 'openpgp' and length(k.fingerprint) = 40 then right(k.fingerprint, 16)
                when k.type = 'openpgp' and length(k.fingerprint) = 64 then left(k.fingerprint, 16) end)) f (value)
        where k.contact = any (entries) and f.value is not null
    ) v
    join entry e on e.id = v.entry
    where e.standing = 'active'
$$;

-- Brings the index of some entries up to what their tables say. Words are counted
-- once for all of them, so that an import touches a word's row once.
create function search_index(entries uuid[]) returns void
language plpgsql set search_path = pg_catalog, public set jit = off as $$
declare
    drafts search_text[];
    gone search_word[];
    counted search_word[];
begin
    insert into search_audience (state, audience, named, inner_audience, inner_named)
    select distinct case when 'selected' in (e.audience, i.audience) then e.state else '' end,
        e.audience, e.audience_states, i.audience, i.named
    from entry e
    cross join lateral (
        select e.audience, e.audience_states
        union all
        select h.audience, h.audience_states
        from channel h
        where h.contact = e.id and h.removed_at is null
    ) i (audience, named)
    where e.id = any (entries) and e.standing = 'active'
    on conflict do nothing;

    drafts := array(select (d.entry, d.audience, d.basis, d.document)::search_text from search_documents(entries) d);

    with dropped as (
        delete from search_text t
        where t.entry = any (entries)
        and not exists (
            select
            from unnest(drafts) d
            where d.entry = t.entry and d.audience = t.audience and d.basis = t.basis and d.document = t.document)
        returning t.audience, t.document
    )
    select array_agg((w.word, w.audience, -w.uses, '{}')::search_word) into gone
    from (
        select w.word, d.audience, count(*)::int as uses
        from dropped d
        cross join unnest(tsvector_to_array(d.document)) w (word)
        where w.word !~ '^[#@=]'
        group by w.word, d.audience
    ) w;

    with added as (
        insert into search_text (entry, audience, basis, document)
        select d.entry, d.audience, d.basis, d.document
        from unnest(drafts) d
        on conflict do nothing -- the same as before
        returning audience, document
    )
    select array_agg((w.word, w.audience, w.uses, '{}')::search_word) into counted
    from (
        select w.word, w.audience, sum(w.uses)::int as uses
        from (
            select w.word, a.audience, 1 as uses
            from added a
            cross join unnest(tsvector_to_array(a.document)) w (word)
            where w.word !~ '^[#@=]'
            union all
            select g.word, g.audience, g.uses
            from unnest(gone) g
        ) w
        group by w.word, w.audience
        having sum(w.uses) <> 0
    ) w;

    delete from search_word w
    using unnest(counted) c
    where w.word = c.word and w.audience = c.audience and w.uses + c.uses <= 0;
    update search_word w
    set uses = w.uses + c.uses
    from unnest(counted) c
    where w.word = c.word and w.audience = c.audience and w.uses + c.uses > 0;
    insert into search_word (word, audience, uses, stumps)
    select c.word, c.audience, c.uses, search_stumps(c.word)
    from unnest(counted) c
    where c.uses > 0 and not exists (select from search_word w where w.word = c.word and w.audience = c.audience);

    with wanted as materialized (
        select v.entry, v.channel, v.state, v.sort, v.value
        from search_values(entries) v
    ), dropped as (
        delete from search_value o
        where o.entry = any (entries)
        and not exists (
            select
            from wanted w
            where w.entry = o.entry and w.channel is not distinct from o.channel and w.sort = o.sort and w.value = o.value)
    )
    insert into search_value (entry, channel, state, sort, value)
    select w.entry, w.channel, w.state, w.sort, w.value
    from wanted w
    where not exists (
        select
        from search_value o
        where o.entry = w.entry and o.channel is not distinct from w.channel and o.sort = w.sort and o.value = w.value);
end $$;

-- Makes the whole index anew: after a change of what it holds, or of the states'
-- names. Nobody writes meanwhile.
create function search_rebuild() returns void
language plpgsql set search_path = pg_catalog, public as $$
declare
    batch uuid[];
    after uuid := '00000000-0000-0000-0000-000000000000';
begin
    lock table entry in share mode;
    truncate search_text, search_word, search_value;
    loop
        batch := array(select e.id from entry e where e.id > after and e.standing = 'active' order by e.id limit 1000);
        exit when batch = '{}';
        perform search_index(batch);
        after := batch[cardinality(batch)];
    end loop;
end $$;

-- The index follows with the transaction that changes an entry, as it commits:
-- each act writes the entry's row, whatever else it writes before or after it.
create function search_note() returns trigger
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    insert into search_due (entry)
    values (new.id)
    on conflict do nothing;
    return null;
end $$;
create trigger search_note after insert or update on entry for each row execute function search_note();

-- The first entry that is due brings all with it.
create function search_follow() returns trigger
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    due uuid[];
begin
    if exists (select from search_due d where d.entry = new.entry) then
        with taken as (
            delete from search_due d
            returning d.entry
        )
        select array_agg(t.entry order by t.entry) into due from taken t;
        for i in 1 .. cardinality(due) by 500 loop
            perform search_index(due[i : i + 499]);
        end loop;
    end if;
    return null;
end $$;
create constraint trigger search_follow after insert on search_due
    deferrable initially deferred for each row execute function search_follow();

select search_rebuild();

grant select on search_value to pocreg_server;
revoke execute on function search_index(uuid[]), search_rebuild() from public;

-- Without a grant or a policy: these are nobody's but the owner's.
alter table search_audience enable row level security, force row level security;
alter table search_text enable row level security, force row level security;
alter table search_word enable row level security, force row level security;
alter table search_due enable row level security, force row level security;
alter table search_value enable row level security, force row level security;

create policy search_value_select on search_value for select using (
    exists (select from entry e where e.id = search_value.entry)
    and (channel is null or exists (select from channel h where h.id = search_value.channel)));
