# fish completion for vdctl; made from its --help
complete -c vdctl -f
complete -c vdctl -l runtime-dir -r -F -d 'where the daemon\'s control socket is (default /run/vdirector)'
complete -c vdctl -n __fish_use_subcommand -a status -d 'what the director does, and why'
complete -c vdctl -n '__fish_seen_subcommand_from status' -l json
complete -c vdctl -n __fish_use_subcommand -a explain -d 'why it is or is not Active, and what would change that'
complete -c vdctl -n '__fish_seen_subcommand_from explain' -l json
complete -c vdctl -n __fish_use_subcommand -a config -d 'the configuration in force, in its canonical form'
complete -c vdctl -n '__fish_seen_subcommand_from config' -l secrets
complete -c vdctl -n __fish_use_subcommand -a plan -d 'what a reload would change, and what that does to traffic'
complete -c vdctl -n '__fish_seen_subcommand_from plan' -l json
complete -c vdctl -n __fish_use_subcommand -a reload -d 'read the configuration again; it is applied whole or not at all'
complete -c vdctl -n '__fish_seen_subcommand_from reload' -l json
complete -c vdctl -n '__fish_seen_subcommand_from reload' -l force
complete -c vdctl -n __fish_use_subcommand -a standby -d 'hand the role over (of all where no instance or group is named)'
complete -c vdctl -n __fish_use_subcommand -a takeover -d 'take it back'
complete -c vdctl -n __fish_use_subcommand -a version -d 'of this tool and of the daemon'
