package httpapi_test

import "strings"

func badSubscriptions() []bad {
	const path = "/v1/subscriptions"
	return []bad{
		{"told at no time", "delegate EE", "POST", path, object{}, nil, "invalid", "/delivery"},
		{"told at an unknown time", "delegate EE", "POST", path, object{"delivery": "weekly"}, nil, "invalid", "/delivery"},
		{"of the own state", "delegate EE", "POST", path, object{"delivery": "daily", "state": "EE"}, nil, "invalid", "/state"},
		{"of a state that takes no part", "delegate EE", "POST", path, object{"delivery": "daily", "state": "QQ"}, nil, "invalid", "/state"},
		{"of a state by another code", "delegate EE", "POST", path, object{"delivery": "daily", "state": "LVA"}, nil, "invalid", "/state"},
		{"of an unknown kind", "delegate EE", "POST", path, object{"delivery": "daily", "kind": "person"}, nil, "invalid", "/kind"},
		{"of an unknown framework", "delegate EE", "POST", path, object{"delivery": "daily", "framework": "UN"}, nil, "invalid", "/framework"},
		{"of a framework that is long", "delegate EE", "POST", path, object{"delivery": "daily", "framework": strings.Repeat("X", 41)}, nil, "invalid", "/framework"},
		{"for somebody else", "delegate EE", "POST", path, object{"delivery": "daily", "account": nothing}, nil, "malformed", "/account"},
		{"a partner's", "partner EE", "POST", path, object{"delivery": "daily"}, nil, "forbidden", ""},
		{"without a token", "", "POST", path, object{"delivery": "daily"}, nil, "unauthenticated", ""},
		{"none that there is ended", "delegate EE", "DELETE", path + "/" + nothing, nil, nil, "not-found", ""},
		{"what is no id ended", "delegate EE", "DELETE", path + "/mine", nil, nil, "not-found", ""},
		{"a list of another's", "delegate EE", "GET", path + "?account=" + nothing, nil, nil, "malformed", "/account"},
		{"none that there is", "delegate EE", "GET", path + "/" + nothing, nil, nil, "not-found", ""},
	}
}
