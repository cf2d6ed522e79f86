# Completion of outpost(1) in bash.
_outpost() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]-}
    local writing='--output --html --json --policy --fail-on --quiet --verbose --no-color'
    local options=--help

    COMPREPLY=()
    case $before in
    --depth) mapfile -t COMPREPLY < <(compgen -W 'quick standard deep' -- "$word") ;;
    --pace) mapfile -t COMPREPLY < <(compgen -W 'gentle normal fast' -- "$word") ;;
    --fail-on) mapfile -t COMPREPLY < <(compgen -W 'fail warn never' -- "$word") ;;
    --output) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
    --html | --json | --zone | --ca-file | --root-hints | --trust-anchor | --policy | --blocklists) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    esac
    [ ${#COMPREPLY[@]} -gt 0 ] && return
    if [ "$COMP_CWORD" = 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W 'scan report explain checks demo help --help --version' -- "$word")
        return
    fi
    case $command in
    scan)
        options="--host --port --sender --selector --dkim-key --resolve --zone --depth --allow-private --resolver --root-hints --trust-anchor --ca-file --blocklists --ehlo --control --source
            -4 -6 --pace --timeout --jobs $writing --help"
        if [[ $word == @* ]]; then
            mapfile -t COMPREPLY < <(compgen -f -P @ -- "${word#@}")
            return
        fi
        ;;
    report) options="$writing --help" ;;
    explain)
        if [[ $word != -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W "$(outpost checks 2>/dev/null | cut -d ' ' -f 1)" -- "$word")
            return
        fi
        ;;
    checks) options='--json --help' ;;
    demo) options='--output --verbose --no-color --help' ;;
    help)
        mapfile -t COMPREPLY < <(compgen -W 'scan report explain checks demo' -- "$word")
        return
        ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}
complete -o filenames -F _outpost outpost
