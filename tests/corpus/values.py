"""Which line of keepalived's dump says the same as which keyword of the canonical form.

The tables at the end have a row for each value that both know: the keyword, the line of the dump,
how to read the two, and what it means when one of them does not say it. ours() and theirs() make
dictionaries from them, "object: keyword" to value, which compare.py compares. A value that only one
of the two has is not compared, but an object that only one has is a difference.
"""

import re
from dataclasses import dataclass
from typing import Any, Callable

import canonical
import dump

SKIP = object()  # nothing to compare


# Values as words of the canonical form.

def word(words):
    return words[0] if words else ""


def words_number(words):
    return float(words[0]) if len(words) == 1 else SKIP


def words_switch(words):
    return not words or words[0] in ("yes", "on", "true")


def words_text(words):
    return " ".join(words)


def words_command(words):
    """Program without its folder (which keepalived resolves) and arguments, then the user."""
    argv = canonical.split_command(words[0]) if words else []
    return command(argv)


def command(argv):
    return (argv[0].rsplit("/", 1)[-1], *argv[1:]) if argv else ()


# Values as text of the dump.

UNITS = {"": 1, "s": 1, "sec": 1, "secs": 1, "milli-sec": 1e-3, "us": 1e-6, "usecs": 1e-6}


def number(text):
    match = re.match(r"(-?[\d.]+) ?([a-z-]*)", text)
    return round(float(match[1]) * UNITS.get(match[2], 1), 6)


def switch(text):
    return text.lower() in ("enabled", "yes", "true", "on", "set", "1")


def inverse(text):
    return not switch(text)


def text_command(text):
    """The dump has each word in quotes, and no escapes."""
    text = text.split(", uid:gid")[0]
    return command(text[1:-1].split("' '") if text.startswith("'") else text.split())


def method(text):
    return text.split(",")[0]


def plain(text):
    return text


@dataclass
class Row:
    """One value: `keyword` of the canonical form is the line `line` of the dump."""
    keyword: str
    line: str                               # a regular expression; its group is the value
    read: Callable[[str], Any] = number     # of the dump's text
    words: Callable[[list], Any] = words_number  # of the keyword's words
    absent: Any = SKIP                      # the value where the keyword is not there
    missing: Any = SKIP                     # the value where the line is not there


def flag(keyword, line, read=switch, missing=SKIP):
    return Row(keyword, line, read, words_switch, absent=False, missing=missing)


def script(keyword, line):
    return Row(keyword, line + r" script = (.*)", text_command, words_command, (), ())


def _ours(rows, statement, values, prefix):
    for row in rows:
        given = statement.values(row.keyword)
        value = row.absent if given is None else row.words(given)
        if value is not SKIP:
            values[f"{prefix}: {row.keyword}"] = value


def _theirs(rows, line, values, prefix):
    for row in rows:
        text = line.find(row.line)
        value = row.missing if text is None else row.read(text)
        if value is not SKIP:
            values[f"{prefix}: {row.keyword}"] = value


# Lists: each entry as one line of text in a fixed order.

FLAGS = ("home", "-nodad", "mngtmpaddr", "noprefixroute", "autojoin", "no_track")
WITH_VALUE = ("brd", "dev", "scope", "label", "peer", "preferred_lft")


def address(words, interface):
    """An address and its options; `interface` is its instance's."""
    host, _, length = words[0].partition("/")
    options = {"dev": interface, "scope": "global"}
    rest = iter(words[1:])
    for option in rest:
        option = {"broadcast": "brd"}.get(option, option)
        if option == "deprecated":
            options["preferred_lft"] = "0"
        elif option in WITH_VALUE:
            options[option] = next(rest, "")
        elif option in FLAGS:
            options[option] = ""
    options["dev"] = options["dev"].split("@")[-1]
    if ":" in host:
        del options["scope"]  # the kernel knows it from the address
    if options.get("preferred_lft") == "forever" or ":" not in host:
        options.pop("preferred_lft", None)
    shown = [f"{name} {options[name]}".strip() for name in sorted(options)]
    return " ".join([f"{host}/{length or (128 if ':' in host else 32)}", *shown])


def tracker(words, default=("0",)):
    """A tracked interface or script with its weight, which may be the script's own (`default`)."""
    rest = words[words.index("weight") + 1:] if "weight" in words else [*default]
    weight = max(-253, min(253, int(rest[0])))  # 254 has the effect of 253
    return f"{words[0].rstrip(',')} weight {weight}{' reverse' * ('reverse' in rest)}"


def name_of(text):
    """What stands before the weight, blanks and all."""
    return text.rpartition(" weight ")[0]


