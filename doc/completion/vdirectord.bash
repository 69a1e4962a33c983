# bash completion for vdirectord; made from its --help
_vdirectord()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	case $before in
	-f|--config|--use-file|-p|--pid|-r|--vrrp-pid|--vrrp_pid|-c|--checkers-pid|--checkers_pid) COMPREPLY=($(compgen -f -- "$word")); compopt -o filenames; return ;;
	--format) COMPREPLY=($(compgen -W "text json" -- "$word")); return ;;
	-S|--log-facility|-i|--config-id) return ;;
	--runtime-dir) COMPREPLY=($(compgen -d -- "$word")); compopt -o filenames; return ;;
	esac
	COMPREPLY=($(compgen -W "-n --foreground --dont-fork -f --config --use-file -t --check --config-test -d --dump-conf --print-config --secrets --keywords -W --warnings --offline --format --lenient -l --log-console -D --log-detail -S --log-facility -G --no-syslog -p --pid -r --vrrp-pid --vrrp_pid -c --checkers-pid --checkers_pid -P --vrrp-only --vrrp -C --checkers-only --checkers -I --dont-release-ipvs -V --dont-release-vrrp -R --dont-respawn -X --release-vips -i --config-id --runtime-dir -v --version -h --help" -- "$word"))
}
complete -F _vdirectord vdirectord
