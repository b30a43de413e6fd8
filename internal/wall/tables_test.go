package wall_test

// table is a table with rows of states, and what the tests say to it.
type table struct {
	name string
	key  string // of a row, as the server asks for it
	rows string // what the owner knows of each row: key, class, state, account, reads, history
	set  string // changes nothing of a row that may be changed; "" where none may be
	gone bool   // whether rows may be deleted
}

// What a reader must be allowed to read, to read a row, and what the row is of.
const (
	readsEntry   = `jsonb_build_array(jsonb_build_object('Audience', e.audience, 'Named', e.audience_states))`
	readsChannel = `jsonb_build_array(jsonb_build_object('Audience', e.audience, 'Named', e.audience_states),
		jsonb_build_object('Audience', h.audience, 'Named', h.audience_states))`
	classOfEntry = `concat_ws(' ', e.noun, e.kind, e.basis, case when e.basis = 'public_source' then 'found' end)`
)

func detail(name, id, key string) table {
	return table{
		name: name, key: key,
		rows: `select ` + key + `, ` + classOfEntry + `, e.state, '', ` + readsEntry + `, null::jsonb
			from ` + name + ` d
			join entry e on e.id = d.` + id,
	}
}

func plain(name, key, state string) table {
	return table{name: name, key: key, rows: `select ` + key + `, '', ` + state + `, '', null::jsonb, null::jsonb from ` + name + ` d`}
}

func updated(t table, set string) table { t.set = set; return t }

func deleted(t table) table { t.gone = true; return t }

