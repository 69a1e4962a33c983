" Configurations of vdirector and keepalived.
autocmd BufNewFile,BufRead vdirector.conf,*/vdirector/*.conf,keepalived.conf,*/keepalived/*.conf setfiletype vdirector