def trackers(root, statement, interface):
    """keyword: entries, as far as they stand for themselves: keepalived changes those of members
    of sync groups."""
    members = [name for group in root.all("vrrp_sync_group")
               for words in _entries(group, "group") for name in words]
    if statement.words[1] in members:
        return {}
    weights = {script.words[1]: script.values("weight") or ("0",)
               for script in reversed(root.all("vrrp_script"))}
    return {"track_script": [tracker(words, weights[words[0]])
                             for words in _entries(statement, "track_script")
                             if words[0] in weights],
            "track_interface": [tracker(words) for words in _entries(statement, "track_interface")
                                if words[0] != interface]}


def status_codes(words):
    """Ranges of codes, those that follow each other as one."""
    ranges = []
    for text in words:
        first, _, last = text.partition("-")
        first, last = int(first), int(last or first)
        if ranges and ranges[-1][1] + 1 == first:
            ranges[-1][1] = last
        else:
            ranges.append([first, last])
    return ranges


# Our canonical form

def _entries(statement, keyword):
    """The lines of a list, as words."""
    return [line.words for block in statement.all(keyword) for line in block.body]


def _read_ours(rows, statement, values, prefix):
    for row in rows:
        given = statement.values(row.keyword)
        value = row.absent if given is None else row.words(given)
        if value is not SKIP:
            values[f"{prefix}: {row.keyword}"] = value


def ours(root):
    """The values of our canonical form, by "object: keyword"."""
    values, seen = {}, set()
    for statement in root.body:
        name = statement.words[1] if len(statement.words) > 1 else ""
        prefix = f"{statement.keyword} {name}".strip()
        if statement.keyword in OBJECTS and prefix not in seen:
            # Of two scripts of one name, the first one counts.
            seen.add(prefix)
            _read_ours(OBJECTS[statement.keyword], statement, values, prefix)
        if statement.keyword == "vrrp_instance":
            _our_instance(statement, values, prefix)
            interface = word(statement.values("interface"))
            for keyword, entries in trackers(root, statement, interface).items():
                values[f"{prefix}: {keyword}"] = entries
        elif statement.keyword == "vrrp_sync_group":
            values[f"{prefix}: group"] = [
                name for words in _entries(statement, "group") for name in words]
        elif statement.keyword == "virtual_server":
            _our_service(statement, values)
    return values


def _our_instance(statement, values, prefix):
    values[prefix] = "is there"
    interface = word(statement.values("interface"))
    for keyword in ("virtual_ipaddress", "virtual_ipaddress_excluded"):
        values[f"{prefix}: {keyword}"] = [
            address(words, interface) for words in _entries(statement, keyword)]
    values[f"{prefix}: unicast_peer"] = [
        " ".join(words) for words in _entries(statement, "unicast_peer")]
    for keyword in ("virtual_routes", "virtual_rules"):
        values[f"{prefix}: {keyword}, how many"] = len(_entries(statement, keyword))
    authentication = statement.all("authentication")
    _read_ours(AUTHENTICATION, authentication[0] if authentication else canonical.Statement([]),
               values, prefix)


def _service_name(words, protocol):
    if words[0] in ("fwmark", "group"):
        return f"virtual_server {words[0]} {words[1]}"
    return f"virtual_server {words[0]} {words[1] if len(words) > 1 else 0} {protocol.lower()}"


def _our_service(statement, values):
    prefix = _service_name(statement.words[1:], word(statement.values("protocol")))
    values[prefix] = "is there"
    _read_ours(SERVICE, statement, values, prefix)
    for server in statement.all("real_server"):
        endpoint = " ".join([*server.words[1:], "0"][:2])
        name = f"{prefix}, real_server {endpoint}"
        values[name] = "is there"
        _read_ours(SERVER, server, values, name)
        counts = {}
        for check in server.body:
            if check.keyword in CHECKS:
                counts[check.keyword] = counts.get(check.keyword, 0) + 1
                _our_check(server, check, values, f"{name}, {check.keyword} "
                                                  f"{counts[check.keyword]}")
    for fallback in statement.all("fallback")[-1:]:
        values[f"{prefix}: sorry_server"] = " ".join([*fallback.words[1:], "0"][:2])
        values[f"{prefix}: sorry_server_lvs_method"] = word(
            statement.values("sorry_server_lvs_method") or fallback.values("lvs_method"))


