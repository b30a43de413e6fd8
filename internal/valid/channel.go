package valid

// Channel returns the one spelling of a way to reach somebody: a phone number in
// E.164, read as in the state (alpha-2) unless it begins with +; a mailbox, a web
// form's address or a messaging address as it is. The error says what to do.
func Channel(kind, value, state string) (string, error) {
	switch kind {
	case "phone":
		return Phone(value, state)
	case "email":
		return value, Form("mailbox", value)
	case "web_form":
		return value, Form("https", value)
	default:
		return value, Form("line", value)
	}
}

// ChannelUse returns what is wrong with a channel's usage and protocol for its
// kind, or "".
func ChannelUse(kind, usage, protocol string) string {
	switch {
	case kind == "phone" && usage == "":
		return "say what the phone is in usage: duty, office, mobile, satellite or fax"
	case kind != "phone" && usage != "":
		return "leave usage out: it goes with a phone only"
	case kind == "messaging" && protocol == "":
		return "say in protocol by what it is reached: signal, matrix, xmpp, …"
	case kind != "messaging" && protocol != "":
		return "leave protocol out: it goes with messaging only"
	default:
		return ""
	}
}
