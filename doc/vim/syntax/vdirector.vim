" Vim syntax file: configuration of vdirector and keepalived
" Made from the table of keywords; see `vdirectord --keywords`.
if exists("b:current_syntax")
  finish
endif
setlocal iskeyword+=-
syntax case match
syntax match vdirectorComment /[#!].*$/ contains=@Spell
syntax match vdirectorEscaped /\\[#!]/
syntax region vdirectorString start=/"/ skip=/\\"/ end=/"/ oneline contains=vdirectorMacro
syntax match vdirectorMacro /\$\h\w*\|\${[^}]*}/
syntax match vdirectorCondition /^\s*@^\=\S\+/
syntax match vdirectorLoop /\~\(SEQx\=\|LST\)([^)]*)/
syntax match vdirectorNumber /\<-\=\d\+\(\.\d\+\)\=\>/
syntax match vdirectorAddress /\<\d\{1,3}\(\.\d\{1,3}\)\{3}\(\/\d\+\)\=/
syntax match vdirectorAddress /\<\x*:\x*:[0-9A-Fa-f:.]*\(\/\d\+\)\=/
syntax keyword vdirectorInclude include includer includem includew includeb includea
syntax keyword vdirectorBlock BFD_CHECK DNS_CHECK FILE_CHECK HTTP_GET MISC_CHECK PING_CHECK
syntax keyword vdirectorBlock SMTP_CHECK SSL SSL_GET TCP_CHECK UDP_CHECK auth_hmac
syntax keyword vdirectorBlock authentication bfd_instance fallback garp_group global_defs group
syntax keyword vdirectorBlock host interface_up_down_delays interfaces linkbeat_interfaces
syntax keyword vdirectorBlock notification_email real_server static_ipaddress static_routes
syntax keyword vdirectorBlock static_rules track_bfd track_file track_group track_interface
syntax keyword vdirectorBlock track_process track_script unicast_peer url virtual_ipaddress
syntax keyword vdirectorBlock virtual_ipaddress_excluded virtual_routes virtual_rules
syntax keyword vdirectorBlock virtual_server virtual_server_group vrrp_instance vrrp_script
syntax keyword vdirectorBlock vrrp_sync_group vrrp_track_file vrrp_track_process
syntax keyword vdirectorKeyword ETHTOOL IOCTL MII accept active_key add address_lease
syntax keyword vdirectorKeyword advert_int advmss all allow_empty_class alpha alt_bsux
syntax keyword vdirectorKeyword alt_circumflex alt_verbnames anti_replay anycast append as
syntax keyword vdirectorKeyword auth_pass auth_type auto_callout autojoin bfd_cpu_affinity
syntax keyword vdirectorKeyword bfd_no_swap bfd_priority bfd_process_name bfd_rlimit_rtime
syntax keyword vdirectorKeyword bfd_rlimit_rttime bfd_rt_priority bind_if bind_ip bind_port
syntax keyword vdirectorKeyword bindto blackhole brd bridge broadcast ca caseless certificate
syntax keyword vdirectorKeyword check_unicast_src check_workers checker checker_cpu_affinity
syntax keyword vdirectorKeyword checker_log_all_failures checker_no_swap checker_priority
syntax keyword vdirectorKeyword checker_process_name checker_rlimit_rtime checker_rlimit_rttime
syntax keyword vdirectorKeyword checker_rt_priority child_wait_time config_save_dir congctl
syntax keyword vdirectorKeyword connect_ip connect_port connect_timeout cwnd data_use_instance
syntax keyword vdirectorKeyword dbus_no_interface_name dbus_service_name debug
syntax keyword vdirectorKeyword default_interface delay delay_before_retry delay_loop dev
syntax keyword vdirectorKeyword digest disable_local_igmp dollar_endonly dont_track_primary
syntax keyword vdirectorKeyword dotall down_timer_adverts dport dsfield dupnames dynamic
syntax keyword vdirectorKeyword dynamic_interfaces enable_dbus enable_script_security
syntax keyword vdirectorKeyword enable_sni enable_snmp_checker enable_snmp_keepalived
syntax keyword vdirectorKeyword enable_snmp_rfc enable_snmp_rfcv2 enable_snmp_rfcv3
syntax keyword vdirectorKeyword enable_snmp_vrrp enable_traps encap expires extended fall
syntax keyword vdirectorKeyword fast_recovery fastopen_no_cookie features fence_script
syntax keyword vdirectorKeyword fence_timeout fifo_write_vrrp_states_on_reload file firstline
syntax keyword vdirectorKeyword flag-1 flag-2 flag-3 flap_damping fork_delay from full_command
syntax keyword vdirectorKeyword fwmark garp_extra_if garp_interval garp_lower_prio_delay
syntax keyword vdirectorKeyword garp_lower_prio_repeat garp_master_delay garp_master_refresh
syntax keyword vdirectorKeyword garp_master_refresh_repeat garp_master_repeat global_tracking
syntax keyword vdirectorKeyword gna_interval goto gw ha_suspend hashed heartbeat_group
syntax keyword vdirectorKeyword heartbeat_interface helo_name higher_prio_send_advert home
syntax keyword vdirectorKeyword hoplimit http_protocol hysteresis id idle_tx iif include_check
syntax keyword vdirectorKeyword inet inet6 inhibit_on_failure init_fail init_file initcwnd
syntax keyword vdirectorKeyword initrwnd inst instance interface interval ip_family ip_proto
syntax keyword vdirectorKeyword ipproto iproute_etc_dir iproute_usr_dir json_dump_file
syntax keyword vdirectorKeyword json_file_location json_version kernel_rx_buf_size key l3mdev
syntax keyword vdirectorKeyword label lb_algo lb_kind lenient linkbeat_use_polling local lock
syntax keyword vdirectorKeyword log_all_failures log_unknown_vrids lookup lower_prio_no_advert
syntax keyword vdirectorKeyword lthreshold lvs_flush lvs_flush_on_stop lvs_flush_onstop lvs_id
syntax keyword vdirectorKeyword lvs_method lvs_netlink_cmd_rcv_bufs
syntax keyword vdirectorKeyword lvs_netlink_cmd_rcv_bufs_force lvs_netlink_monitor_rcv_bufs
syntax keyword vdirectorKeyword lvs_netlink_monitor_rcv_bufs_force lvs_notify_fifo
syntax keyword vdirectorKeyword lvs_notify_fifo_script lvs_process_name lvs_sched
syntax keyword vdirectorKeyword lvs_sync_daemon lvs_sync_daemon_inteface
syntax keyword vdirectorKeyword lvs_sync_daemon_interface lvs_timeouts match_unset_backref
syntax keyword vdirectorKeyword max_auto_priority max_hops max_reply_length max_ttl maxlen
syntax keyword vdirectorKeyword mcast_dst_ip mcast_src_ip metric mh-fallback mh-port
syntax keyword vdirectorKeyword min_auto_priority_delay min_reply_length min_rx min_ttl min_tx
syntax keyword vdirectorKeyword misc_dynamic misc_path misc_timeout mngtmpaddr mode mtu
syntax keyword vdirectorKeyword multicast multihop multiline multiplier name
syntax keyword vdirectorKeyword namespace_with_ipsets nat nat_mask native_ipv6 nb_get_retry
syntax keyword vdirectorKeyword neighbor_ip neighbour_ip net_namespace net_namespace_ipvs
syntax keyword vdirectorKeyword never_backslash_c never_ucp never_utf nexthop nftables
syntax keyword vdirectorKeyword nftables_counters nftables_ifindex nftables_ipvs
syntax keyword vdirectorKeyword nftables_ipvs_priority nftables_ipvs_start_fwmark
syntax keyword vdirectorKeyword nftables_priority no_accept no_auto_capture no_auto_possess
syntax keyword vdirectorKeyword no_checker_emails no_dotstar_anchor no_email_faults
syntax keyword vdirectorKeyword no_start_optimize no_track no_virtual_ipaddress nop nopreempt
syntax keyword vdirectorKeyword noprefixroute not notification_email_from notify notify_backup
syntax keyword vdirectorKeyword notify_deleted notify_down notify_fault notify_fifo
syntax keyword vdirectorKeyword notify_fifo_script notify_master notify_master_rx_lower_pri
syntax keyword vdirectorKeyword notify_priority_changes notify_stop notify_up oif
syntax keyword vdirectorKeyword old_unicast_checksum omega on_failure onlink ops or order
syntax keyword vdirectorKeyword overwrite owner_ignore_adverts param_match passive password
syntax keyword vdirectorKeyword path payload peer persistence_engine persistence_granularity
syntax keyword vdirectorKeyword persistence_timeout port preempt preempt_delay pref preference
syntax keyword vdirectorKeyword preferred_lft prepend priority private probe_before_active
syntax keyword vdirectorKeyword process process_monitor_rcv_bufs process_monitor_rcv_bufs_force
syntax keyword vdirectorKeyword process_name process_names prohibit promote_secondaries
syntax keyword vdirectorKeyword protocol quickack quorum quorum_down quorum_max quorum_up
syntax keyword vdirectorKeyword random_seed realms regex regex_max_offset regex_min_offset
syntax keyword vdirectorKeyword regex_no_match regex_options regex_stack reload_check_config
syntax keyword vdirectorKeyword reload_file reload_repeat reload_time_file reordering
syntax keyword vdirectorKeyword require_reply retry rise router_id rs_init_notifies rto_min rtt
syntax keyword vdirectorKeyword rttvar scope script script_user set_supplementary_groups
syntax keyword vdirectorKeyword sh-fallback sh-port shutdown_script shutdown_script_timeout
syntax keyword vdirectorKeyword skip_check_adv_addr smtp_alert smtp_alert_checker
syntax keyword vdirectorKeyword smtp_alert_vrrp smtp_connect_timeout smtp_helo_name smtp_server
syntax keyword vdirectorKeyword sni_name snmp_name snmp_rs_stats_update_interval snmp_socket
syntax keyword vdirectorKeyword snmp_vs_stats_update_interval sorry_server sorry_server_inhibit
syntax keyword vdirectorKeyword sorry_server_lvs_method source_ip sport src ssthresh
syntax keyword vdirectorKeyword startup_script startup_script_timeout state state_dump_file
syntax keyword vdirectorKeyword state_file_location stats_dump_file stats_file_location
syntax keyword vdirectorKeyword status_code strict_mode sup_group sup_pl suppress_ifgroup
syntax keyword vdirectorKeyword suppress_prefixlength sync_group_tracking_weight table tcp
syntax keyword vdirectorKeyword tcpfin terminate_delay thread_timer_expired throw time_window
syntax keyword vdirectorKeyword timeout timer_expired_backup tls_compliant tmp_config_directory
syntax keyword vdirectorKeyword to tos track_src_ip ttl ttl-propagate tunnel-id type ucp udp
syntax keyword vdirectorKeyword uidrange umask ungreedy unicast unicast_fault_no_peer
syntax keyword vdirectorKeyword unicast_src_ip unicast_ttl unreachable use_ipvlan
syntax keyword vdirectorKeyword use_offset_limit use_pid_dir use_symlink_paths use_vmac
syntax keyword vdirectorKeyword use_vmac_addr user utf uthreshold v3_checksum_as_v2 vepa
syntax keyword vdirectorKeyword version via virtual_router_id virtualhost vmac_addr_prefix
syntax keyword vdirectorKeyword vmac_garp_intvl vmac_prefix vmac_xmit_base vrf vrrp
syntax keyword vdirectorKeyword vrrp_check_unicast_src vrrp_cpu_affinity vrrp_delay_after_boot
syntax keyword vdirectorKeyword vrrp_down_timer_adverts vrrp_garp_extra_if vrrp_garp_interval
syntax keyword vdirectorKeyword vrrp_garp_lower_prio_delay vrrp_garp_lower_prio_repeat
syntax keyword vdirectorKeyword vrrp_garp_master_delay vrrp_garp_master_refresh
syntax keyword vdirectorKeyword vrrp_garp_master_refresh_repeat vrrp_garp_master_repeat
syntax keyword vdirectorKeyword vrrp_gna_interval vrrp_higher_prio_send_advert vrrp_ipsets
syntax keyword vdirectorKeyword vrrp_iptables vrrp_lower_prio_no_advert vrrp_mcast_group4
syntax keyword vdirectorKeyword vrrp_mcast_group6 vrrp_min_garp vrrp_netlink_cmd_rcv_bufs
syntax keyword vdirectorKeyword vrrp_netlink_cmd_rcv_bufs_force vrrp_netlink_monitor_rcv_bufs
syntax keyword vdirectorKeyword vrrp_netlink_monitor_rcv_bufs_force vrrp_no_swap
syntax keyword vdirectorKeyword vrrp_notify_fifo vrrp_notify_fifo_script
syntax keyword vdirectorKeyword vrrp_notify_priority_changes vrrp_owner_ignore_adverts
syntax keyword vdirectorKeyword vrrp_priority vrrp_process_name vrrp_rlimit_rtime
syntax keyword vdirectorKeyword vrrp_rlimit_rttime vrrp_rt_priority vrrp_rx_bufs_multiplier
syntax keyword vdirectorKeyword vrrp_rx_bufs_policy vrrp_skip_check_adv_addr vrrp_startup_delay
syntax keyword vdirectorKeyword vrrp_strict vrrp_version vrrp_vmac_garp_intvl warmup weight
syntax keyword vdirectorKeyword window xresolve
syntax match vdirectorKeyword /\s\zs-nodad\>/
syntax keyword vdirectorChoice A AAAA ADVERT AH BACKUP CNAME DNSKEY DR MASTER MTU MX NAT NS
syntax keyword vdirectorChoice PASS RRSIG SCTP SOA TCP TUN TXT UDP all always auto dh disabled
syntax keyword vdirectorChoice enabled enforce exact expire false fo forever global high host
syntax keyword vdirectorChoice inet inet6 initial lblc lblcr lc link low medium mh monotonic
syntax keyword vdirectorChoice never no nowhere nq off on ovf partial permissive quiesce
syntax keyword vdirectorChoice receive-only remove rr sed sh site time true twos wlc wrr yes
highlight default link vdirectorComment Comment
highlight default link vdirectorEscaped SpecialChar
highlight default link vdirectorString String
highlight default link vdirectorMacro Identifier
highlight default link vdirectorCondition PreCondit
highlight default link vdirectorLoop Repeat
highlight default link vdirectorNumber Number
highlight default link vdirectorAddress Constant
highlight default link vdirectorInclude Include
highlight default link vdirectorBlock Structure
highlight default link vdirectorKeyword Keyword
highlight default link vdirectorChoice Boolean
let b:current_syntax = "vdirector"
