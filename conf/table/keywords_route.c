/*
 * The options of addresses, routes and routing rules.  How to read a row: keyword.h.
 *
 * Those of routes and rules are iproute2's words, with keepalived's few of its own; what stands in
 * virtual_routes and static_routes differs only in who may follow a track_group.
 */
#include <linux/rtnetlink.h>

#include "conf/table/keyword_rows.h"
#include "conf/table/word.h"

static const struct choice lifetimes[] = {{"forever", ADDRESS_FOREVER}, {0}};
static const struct choice scopes[] = {
	{"global", RT_SCOPE_UNIVERSE}, {"site", RT_SCOPE_SITE},	      {"link", RT_SCOPE_LINK},
	{"host", RT_SCOPE_HOST},       {"nowhere", RT_SCOPE_NOWHERE}, {0},
};
static const struct choice preferences[] = {{"low", 3}, {"medium", 0}, {"high", 1}, {0}};
static const struct choice switches[] = {{"disabled", 0}, {"enabled", 1}, {0}};

static const struct keyword address_rows[] = {
	{"dev", NAME(15), AT(struct address_conf, interface), SHOWN("INTERFACE"),
	 OTHERWISE("the instance's"), DOES("put the address on this interface")},
	{"scope", CHOICE(scopes), .max = 255, AT(struct address_conf, scope), DEFAULT("global"),
	 DOES("give the address this scope")},
	{"label", NAME(15), AT(struct address_conf, label), SHOWN("LABEL"),
	 DOES("label the address so (IPv4)")},
	{"brd", BROADCAST, AT(struct address_conf, broadcast), OTHERWISE("none"),
	 DOES("set this broadcast address; + and - compute it")},
	{"broadcast", BROADCAST, AT(struct address_conf, broadcast), ALIAS,
	 DOES("set this broadcast address; + and - compute it")},
	{"peer", FORM(word_prefix), SHOWN("ADDRESS[/LENGTH]"),
	 LACKS("set this as the other end of a point-to-point link")},
	{"preferred_lft", CHOICE(lifetimes), .max = ADDRESS_FOREVER - 1,
	 AT(struct address_conf, preferred_lft), DEFAULT("forever"), UNIT("s"),
	 OTHERWISE("forever; 0 for IPv6 addresses of length 128"),
	 DOES("prefer the address as a source for so long")},
	{"home", FLAG, LACKS("mark the address as a home address (IPv6)")},
	{"-nodad", FLAG, LACKS("detect duplicates of the address (IPv6)")},
	{"mngtmpaddr", FLAG, LACKS("make temporary addresses after this one (IPv6)")},
	{"noprefixroute", FLAG, LACKS("leave out the route to the address's network")},
	{"autojoin", FLAG, LACKS("join the multicast group that the address is")},
	{"no_track", FLAG, LACKS("run on while the address's interface is down")},
};
static const struct keyword virtual_address_rows[] = {
	{"use_vmac", FLAG, LACKS("use a virtual MAC address for it")},
};
static const struct keyword static_rows[] = {
	{"track_group", STRING, SHOWN("NAME"),
	 LACKS("add it again when an interface of that track_group returns")},
};

/* METRIC [lock] NUMBER; the same as an option with a word. */
#define LOCKED(name_, what)                                                    \
	{                                                                      \
		name_, LINE(ROUTE_METRIC), SHOWN("[lock] NUMBER"), LACKS(what) \
	}
#define LOCKED_TIME(name_, what)                                           \
	{                                                                  \
		name_, LINE(ROUTE_TIME), SHOWN("[lock] TIME"), LACKS(what) \
	}
#define ROUTE_TYPE(name_, what)          \
	{                                \
		name_, FLAG, LACKS(what) \
	}

