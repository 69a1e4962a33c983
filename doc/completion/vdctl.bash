# bash completion for vdctl; made from its --help
_vdctl()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local command= i
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in status|explain|config|plan|reload|standby|takeover|version)
			command=${COMP_WORDS[i]} ;;
		esac
	done
	case $before in
	--runtime-dir) COMPREPLY=($(compgen -d -- "$word")); compopt -o filenames; return ;;
	esac
	case $command in
	status) COMPREPLY=($(compgen -W "--json" -- "$word")); return ;;
	explain) COMPREPLY=($(compgen -W "--json" -- "$word")); return ;;
	config) COMPREPLY=($(compgen -W "--secrets" -- "$word")); return ;;
	plan) COMPREPLY=($(compgen -W "--json" -- "$word")); COMPREPLY+=($(compgen -f -- "$word")); compopt -o filenames; return ;;
	reload) COMPREPLY=($(compgen -W "--json --force" -- "$word")); return ;;
	standby) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
	takeover) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
	version) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
	esac
	COMPREPLY=($(compgen -W "--runtime-dir status explain config plan reload standby takeover version" -- "$word"))
}
complete -F _vdctl vdctl
