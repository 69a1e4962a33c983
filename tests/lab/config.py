"""Configuration text for tests: an instance or a service with the values that matter there."""


def instance(name, vrid, priority=100, *addresses, version=3, advert_int=0.2, interface="eth1",
             more=""):
    """A vrrp_instance. Without addresses it holds 10.9.VRID.1/32. `more`: further statements."""
    listed = "\n".join(f"        {address}" for address in addresses or (f"10.9.{vrid}.1/32",))
    return f"""\
vrrp_instance {name} {{
    interface {interface}
    virtual_router_id {vrid}
    priority {priority}
    version {version}
    advert_int {advert_int}
    {more}
    virtual_ipaddress {{
{listed}
    }}
}}
"""


def service(port, *servers, address="10.9.200.1", check="TCP_CHECK { connect_timeout 1 }", more=""):
    """A virtual_server over TCP; servers are "ADDRESS PORT", each with the same check."""
    listed = "\n".join(f"    real_server {server} {{\n        {check}\n    }}"
                       for server in servers)
    return f"""\
virtual_server {address} {port} {{
    delay_loop 1
    lb_algo rr
    lb_kind NAT
    protocol TCP
    {more}
{listed}
}}
"""