static const struct keyword route_rows[] = {
	ROUTE_TYPE("unicast", "send packets to the gateway or the link"),
	ROUTE_TYPE("local", "deliver packets here"),
	ROUTE_TYPE("nat", "translate addresses"),
	ROUTE_TYPE("broadcast", "send packets as broadcasts"),
	ROUTE_TYPE("brd", "send packets as broadcasts"),
	ROUTE_TYPE("anycast", "deliver packets here, as anycast"),
	ROUTE_TYPE("multicast", "route multicast"),
	ROUTE_TYPE("prohibit", "refuse packets as prohibited"),
	ROUTE_TYPE("unreachable", "refuse packets as unreachable"),
	ROUTE_TYPE("blackhole", "drop packets"),
	ROUTE_TYPE("xresolve", "ask a resolver for the route"),
	ROUTE_TYPE("throw", "go on with the next table"),
	ROUTE_TYPE("inet", "make an IPv4 route"),
	ROUTE_TYPE("inet6", "make an IPv6 route"),
	{"to", FORM(word_prefix), SHOWN("PREFIX"), LACKS("make a route to this network")},
	{"src", IP, LACKS("prefer this source address")},
	{"from", FORM(word_prefix), SHOWN("PREFIX"),
	 LACKS("route packets from this network only (IPv6)")},
	{"via", LINE(ROUTE_VIA), SHOWN("[inet|inet6] ADDRESS"), MANY,
	 LACKS("send packets to this gateway")},
	{"gw", LINE(ROUTE_VIA), SHOWN("[inet|inet6] ADDRESS"), ALIAS,
	 LACKS("send packets to this gateway")},
	{"or", IP, LACKS("use this second gateway too")},
	{"dev", NAME(15), SHOWN("INTERFACE"), MANY, LACKS("send packets out of this interface")},
	{"oif", NAME(15), SHOWN("INTERFACE"), ALIAS, LACKS("send packets out of this interface")},
	{"vrf", STRING, SHOWN("NAME"), LACKS("put the route into the table of this VRF")},
	{"table", STRING, SHOWN("NUMBER|NAME"), DEFAULT("main"),
	 LACKS("put the route into this table")},
	{"metric", INTEGER(0, UINT32_MAX), LACKS("give the route this metric")},
	{"priority", INTEGER(0, UINT32_MAX), ALIAS, LACKS("give the route this metric")},
	{"preference", INTEGER(0, UINT32_MAX), ALIAS, LACKS("give the route this metric")},
	{"scope", STRING, SHOWN("NUMBER|NAME"), LACKS("give the route this scope")},
	{"protocol", STRING, SHOWN("NUMBER|NAME"), DEFAULT("keepalived"),
	 LACKS("mark the route as made by this protocol")},
	{"tos", STRING, SHOWN("NUMBER|NAME"), LACKS("route packets with this TOS only")},
	{"dsfield", STRING, SHOWN("NUMBER|NAME"), ALIAS, LACKS("route packets with this TOS only")},
	{"onlink", FLAG, MANY, LACKS("count the gateway as on the link")},
	{"realms", FORM(word_realms), SHOWN("[SOURCE/]DESTINATION"), MANY,
	 LACKS("give the route these realms (IPv4)")},
	{"expires", INTEGER(0, UINT32_MAX), UNIT("s"),
	 LACKS("let the route end after this time (IPv6)")},
	{"pref", CHOICE(preferences), DEFAULT("medium"),
	 LACKS("give the route this router preference (IPv6)")},
	LOCKED("mtu", "limit packets to this size"),
	LOCKED("advmss", "advertise this TCP segment size"),
	LOCKED_TIME("rtt", "begin with this round trip time"),
	LOCKED_TIME("rttvar", "begin with this variance of the round trip time"),
	LOCKED_TIME("rto_min", "wait at least so long before TCP sends again"),
	{"window", INTEGER(0, UINT32_MAX), LACKS("limit the TCP window to this")},
	LOCKED("cwnd", "limit the congestion window to this"),
	LOCKED("ssthresh", "begin with this slow start threshold"),
	LOCKED("reordering", "expect packets out of order by this much"),
	{"hoplimit", INTEGER(0, 255), LACKS("send packets with this hop limit")},
	{"initcwnd", INTEGER(0, UINT32_MAX), LACKS("begin with this congestion window")},
	{"initrwnd", INTEGER(0, UINT32_MAX), LACKS("begin with this receive window")},
	{"features", STRING, SHOWN("ecn"), LACKS("use these features of TCP")},
	{"quickack", INTEGER(0, 1), LACKS("acknowledge at once")},
	{"congctl", LINE(ROUTE_WORD), SHOWN("[lock] NAME"), LACKS("use this congestion control")},
	{"fastopen_no_cookie", INTEGER(0, 1), LACKS("open TCP fast without a cookie")},
	{"ttl-propagate", CHOICE(switches), LACKS("copy the TTL into MPLS labels")},
	{"nexthop", FLAG, MANY, LACKS("spread packets over several gateways")},
	{"weight", INTEGER(1, 256), MANY, LACKS("give this gateway its share")},
	{"encap", REST(1), SHOWN("mpls|ip|ip6|ila ..."), LACKS("put packets into a tunnel")},
	{"as", WORDS(1, 2), SHOWN("[to] ADDRESS"), LACKS("translate the address")},
	{"add", FLAG, LACKS("fail where there is such a route")},
	{"prepend", FLAG, LACKS("put the route before equal ones")},
	{"append", FLAG, LACKS("put the route behind equal ones")},
	{"no_track", FLAG, LACKS("stay Active when the route is deleted")},
};

