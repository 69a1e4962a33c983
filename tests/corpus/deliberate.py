"""What differs from keepalived on purpose, each with the reason.

VALUES: differences between the values of a file, by a pattern for "object: keyword: value,
keepalived: value". REFUSALS: errors of ours about what keepalived takes in silence. COMPLAINTS:
what keepalived says and we need not say.
"""

import re

VALUES = [
    # The same address again, as when a label is added to it: the kernel holds it once.
    (r"vrrp_instance .*: virtual_ipaddress(_excluded)?: (.*), keepalived: .*",
     "an address that is given twice is held once, since the kernel has it once"),
    (r"vrrp_instance .*: unicast_peer: .*",
     "a peer that is given twice, or is this router itself, gets no adverts twice or at all"),
    (r"vrrp_instance .*: mcast_dst_ip: , keepalived: .*",
     "with unicast_fault_no_peer nothing is sent by multicast; keepalived shows the group"),
    (r".*_CHECK \d+: connect_ip: (\S+) \d+, keepalived: \1 0|.*_GET \d+: connect_ip: "
     r"(\S+) \d+, keepalived: \2 0",
     "a server without a port has its service's; keepalived then checks port 0, in vain"),
    (r".*: sorry_server: (\S+) \d+, keepalived: \1 0",
     "a sorry_server without a port has its service's"),
    (r"vrrp_instance .*: version: 3.0, keepalived: 2.0",
     "IPv6 needs version 3"),
    (r"virtual_server .*: ops: True, keepalived: False",
     "ops is not supported, which is said"),
    (r"virtual_server group .*: keepalived has none",
     "groups are not supported, which is said; keepalived leaves out those that it does not find"),
    (r"virtual_server group .*: ha_suspend: True, keepalived: False",
     "ha_suspend is not supported, nor are groups, which is said"),
    (r".*: quorum: 1\.0, keepalived: 0\.0",
     "servers that all have weight 0 reach no quorum, which is said; keepalived then has one of 0"),
    (r".*: \w+: \('[\w.-]+', (.*)\), keepalived: \('[\w.-]+', \1\)",
     "keepalived shows the program that a symbolic link leads to"),
    (r"vrrp_instance .*: garp_master_refresh_repeat: 1\.0, keepalived: 0\.0",
     "with vrrp_min_garp keepalived announces no times at each refresh that is asked for"),
    (r".*: auth_pass: .*#.*",
     "'\\#' is a '#', as from keepalived 2.4 on"),
    (r".*: (garp_\w+|interval|timeout): \d*\.\d*[1-9]\d*, keepalived: .*",
     "fractions of a second, which keepalived 2.2.7 refuses and later ones take"),
]

REFUSALS = [
    (r"no check of .* is supported \(.*",
     "a server that nothing checks would count as up for ever; --lenient starts all the same"),
    (r"regex: .* at offset \d+ of the expression",
     "an expression that cannot be compiled never matches; keepalived says so when it runs"),
    (r"there is no port to connect to: .*",
     "keepalived connects to port 0, so that the server never serves"),
    (r"stray byte 0x00: .*",
     "a file with NULs is damaged; keepalived ends the line there and says nothing"),
    (r"unicast_ttl: expected a number from 1 to 255, not '0'",
     "the kernel sends nothing with a TTL of 0"),
]

# Keywords of keepalived that 2.2.7 does not have yet. Own ones of vdirector are none of them.
LATER = ("auth_hmac|dbus_no_interface_name|iproute_(etc|usr)_dir|json_version|log_all_failures"
         "|multihop|no_virtual_ipaddress|(vrrp_)?owner_ignore_adverts|set_supplementary_groups"
         "|snmp_[rv]s_stats_update_interval|sni_name|(state|stats|json)_(dump_file|file_location)"
         "|thread_timer_expired|timer_expired_backup|tls_compliant|use_symlink_paths"
         "|v3_checksum_as_v2|vrrp_delay_after_boot")

COMPLAINTS = [
    (r"Unknown keyword 'nat_mask'",
     "a keyword of old that never did anything: it is ignored"),
    (rf"Unknown keyword '({LATER})'", "later versions of keepalived know it"),
    (r"Route cannot be tracked if protocol is not RTPROT_KEEPALIVED.*",
     "routes are not supported, which is said"),
    (r"SECURITY VIOLATION - (check )?scripts are being executed but script_security not enabled\.",
     "said for every file with a script; we say it where a script could be changed by others"),
    (r"(?!.*unicast).*deprecated.*|.* Please use .*",
     "an old name that does the same here needs no change"),
    (r"Warning - cannot track route .* with no interface specified, not tracking",
     "routes are kept by comparing them with the kernel's, whatever their interface"),
    (r".*Initial state master is incompatible with AH authentication - clearing",
     "AH is not supported, which is said"),
    (r"invalid number '\d*\.\d+'|.* '\d*\.\d+' (invalid|must be between).*",
     "fractions of a second, which keepalived 2.2.7 refuses and later ones take"),
    (r"number '0' outside range \[0\.000001, .*\]|vrrp_(garp|gna)_interval '0' is invalid",
     "0 is what holds where nothing is said"),
    (r"Unknown keyword '\ufeff.*",
     "a byte order mark is no word"),
    (r"virtual server group .* cannot have IPv4, IPv6 and fwmark without family - removing",
     "groups of services are not supported, which is said"),
    (r"Unknown configuration entry '(?!255)[\d.]+(/\d+)?' for ip address - ignoring",
     "several addresses may share a line; what is none is reported"),
    (r".*\d is missing a value", "several peers may share a line"),
    (r".*track_?(script|file|process)? .* not found.*",
     "blocks may come in any order; a name that is nowhere is reported"),
    (r".*weight for .* cannot be \+/-254\. Setting to \+/-253",
     "a weight of 254 has the effect of 253"),
    (r"Virtual server .*: cannot use ha_suspend with fwmarks - clearing ha_suspend",
     "ha_suspend is not supported, nor are groups, which is said"),
    (r"WARNING - fwmark virtual server \[[^]:.]*\]:0, .*",
     "groups are not supported, which is said"),
    (r"Cannot specify scope for IPv6 addresses \(fe80:.*",
     "it is the scope that the address has; another one is reported"),
    (r"Virtual server .*: hysteresis 0 >= quorum 0; setting hysteresis to \d+",
     "a mistake of keepalived 2.2.7 about services whose weights are all 0"),
    (r"hashed only applies to sh scheduler - ignoring", "'hashed' does nothing anywhere"),
    (r"DNS_CHECK name '.*' has empty label - ignoring",
     "a mistake of keepalived 2.2.7 about names with a label of one letter"),
    (r".*lvs_sync_daemon_interface has already been specified as .* - ignoring",
     "it is not supported, which is said"),
]


def _reason(table, text):
    for pattern, reason in table:
        if re.fullmatch(pattern, text):
            return reason
    return None


def value(text):
    """Why this difference is right, or None."""
    return _reason(VALUES, text)


def refusal(text):
    """Why it is right to refuse a file for this that keepalived takes, or None."""
    return _reason(REFUSALS, text)


def complaint(text):
    """Why nothing needs to be said about this, or None."""
    return _reason(COMPLAINTS, text)