def _our_check(server, check, values, prefix):
    values[prefix] = "is there"
    _read_ours(CHECK, check, values, prefix)
    if check.keyword in ("TCP_CHECK", "HTTP_GET", "SSL_GET"):
        host = check.values("connect_ip") or server.words[1:2]
        port = check.values("connect_port") or server.words[2:3] or ["0"]
        values[f"{prefix}: connect_ip"] = f"{host[0]} {port[0]}"
    alpha = check.values("alpha")
    values[f"{prefix}: alpha"] = words_switch(alpha) if alpha is not None else (
        server.values("alpha") is not None and words_switch(server.values("alpha")))
    # keepalived makes a check of each of the obsolete "host" blocks.
    for number in range(len(check.all("host"))):
        values[f"{prefix[:-1]}{int(prefix[-1]) + 1 + number}"] = "is there"
    for number, url in enumerate(check.all("url"), 1):
        name = f"{prefix}, url {number}"
        values[name] = "is there"
        _read_ours(URL, url, values, name)
        host = url.values("virtualhost") or check.values("virtualhost")
        if host or check.keyword == "HTTP_GET":  # else it may inherit one, which is not shown yet
            values[f"{name}: virtualhost"] = word(host)


# keepalived's dump

def _read_theirs(rows, line, values, prefix):
    for row in rows:
        text = line.find(row.line)
        value = row.missing if text is None else row.read(text)
        if value is not SKIP:
            values[f"{prefix}: {row.keyword}"] = value


def theirs(vrrp, checker):
    """The values of the dumps of the two processes (sections of dump.parse())."""
    values = {}
    for name, lines in (*vrrp, *checker):
        if name == "Global definitions":
            _read_theirs(OBJECTS["global_defs"], dump.Line("", 0, lines), values, "global_defs")
        for line in lines:
            for keyword, heading in HEADINGS.items():
                match = re.fullmatch(heading, line.text)
                if match:
                    prefix = f"{keyword} {match[1]}"
                    _read_theirs(OBJECTS[keyword], line, values, prefix)
                    _their_lists(keyword, line, values, prefix)
    _their_services(checker, values)
    return values


def _their_lists(keyword, line, values, prefix):
    if keyword == "vrrp_sync_group":
        values[f"{prefix}: group"] = [
            member.text for member in line.below("VRRP member instances :")]
    if keyword != "vrrp_instance":
        return
    values[prefix] = "is there"
    for name, heading in (("virtual_ipaddress", r"Virtual IP \(\d+\):"),
                          ("virtual_ipaddress_excluded", "Virtual IP Excluded :")):
        values[f"{prefix}: {name}"] = [
            address(entry.text.split(), "") for entry in line.below(heading)]
    values[f"{prefix}: unicast_peer"] = [entry.text for entry in line.below("Unicast Peer :")]
    for name, heading in (("track_interface", "Tracked interfaces :"),
                          ("track_script", "Tracked scripts :")):
        values[f"{prefix}: {name}"] = [
            tracker([name_of(entry.text), *entry.text[len(name_of(entry.text)):].split()])
            for entry in line.below(heading)]
    values[f"{prefix}: virtual_routes, how many"] = len(line.below("Virtual Routes :"))
    values[f"{prefix}: virtual_rules, how many"] = len(line.below("Virtual Rules :"))


def _their_services(sections, values):
    """Services with the servers that follow them, then the checks, which name both."""
    service, names, hosts = None, {}, {}
    for name, lines in sections:
        whole = dump.Line("", 0, dump.flat(lines))
        if name == "Virtual server":
            service, shown = _their_service_name(whole)
            names[shown] = service
            values[service] = "is there"
            hosts[service] = whole.find("VirtualHost = (.*)")
            _read_theirs(SERVICE, whole, values, service)
            _their_fallback(whole, values, service)
        elif name == "Real server":
            match = re.fullmatch(r"(\S+), RPORT = (\d+), .*", whole.find("RIP = (.*)"))
            prefix = f"{service}, real_server {match[1]} {match[2]}"
            values[prefix] = "is there"
            hosts[prefix] = whole.find("VirtualHost = '(.*)'") or hosts[service]
            _read_theirs(SERVER, whole, values, prefix)
        elif name == "Health checkers":
            _their_checks(lines, names, hosts, values)


def _their_service_name(whole):
    """As we write it, and as the checks of the dump write it."""
    protocol = whole.find("protocol = (.*)").lower()
    vip = whole.find("VS VIP = (.*)")
    if vip:
        host, port = re.fullmatch(r"(\S+), VPORT = (\d+)", vip).groups()
        return f"virtual_server {host} {port} {protocol}", f"[{host}]:{protocol}:{port}"
    group = whole.find("VS GROUP = (.*)")
    if group:
        name = re.match(r"\[(.*)\]:0", group)
        return f"virtual_server group {name[1] if name else group}", group
    mark = whole.find("VS FWMARK = (.*)")
    return f"virtual_server fwmark {mark}", f"FWM {mark}"