// tables are all tables with rows of states.
var tables = []table{
	{
		name: "entry", key: `d.id::text`, set: `tlp = tlp`,
		rows: `select e.id::text, ` + classOfEntry + `, e.state, '', ` + readsEntry + `, null::jsonb from entry e`,
	},
	updated(detail("organisation", "id", `d.id::text`), `note = note`),
	updated(detail("contact", "id", `d.id::text`), `note = note`),
	updated(detail("strategy", "id", `d.id::text`), `status = status`),
	deleted(detail("external_id", "entry_id", `d.entry_id::text || d.system`)),
	deleted(detail("source", "entry_id", `d.entry_id::text || d.position`)),
	deleted(detail("contact_key", "contact", `d.contact::text || d.fingerprint`)),
	{
		name: "channel", key: `d.id::text`, set: `note = note`,
		rows: `select h.id::text, ` + classOfEntry + `, e.state, '', ` + readsChannel + `, null::jsonb
			from channel h
			join entry e on e.id = h.contact`,
	},
	{
		name: "search_value", key: `concat_ws(' ', d.entry, d.sort, d.value, d.channel)`,
		rows: `select concat_ws(' ', v.entry, v.sort, v.value, v.channel), ` + classOfEntry + `, e.state, '',
				` + readsEntry + ` || case when h.id is null then '[]'::jsonb else ` + readsChannel + ` end, null::jsonb
			from search_value v
			join entry e on e.id = v.entry
			left join channel h on h.id = v.channel`,
	},
	{
		name: "suspension", key: `d.entry::text || d.imposed_by`, set: `reason = reason`,
		rows: `select s.entry::text || s.imposed_by, concat_ws(' ', 'of_' || s.imposed_by, e.audience), e.state, '', ` + readsEntry + `, null::jsonb
			from suspension s
			join entry e on e.id = s.entry`,
	},
	{
		name: "suggestion", key: `d.id::text`, set: `version = version`,
		rows: `select s.id::text, case when s.from_state is null then 'of_secretariat' else '' end, s.state, '',
				jsonb_build_array(jsonb_build_object('Audience', s.audience, 'Named', array[s.from_state])), null::jsonb
			from suggestion s`,
	},
	plain("state", `d.alpha2`, `d.alpha2`),
	plain("participation", `d.state || d.since`, `d.state`),
	plain("co_chair", `d.state || d.since`, `d.state`),
	plain("membership", `d.framework || d.state`, `d.state`),
	updated(plain("state_instruments", `d.state`, `d.state`), `version = version`),
	{
		name: "delegation", key: `d.id::text`, set: `version = version`,
		rows: `select d.id::text, '', d.state, '', '[{"Audience": "participants"}]'::jsonb, null::jsonb from delegation d`,
	},
	{
		name: "account", key: `d.id::text`,
		rows: `select d.id::text, '', coalesce(d.state, ''), d.id::text, null::jsonb, null::jsonb from account d`,
	},
	{
		name: "proposal", key: `d.id::text`,
		set: `status = case when proposed_by = actor_account() and proposed_role = actor_role() then 'withdrawn' else 'declined' end,
			decided_by = actor_account(), decided_role = actor_role(), decided_at = now(), word = 'Tried'`,
		rows: `select d.id::text, concat_ws(' ', 'of_' || d.proposed_role, array_to_string(d.kinds, ' ')), d.state, d.proposed_by::text, null::jsonb, null::jsonb from proposal d`,
	},
	credential("role_grant"),
	credential("token"),
	updated(ofAccount("person", `d.account::text`, `''`), `disabled_at = now()`),
	{
		name: "invitation", key: `d.id::text`, set: `version = version`,
		rows: `select d.id::text, concat_ws(' ', d.purpose, d.role, case when d.state is null then 'stateless' end), coalesce(d.state, ''),
				coalesce(d.invited_by::text, ''), null::jsonb, null::jsonb
			from invitation d`,
	},
	// It wants a session that stands: what ends sessions comes after it.
	updated(deleted(plain("token_opening", `d.token::text`, `''`)), `until = until`),
	updated(deleted(ofAccount("session", `d.id::text`, `d.kind`)), `ended_at = now()`),
	deleted(ofAccount("signin_event", `d.id::text`, `''`)),
	// How people sign in is for the registry's own eyes.
	updated(plain("invitation_secret", `d.invitation::text`, `''`), `tries = tries`),
	updated(deleted(plain("passkey", `d.id::text`, `''`)), `label = label`),
	updated(deleted(plain("password", `d.account::text`, `''`)), `hash = hash`),
	updated(deleted(plain("totp", `d.account::text`, `''`)), `last_step = last_step`),
	updated(deleted(plain("printed_code", `d.account::text || d.number`, `''`)), `used_at = used_at`),
	deleted(plain("ceremony", `encode(d.hash, 'hex')`, `''`)),
	updated(deleted(plain("known_browser", `encode(d.hash, 'hex')`, `''`)), `seen_at = seen_at`),
	updated(deleted(plain("signin_attempt", `encode(d.name, 'hex')`, `''`)), `tries = tries`),
	updated(plain("identity_provider", `d.id::text`, `d.state`), `version = version`),
	updated(deleted(plain("identity_provider_secret", `d.provider::text`, `''`)), `sealed = sealed`),
	updated(deleted(plain("provider_subject", `d.provider::text || d.subject`, `''`)), `subject = subject`),
	plain("invitation_link", `encode(d.link_hash, 'hex')`, `''`),
	// What people are told of is between them and the registry.
	plain("notice", `d.event || d.recipient`, `''`),
	updated(plain("digest", `d.account::text`, `''`), `version = version`),
	deleted(ofAccountAlone("subscription", `d.id::text`)),
	{
		name: "token_freeze", key: `d.token::text || d.imposed_by`, set: `reason = reason`,
		rows: `select f.token::text || f.imposed_by, concat_ws(' ', 'of_' || f.imposed_by, t.role, case when t.state is null then 'stateless' end),
				coalesce(t.state, ''), t.account::text, null::jsonb, null::jsonb
			from token_freeze f
			join token t on t.id = f.token`,
	},
	{
		name: "person_freeze", key: `d.account::text || d.imposed_by`, set: `reason = reason`,
		rows: `select f.account::text || f.imposed_by, concat_ws(' ', 'of_' || f.imposed_by, case when exists (
					select from role_grant g where g.account = f.account and g.role = 'head_of_delegation' and g.revoked_at is null) then 'head_of_delegation' end,
					case when a.state is null then 'stateless' end),
				coalesce(a.state, ''), a.id::text, null::jsonb, null::jsonb
			from person_freeze f
			join account a on a.id = f.account`,
	},
	{
		name: "trail_change", key: `d.version || '.' || d.ordinal`,
		rows: `select c.version || '.' || c.ordinal, '', coalesce(c.state, ''), '', null::jsonb, ` + history + ` from ` + changes,
	},
	{
		name: "trail_part", key: `d.version || '.' || d.ordinal || '.' || d.part`,
		rows: `select p.version || '.' || p.ordinal || '.' || p.part, '', coalesce(c.state, ''), '', null::jsonb, ` + history + `
			from ` + changes + `
			join trail_part p on p.version = c.version and p.ordinal = c.ordinal`,
	},
	{
		name: "trail_content", key: `d.version || '.' || d.ordinal || '.' || d.part`,
		rows: `select t.version || '.' || t.ordinal || '.' || t.part, case when p.name ~ '^(channel_)?audience_state' then 'names' else '' end,
				coalesce(c.state, ''), '',
				jsonb_build_array(jsonb_build_object('Audience', t.audience, 'Named', t.audience_states))
					|| case when e.id is null then '[]'::jsonb else ` + readsEntry + ` end
					|| case when h.id is null then '[]'::jsonb else ` + readsChannel + ` end
					|| case when l.id is null then '[]'::jsonb
						else jsonb_build_array(jsonb_build_object('Audience', l.audience, 'Named', l.audience_states)) end,
				` + history + `
			from ` + changes + `
			join trail_part p on p.version = c.version and p.ordinal = c.ordinal
			join trail_content t on t.version = p.version and t.ordinal = p.ordinal and t.part = p.part
			left join channel h on h.id = t.channel
			left join entry l on l.id = t.link`,
	},
	plain("trail_leaf", `d.version::text`, `''`),
}

// changes are the trail's, with the entries that they were made to; history is
// who may read those: then, and now.
const (
	changes = `trail_change c left join entry e on e.id = c.entry`
	history = `case when e.id is not null then
		jsonb_build_array(jsonb_build_object('Audience', c.audience, 'Named', c.audience_states)) || ` + readsEntry + ` end`
)

// ofAccount is a table whose rows are of people.
func ofAccount(name, key, class string) table {
	return table{
		name: name, key: key,
		rows: `select ` + key + `, ` + class + `, coalesce(d.state, ''), coalesce(d.account::text, ''), null::jsonb, null::jsonb from ` + name + ` d`,
	}
}

// ofAccountAlone is a table whose rows are a person's own, whatever their state.
func ofAccountAlone(name, key string) table {
	return table{
		name: name, key: key,
		rows: `select ` + key + `, '', '', d.account::text, null::jsonb, null::jsonb from ` + name + ` d`,
	}
}

func credential(name string) table {
	return table{
		name: name, key: `d.id::text`, set: `version = version`,
		rows: `select d.id::text, concat_ws(' ', d.role, case when d.state is null then 'stateless' end), coalesce(d.state, ''),
				d.account::text, null::jsonb, null::jsonb
			from ` + name + ` d`,
	}
}
