-- All that a migration can make in the schema, one thing a row, but for what
-- golang-migrate keeps for itself and what belongs to an extension.
with ours as (
    select c.oid, c.relname, c.relkind, c.relacl, c.relrowsecurity, c.relforcerowsecurity, c.reloptions
    from pg_class c
    where c.relnamespace = 'public'::regnamespace
    and c.relname !~ '^schema_migrations'
    and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
)
select format('column %s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
    case when a.attnotnull then 'not null' end, pg_get_expr(d.adbin, d.adrelid)) as thing
from ours c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relkind in ('r', 'v')
union all
select format('constraint %s %s %s', c.relname, k.conname, pg_get_constraintdef(k.oid))
from ours c
join pg_constraint k on k.conrelid = c.oid
union all
select format('index %s', pg_get_indexdef(c.oid))
from ours c
where c.relkind = 'i'
union all
select format('view %s %s %s', c.relname, c.reloptions, pg_get_viewdef(c.oid))
from ours c
where c.relkind = 'v'
union all
select format('security %s %s %s', c.relname, c.relrowsecurity, c.relforcerowsecurity)
from ours c
where c.relkind = 'r'
union all
select format('other %s %s', c.relkind, c.relname)
from ours c
where c.relkind not in ('r', 'v', 'i')
union all
select format('policy %s %s %s %s %s using %s check %s',
    p.tablename, p.policyname, p.permissive, p.roles, p.cmd, p.qual, p.with_check)
from pg_policies p
where p.schemaname = 'public'
union all
select format('trigger %s', pg_get_triggerdef(g.oid))
from ours c
join pg_trigger g on g.tgrelid = c.oid and not g.tgisinternal
union all
select format('function %s %s', pg_get_functiondef(f.oid), f.proacl)
from pg_proc f
where f.pronamespace = 'public'::regnamespace
and f.prokind = 'f'
and not exists (select from pg_depend d where d.objid = f.oid and d.deptype = 'e')
union all
select format('type %s', y.typname)
from pg_type y
where y.typnamespace = 'public'::regnamespace
and y.typtype in ('e', 'd', 'r')
and not exists (select from pg_depend d where d.objid = y.oid and d.deptype = 'e')
union all
select format('grant %s %s', c.relname, g)
from ours c
cross join lateral unnest(c.relacl) g
union all
select format('grant %s.%s %s', c.relname, a.attname, g)
from ours c
join pg_attribute a on a.attrelid = c.oid
cross join lateral unnest(a.attacl) g
union all
select format('extension %s', x.extname)
from pg_extension x
where x.extname <> 'plpgsql'
order by thing