def _endpoint(text):
    """"[10.0.0.1]:tcp:80" or "[10.0.0.1]:80" as "10.0.0.1 80"."""
    match = re.match(r"\[(.*)\]:(?:\w+:)?(\d+)", text)
    return f"{match[1]} {match[2]}" if match else text


def _their_fallback(whole, values, prefix):
    for line in whole.body:
        match = re.fullmatch(r"sorry server (?:\(.*\) )?= (.*)", line.text)
        if match:
            values[f"{prefix}: sorry_server"] = _endpoint(match[1])
            values[f"{prefix}: sorry_server_lvs_method"] = method(
                line.find("forwarding method = (.*)") or "")


def _their_checks(lines, names, hosts, values):
    counts = {}
    for line in lines:
        match = re.fullmatch(r"(.*) -> (.*)", line.text)
        kind = line.find(r"Keepalive method = (\w+).*")
        if not match or not kind or match[1] not in names:
            continue
        server = f"{names[match[1]]}, real_server {_endpoint(match[2])}"
        counts[server, kind] = counts.get((server, kind), 0) + 1
        prefix = f"{server}, {kind} {counts[server, kind]}"
        values[prefix] = "is there"
        _read_theirs(CHECK, line, values, prefix)
        values[f"{prefix}: alpha"] = switch(line.find("Alpha = (.*)"))
        for connection in line.body:
            if connection.text == "Connection":
                _read_theirs(CONNECTION, connection, values, prefix)
        host = line.find("Virtualhost = (.*)") or hosts.get(server) or ""
        urls = [url for url in line.body if url.text.startswith("Checked url = ")]
        for number, url in enumerate(urls, 1):
            name = f"{prefix}, url {number}"
            values[name] = "is there"
            values[f"{name}: path"] = url.text.split(" = ", 1)[1]
            values[f"{name}: virtualhost"] = url.find("Virtual host = (.*)") or host
            values[f"{name}: status_code"] = status_codes(
                [code.text for code in url.below(r"HTTP Status Code\(s\)")])
            _read_theirs(URL, url, values, name)


# The tables

GARP = [
    Row("garp_master_delay", "Gratuitous ARP delay = (.*)"),
    Row("garp_master_repeat", "Gratuitous ARP repeat = (.*)"),
    Row("garp_master_refresh_repeat", "Gratuitous ARP refresh repeat = (.*)"),
    Row("garp_lower_prio_delay", "Gratuitous ARP lower priority delay = (.*)"),
    Row("garp_lower_prio_repeat", "Gratuitous ARP lower priority repeat = (.*)"),
]

NOTIFY = [
    script("notify_master", "Master state transition"),
    script("notify_backup", "Backup state transition"),
    script("notify_fault", "Fault state transition"),
    script("notify_stop", "Stop state transition"),
    script("notify", "Generic state transition"),
    script("notify_master_rx_lower_pri", "Master rx lower pri state transition"),
]

INSTANCE = [
    Row("version", "VRRP Version = (.*)"),
    Row("interface", r"Interface = (\S+)", plain, word),
    Row("virtual_router_id", "Virtual Router ID = (.*)"),
    Row("priority", "Priority = (.*)"),
    Row("advert_int", "Advert interval = (.*)"),
    flag("nopreempt", "Preempt = (.*)", inverse),
    Row("preempt_delay", "Preempt delay = (.*)", absent=0, missing=0),
    Row("mcast_src_ip", r"Using src_ip = (\S+) \(from configuration\)", plain, word, "", ""),
    Row("mcast_dst_ip", r"Multicast address ([^ ,]+).*", plain, word, "", ""),
    Row("unicast_ttl", "Unicast TTL = (.*)"),
    Row("down_timer_adverts", "Down timer adverts = (.*)"),
    flag("lower_prio_no_advert", "Send advert after receive lower priority advert = (.*)",
         inverse),
    flag("promote_secondaries", "Promote_secondaries = (.*)"),
    *GARP,
    *NOTIFY,
]

AUTHENTICATION = [
    Row("auth_type", "Authentication type = (.*)",
        {"SIMPLE_PASSWORD": "PASS", "IPSEC_AH": "AH", "none": "none"}.get, word, "none", "none"),
    Row("auth_pass", "Password = (.*)", plain, word),
]

