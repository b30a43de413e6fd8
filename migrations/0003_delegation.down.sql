drop table token_use, token, role_grant, account, delegation;
drop function credential_stands, actor_may_appoint;
drop extension btree_gist;
