-- bench.contacts more contacts, spread evenly over the states, past the door and
-- past the triggers, for speed. Eight in ten were nominated, nine in ten are in
-- use; of the nominated, one in eight is for selected states. Surnames are
-- distributed as people's are (Zipf), so that search meets rare ones and common
-- ones. The seed makes it the same register each time; rows go in by id, which
-- is how indexes like it.
set local session_replication_role = replica;
set local synchronous_commit = off;
set local jit = off;
select setseed(0.42);

create temp table syllable on commit drop as
select row_number() over () - 1 as number, text
from unnest('{ko,wal,ski,no,wak,ra,sen,ber,gar,cía,mül,ler,øs,ter,łu,kasz,ža,né,ti,mo,les,van,der,pet,rov,ić,ań,ska,dub,ois,rei,chen,ha,mid,zadeh,ok,tan,brze,zin}'::text[]) as text;

create temp table surname on commit drop as
select n as number, initcap(string_agg(s.text, '' order by i)) as text
from generate_series(1, 120000) n
cross join generate_series(1, 2 + n % 3) i
join syllable s on s.number = (hashint4(n * 7 + i) & 2147483647) % 39
group by n;
create unique index on surname (number);

create temp table office on commit drop as
select row_number() over () - 1 as number, a.text || ' ' || b.text as title, a.en || ' ' || b.en as title_en
from (values
	('Dyżurka', 'Duty desk'), ('Zespół reagowania', 'Response team'), ('Centrum operacyjne', 'Operations centre'),
	('Дежурная часть', 'Duty unit'), ('مركز العمليات', 'Operations room'), ('상황실', 'Situation room'),
	('Cellule de veille', 'Watch cell'), ('Lagezentrum', 'Situation centre')) a (text, en)
cross join (values
	('CERT', 'CERT'), ('energetyka', 'energy'), ('bankowość', 'banking'), ('zdrowie', 'health'), ('obrona', 'defence'),
	('Łódź', 'Lodz'), ('München', 'Munich'), ('São Paulo', 'Sao Paulo'), ('Київ', 'Kyiv'), ('서울', 'Seoul')) b (text, en);

create temp table draft on commit drop as
select md5('contact ' || n)::uuid as id, n as number, s.alpha2 as state,
	(array['diplomatic', 'technical', 'law_enforcement', 'policy'])[1 + n / 46 % 4] as kind,
	n % 5 > 0 as nominated, n % 10 <> 7 as active,
	least(120000, 1 + floor(exp(random() * ln(120000)))::int) as surname, random() as audience
from generate_series(1, current_setting('bench.contacts')::int) n
join (select alpha2, row_number() over (order by alpha2) - 1 as number from state) s on s.number = n % 46;

insert into entry (id, noun, state, kind, version, audience, audience_states, tlp, basis, standing, standing_since,
	created_at, changed_at, nominated_at, confirmed_at)
select d.id, 'contact', d.state, d.kind, h.version, a.audience,
	case when a.audience = 'selected' then array[s.codes[1 + (d.number + 1) % 46]] else '{}' end,
	'TLP:GREEN', case when d.nominated then 'nominated' else 'public_source' end,
	case when d.active then 'active' else 'retired' end, now(), now(), now(),
	case when d.nominated then now() end, case when d.nominated then now() end
from draft d
cross join register_head h
cross join (select array_agg(alpha2 order by alpha2) as codes from state) s
cross join lateral (
	select case when not d.nominated or d.audience < 0.5 then 'public' when d.audience < 0.875 then 'participants' else 'selected' end
) a (audience)
order by d.id;

insert into contact (id, state, kind, rank, covers, sectors, networks, office_title, office_title_en, person, languages,
	capabilities)
select d.id, d.state, d.kind, 1 + d.number % 9, '{}', '{}', '{}', o.title || ' ' || d.number / 1000, o.title_en || ' ' || d.number / 1000,
	jsonb_build_object('name', 'Ada ' || s.text), case when d.number % 3 = 0 then '{en,fr}' else '{en}' end::text[],
	case when d.number % 1000 = 0 then '{malware_analysis}' else '{}' end::text[]
from draft d
join office o on o.number = d.number % 80
join surname s on s.number = d.surname
order by d.id;

insert into channel (id, contact, state, position, type, usage, value, audience, audience_states, changed_at)
select (left(d.id::text, 35) || c.position)::uuid, d.id, d.state, c.position, c.type, c.usage, c.value,
	e.audience, e.audience_states, now()
from draft d
join entry e on e.id = d.id
cross join lateral (values
	(0, 'email', null, 'desk' || d.number || '@cert' || d.number % 5000 || '.' || lower(d.state) || '.example'),
	(1, 'phone', 'duty', '+48' || 220000000 + d.number)) c (position, type, usage, value)
order by d.id, c.position;

update register_head
set epoch = replace(gen_random_uuid()::text, '-', '');