static const struct keyword rule_rows[] = {
	{"not", FLAG, LACKS("select the packets that do not match")},
	{"inet", FLAG, LACKS("make an IPv4 rule")},
	{"inet6", FLAG, LACKS("make an IPv6 rule")},
	{"from", FORM(word_source), SHOWN("PREFIX|all"), LACKS("select packets from this network")},
	{"to", FORM(word_source), SHOWN("PREFIX|all"), LACKS("select packets to this network")},
	{"priority", INTEGER(0, UINT32_MAX), LACKS("give the rule this priority")},
	{"preference", INTEGER(0, UINT32_MAX), ALIAS, LACKS("give the rule this priority")},
	{"order", INTEGER(0, UINT32_MAX), ALIAS, LACKS("give the rule this priority")},
	{"iif", NAME(15), SHOWN("INTERFACE"), LACKS("select packets that come in here")},
	{"dev", NAME(15), SHOWN("INTERFACE"), ALIAS, LACKS("select packets that come in here")},
	{"oif", NAME(15), SHOWN("INTERFACE"), LACKS("select packets that go out here")},
	{"tos", STRING, SHOWN("NUMBER|NAME"), LACKS("select packets with this TOS")},
	{"dsfield", STRING, SHOWN("NUMBER|NAME"), ALIAS, LACKS("select packets with this TOS")},
	{"fwmark", FORM(word_mark), SHOWN("MARK[/MASK]"), LACKS("select packets with this mark")},
	{"realms", FORM(word_realms), SHOWN("[SOURCE/]DESTINATION"),
	 LACKS("give packets these realms")},
	{"suppress_prefixlength", INTEGER(0, 128),
	 LACKS("leave out routes with at most this length")},
	{"sup_pl", INTEGER(0, 128), ALIAS, LACKS("leave out routes with at most this length")},
	{"suppress_ifgroup", STRING, SHOWN("NUMBER|NAME"),
	 LACKS("leave out routes over this group of interfaces")},
	{"sup_group", STRING, SHOWN("NUMBER|NAME"), ALIAS,
	 LACKS("leave out routes over this group of interfaces")},
	{"tunnel-id", INTEGER(0, 999999999999999999), SHOWN("NUMBER"),
	 LACKS("select packets of this tunnel")},
	{"uidrange", FORM(word_uid_range), SHOWN("FIRST-LAST"),
	 LACKS("select packets of these users")},
	{"l3mdev", FLAG, LACKS("use the table of the packet's VRF")},
	{"protocol", STRING, SHOWN("NUMBER|NAME"), DEFAULT("keepalived"),
	 LACKS("mark the rule as made by this protocol")},
	{"ipproto", STRING, SHOWN("NUMBER|NAME"), LACKS("select packets of this protocol")},
	{"ip_proto", STRING, SHOWN("NUMBER|NAME"), ALIAS, LACKS("select packets of this protocol")},
	{"sport", FORM(word_port_range), SHOWN("PORT[-PORT]"),
	 LACKS("select packets from these ports")},
	{"dport", FORM(word_port_range), SHOWN("PORT[-PORT]"),
	 LACKS("select packets to these ports")},
	{"table", STRING, SHOWN("NUMBER|NAME"), LACKS("look routes up in this table")},
	{"lookup", STRING, SHOWN("NUMBER|NAME"), ALIAS, LACKS("look routes up in this table")},
	{"goto", INTEGER(0, UINT32_MAX), LACKS("go on with the rule of this priority")},
	{"nop", FLAG, LACKS("do nothing")},
	{"type", FLAG, LACKS("do what the next word says")},
	{"blackhole", FLAG, LACKS("drop packets")},
	{"prohibit", FLAG, LACKS("refuse packets as prohibited")},
	{"unreachable", FLAG, LACKS("refuse packets as unreachable")},
	{"no_track", FLAG, LACKS("stay Active when the rule is deleted")},
};

