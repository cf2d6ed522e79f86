# setup.sh - what ./run and ./check share: see that packages are there, build quietly. Sourced by bash.
#
#   setup_packages LIST...   packaging/packages-LIST.txt; installs what is missing (as root or with sudo)
#   setup_zoo                the programs from npm that tests/lab/zoo/package.json names, in build/zoo
#   setup_build PRESET TARGET...   configures when needed, builds; silent, the log is build/PRESET.log
#
# When there is nothing to do, both together take less than a tenth of a second: one dpkg-query, one ninja.
# shellcheck shell=bash

setup_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

say() {
    printf '%s\n' "$*" >&2
}

fail() {
    say "$@"
    exit 4
}

setup_list() {
    sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$setup_root/packaging/packages-$1.txt"
}

setup_is_debian_12() {
    [ -r /etc/os-release ] || return 1
    (
        ID='' VERSION_ID=''
        # shellcheck disable=SC1091
        . /etc/os-release
        [ "$ID" = debian ] && [ "$VERSION_ID" = 12 ]
    )
}

# Commands that stand for a list on a system whose package names are not known here; libraries are found, or
# missed with a message, by the build itself.
setup_commands() {
    case $1 in
    build) echo cc cmake ninja pkg-config ;;
    lab) echo ip nsd unbound postfix dovecot nginx openssl python3 unshare ;;
    test) echo clang clang-format clang-tidy xmllint gdb ;;
    zoo) echo gnutls-serv java selfserv lighttpd ;;
    esac
}

setup_elsewhere() {
    local list command missing=()

    for list in "$@"; do
        for command in $(setup_commands "$list"); do
            PATH=$PATH:/usr/sbin:/sbin command -v "$command" >/dev/null || missing+=("$command")
        done
    done
    [ ${#missing[@]} = 0 ] && return
    say "Packages are installed by this script on Debian 12 only, and this is another system."
    say "Not found here: ${missing[*]}"
    say "Please install what these packages of Debian 12 hold, then try again:"
    fail "  $(setup_needed "$@")"
}

setup_needed() {
    local list

    for list in "$@"; do
        setup_list "$list"
    done | paste -s -d ' '
}

# Those of the packages that are not installed, one a line. dpkg-query's complaint about names it has never
# heard of is what we want to know, not an error.
setup_missing() {
    # shellcheck disable=SC2016
    printf '%s\n' "$@" | grep -vxF -f <(dpkg-query -W -f '${Package}:${db:Status-Status}\n' "$@" 2>/dev/null |
        sed -n 's/:installed$//p')
}

setup_packages() {
    local packages missing

    if ! setup_is_debian_12; then
        setup_elsewhere "$@"
        return
    fi
    mapfile -t packages < <(for list in "$@"; do setup_list "$list"; done)
    mapfile -t missing < <(setup_missing "${packages[@]}")
    [ ${#missing[@]} = 0 ] && return

    local install=("$setup_root/packaging/install-packages" "${missing[@]}")
    if [ "$(id -u)" = 0 ]; then
        "${install[@]}" || exit 4
    elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        say "Installing packages with sudo: ${missing[*]}"
        sudo "${install[@]}" || exit 4
    else
        say "Packages are missing, and installing them takes root. Please run this as root, then try again:"
        fail "  ${install[0]} ${missing[*]}"
    fi
}

# What cannot be had here is left out of the zoo, and its test says so: no reason to stop.
setup_zoo() {
    local tree=$setup_root/build/zoo list=$setup_root/tests/lab/zoo/package.json

    cmp -s "$list" "$tree/installed.json" && return
    if ! command -v npm >/dev/null; then
        say "npm is not installed: the servers of the zoo that come from there are left out."
        return
    fi
    say "Installing programs of the zoo with npm: build/zoo, log in build/zoo/log"
    if mkdir -p "$tree" && cp "$list" "$tree/package.json" &&
        (cd "$tree" && npm install --ignore-scripts --no-audit --no-fund --no-package-lock) </dev/null \
            >"$tree/log" 2>&1; then
        cp "$list" "$tree/installed.json"
    else
        say "That failed; the servers of the zoo that come from there are left out."
    fi
}

setup_show_log() {
    say "$1 failed. The end of $2:"
    grep -v '^\[[0-9]*/[0-9]*\] ' "$2" | tail -n 40 >&2 # without ninja's progress
    setup_is_debian_12 || say "On Debian 12 the build needs the packages: $(setup_needed build)"
}

# The tree in build/PRESET was configured, and for this place (a copied or moved clone was not).
setup_configured() {
    local tree=$setup_root/build/$1

    [ -f "$tree/build.ninja" ] && grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$setup_root" "$tree/CMakeCache.txt"
}

setup_build() {
    local preset=$1 tree=$setup_root/build/$1 log=$setup_root/build/$1.log
    shift

    if ! mkdir -p "$setup_root/build" || ! : >>"$setup_root/build/$preset.lock"; then
        say "Outpost is built in $setup_root/build, and this user may not write there."
        return 1
    fi
    # One build of a preset at a time; the lock ends with this subshell.
    (
        flock 9
        if setup_configured "$preset"; then
            ninja -n -C "$tree" "$@" 2>&1 | grep -q 'no work to do' && exit 0
            say "Building Outpost ($preset): build/$preset, log in build/$preset.log"
        else
            say "Building Outpost ($preset), about a minute: build/$preset, log in build/$preset.log"
            if ! (cd "$setup_root" && cmake --fresh --preset "$preset") </dev/null >"$log" 2>&1; then
                setup_show_log "Configuring the build" "$log"
                exit 1
            fi
        fi
        if ! ninja -C "$tree" "$@" </dev/null >"$log" 2>&1; then
            setup_show_log "The build" "$log"
            exit 1
        fi
    ) 9>"$setup_root/build/$preset.lock"
}