SERVICE = [
    Row("lb_algo", "lvs_sched = (.*)", plain, word),
    Row("persistence_timeout", "persistence timeout = (.*)", absent=0, missing=0),
    Row("quorum", r"quorum = (\d+), .*"),
    Row("hysteresis", r".*, hysteresis = (\d+)"),
    Row("persistence_granularity", "persistence granularity = (.*)", plain, word),
    script("quorum_up", "Quorum up notify"),
    script("quorum_down", "Quorum down notify"),
    flag("omega", "omega is (.*)"),
    flag("ops", r"One packet scheduling = (\w+).*"),
    flag("ha_suspend", "Using HA suspend", lambda text: True, missing=False),
]

SERVER = [
    Row("weight", r".*, WEIGHT = (\d+) .*"),
    Row("lvs_method", "forwarding method = (.*)", method, word),
    # Without the keyword, keepalived removes a failed server and we quiesce it (a decision).
    Row("on_failure", "Inhibit on failure is (.*)",
        lambda text: "quiesce" if text == "ON" else SKIP, word),
    flag("alpha", "Alpha is (.*)"),
    Row("uthreshold", r"connection limit range = \d+ -> (\d+)", absent=0),
    Row("lthreshold", r"connection limit range = (\d+) -> \d+", absent=0),
    script("notify_up", "RS up notify"),
    script("notify_down", "RS down notify"),
]

CHECKS = ("TCP_CHECK", "HTTP_GET", "SSL_GET", "SMTP_CHECK", "DNS_CHECK", "MISC_CHECK", "UDP_CHECK",
          "PING_CHECK", "FILE_CHECK", "BFD_CHECK")

CONNECTION = [
    Row("connect_ip", "Dest = (.*)", _endpoint, lambda words: SKIP),
    Row("connect_timeout", "Timeout = (.*)"),
    Row("bindto", r"Bind to = \[(.*)\]:\d+", plain, word, "", ""),
    Row("bind_port", r"Bind to = \[.*\]:(\d+)", absent=0, missing=0),
    Row("bind_if", "Bind i/f = (.*)", plain, word, "", ""),
    Row("fwmark", "Mark = (.*)", absent=0, missing=0),
]

CHECK = [
    *CONNECTION,
    Row("delay_loop", "Delay loop = (.*)"),
    Row("warmup", "Warmup = (.*)"),
    Row("retry", "Retries = (.*)"),
    Row("delay_before_retry", "Delay before retry = (.*)"),
    flag("log_all_failures", "Log all failures = (.*)"),
    Row("http_protocol", r"Keepalive method = .*, http protocol (\S+)", plain, word),
    flag("enable_sni", "Enable SNI (.*)"),
    flag("fast_recovery", "Fast recovery (.*)"),
    Row("helo_name", "helo = (.*)", plain, word),
    Row("misc_path", "script = (.*)", text_command, words_command),
    Row("misc_timeout", "timeout = (.*)"),
    flag("misc_dynamic", "dynamic = (.*)"),
    Row("type", "Type = (.*)", plain, word),
    Row("name", "Name = (.*)", plain, word),
    Row("min_reply_length", "Min reply length = (.*)"),
    Row("max_reply_length", "Max reply length = (.*)"),
]

URL = [
    Row("path", "Checked url = (.*)", plain, word),
    Row("digest", "digest = (.*)", str.lower, word, "", ""),
    Row("regex", 'Regex = "(.*)"', plain, word, "", ""),
    flag("regex_no_match", "Regex no match", lambda text: True, missing=False),
    Row("status_code", "-", words=status_codes),
]

OBJECTS = {
    "global_defs": [
        Row("router_id", "Router ID = (.*)", plain, word),
        Row("vrrp_version", "VRRP default protocol version = (.*)"),
    ],
    "vrrp_instance": [*INSTANCE, *AUTHENTICATION],
    "vrrp_sync_group": NOTIFY,
    "vrrp_script": [
        Row("script", "Command = (.*)", text_command, words_command),
        Row("interval", "Interval = (.*)"),
        Row("timeout", "Timeout = (.*)"),
        Row("rise", "Rise = (.*)"),
        Row("fall", "Fall = (.*)"),
        Row("weight", r"Weight = (\S+).*"),
    ],
    "vrrp_track_process": [
        Row("process", "Process = (.*)", plain, word),  # its parameters have a line of their own
        Row("quorum", "Min processes = (.*)"),
        Row("weight", r"Weight = (\S+).*"),
        Row("terminate_delay", "Terminate delay = (.*)"),
        Row("fork_delay", "Fork delay = (.*)"),
    ],
}

HEADINGS = {
    "vrrp_instance": "VRRP Instance = (.*)",
    "vrrp_sync_group": "VRRP Sync Group = (.*), .*",
    "vrrp_script": "VRRP Script = (.*)",
    "vrrp_track_process": "VRRP Track process = (.*)",
}