static const struct keyword route_heads[] = {{"PREFIX", FORM(word_prefix), OPTIONAL("")}};
static const struct keyword number_heads[] = {{"NUMBER", INTEGER(0, UINT32_MAX)}};
static const struct keyword time_heads[] = {{"TIME", FORM(word_time)}};
static const struct keyword word_heads[] = {{"NAME", STRING}};
static const struct keyword via_heads[] = {{"ADDRESS", IP}};
static const struct keyword lock_rows[] = {
	{"lock", FLAG, LACKS("keep the kernel from changing it")},
};
static const struct keyword via_rows[] = {
	{"inet", FLAG, LACKS("take it as an IPv4 address")},
	{"inet6", FLAG, LACKS("take it as an IPv6 address")},
};

DEFINE_BLOCK(ADDRESS, "virtual_ipaddress", PART(0, address_rows, 0),
	     PART(1, virtual_address_rows, 0));
DEFINE_BLOCK(EXCLUDED, "virtual_ipaddress_excluded", PART(0, address_rows, 0),
	     PART(1, virtual_address_rows, 0));
DEFINE_BLOCK(STATIC_ADDRESS, "static_ipaddress", PART(0, address_rows, 0), PART(1, static_rows, 0));
DEFINE_BLOCK(ROUTE, "virtual_routes", ROWS(route_rows), HEADS(route_heads, 0));
DEFINE_BLOCK(STATIC_ROUTE, "static_routes", PART(0, route_rows, 0), PART(1, static_rows, 0),
	     HEADS(route_heads, 0));
DEFINE_BLOCK(RULE, "virtual_rules", ROWS(rule_rows));
DEFINE_BLOCK(STATIC_RULE, "static_rules", PART(0, rule_rows, 0), PART(1, static_rows, 0));
DEFINE_BLOCK(ROUTE_METRIC, "a metric", ROWS(lock_rows), HEADS(number_heads, 1));
DEFINE_BLOCK(ROUTE_TIME, "a metric", ROWS(lock_rows), HEADS(time_heads, 1));
DEFINE_BLOCK(ROUTE_WORD, "congctl", ROWS(lock_rows), HEADS(word_heads, 1));
DEFINE_BLOCK(ROUTE_VIA, "via", ROWS(via_rows), HEADS(via_heads, 1));
