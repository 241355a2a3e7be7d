#!/bin/sh
# Install nimbus-agent from the control plane that serves this file, and join it.
#
#   sudo sh install.sh --url https://HOST:PORT --ca CA.crt TOKEN [--name NAME] [options of nimbus-agent join]
#
# TOKEN may be "-": it is then read from standard input. May be run again: what is there is kept.
# Further options: --prefix DIR (default /usr/local), --install-packages (install wireguard-go where WireGuard
# is missing), --no-service (do not install the systemd unit).
set -eu

say() { printf 'install-agent: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
usage() { say "$*. See the first lines of this file."; exit 2; }
have() { command -v "$1" >/dev/null 2>&1; }

url='' ca='' token='' prefix=/usr/local packages=no service=yes data='' config=''

# Reads the options into the variables above. What belongs to `nimbus-agent join` stays in "$@", rotated
# behind a marker: a POSIX shell has no other list.
count=$#
while [ "$count" -gt 0 ]; do
    word=$1
    shift
    count=$((count - 1))
    case $word in
        --url=* | --ca=* | --prefix=* | --name=* | --data-dir=* | --config=* | --mesh=* | --interface=* | --listen-port=*)
            value=${word#*=}
            word=${word%%=*}
            ;;
        --url | --ca | --prefix | --name | --data-dir | --config | --mesh | --interface | --listen-port)
            [ "$count" -gt 0 ] || usage "$word needs a value"
            value=$1
            shift
            count=$((count - 1))
            ;;
    esac
    case $word in
        --url) url=${value%/} ;;
        --ca) ca=$value ;;
        --prefix) prefix=$value ;;
        --data-dir) data=$value; set -- "$@" "$word" "$value" ;;
        --config) config=$value; set -- "$@" "$word" "$value" ;;
        --name | --mesh | --interface | --listen-port) set -- "$@" "$word" "$value" ;;
        --install-packages) packages=yes ;;
        --no-service) service=no ;;
        -q | --quiet | --debug) set -- "$@" "$word" ;;
        -h | --help) sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0"; exit 0 ;;
        - | nimbus1_*)
            [ -z "$token" ] || usage "there is more than one token"
            token=$word
            ;;
        -*) usage "unknown option $word" ;;
        *) usage "this is not a join token (a token begins with nimbus1_)" ;;
    esac
done

[ -n "$token" ] || usage "the join token is missing: make one on the control plane with: nimbus node token"
case $url in
    https://*) ;;
    *) usage "--url must be the https:// address of the control plane" ;;
esac
if [ ! -r "$ca" ]; then usage "--ca must name the control plane's CA certificate (from its /v1/ca)"; fi

umask 077
work=$(mktemp -d) || fail "no temporary folder can be made: free space in ${TMPDIR:-/tmp}"
staged=''
trap 'rm -rf "$work" ${staged:+"$staged"}' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Any local user can read a command line: the token goes on in a file of ours. (`sudo` itself keeps its own
# arguments while it runs; with "-" the token is on no command line at all.)
if [ "$token" = - ]; then
    cat >"$work/token"
elif [ -r "$0" ] && [ "${NIMBUS_INSTALL_AGAIN:-}" != yes ]; then
    printf '%s\n' "$token" >"$work/token"
    exec <"$work/token"
    rm -rf "$work"
    trap - EXIT
    [ "$packages" = no ] || set -- --install-packages "$@"
    [ "$service" = yes ] || set -- --no-service "$@"
    NIMBUS_INSTALL_AGAIN=yes exec sh "$0" --url "$url" --ca "$ca" --prefix "$prefix" "$@" -
else
    printf '%s\n' "$token" >"$work/token"
fi
token=''

if [ "$prefix" = /usr/local ] && [ "$(id -u)" != 0 ]; then
    fail "needs root to install into $prefix: run it with sudo, or choose a folder with --prefix"
fi

find_python() {
    for name in python3.14 python3.13 python3.12 python3.11 python3; do
        path=$(command -v "$name") || continue
        if "$path" -I -S -c 'import sys; v = sys.version_info[:2]; sys.exit(not (3, 11) <= v <= (3, 14))' \
            >/dev/null 2>&1 </dev/null; then
            python=$path
            return 0
        fi
    done
    return 1
}

python_hint() {
    if have apt-get; then
        echo "apt-get install python3 (Debian 12, Ubuntu 24.04 or newer)"
    elif have dnf; then
        echo "dnf install python3.12"
    elif have zypper; then
        echo "zypper install python312"
    elif have pacman; then
        echo "pacman -S python"
    else
        echo "install the package of one of them"
    fi
}

find_python || fail "no Python from 3.11 to 3.14 is on PATH: $(python_hint), then run this again"

# Fetches $url$1 into $2, trusting the given CA and nothing else: not the system's, not a configuration file's.
mkdir "$work/no-other-ca"
fetch() {
    if have curl; then
        curl -q -fsS --retry 5 --proto =https --tlsv1.2 --connect-timeout 15 --max-time 600 \
            --cacert "$ca" --capath "$work/no-other-ca" -o "$2" "$url$1" 2>"$work/error"
    elif have wget && wget --version 2>/dev/null | grep -q '^GNU Wget 1'; then
        wget --no-config -nv --https-only --connect-timeout=15 --tries=1 \
            --ca-certificate="$ca" --ca-directory="$work/no-other-ca" -O "$2" "$url$1" 2>"$work/error"
    else
        "$python" -I -S - "$url$1" "$ca" "$2" 2>"$work/error" <<'PYTHON'
import shutil, ssl, sys, urllib.request
url, ca, target = sys.argv[1:]
with urllib.request.urlopen(url, timeout=60, context=ssl.create_default_context(cafile=ca)) as answer:
    with open(target, "wb") as file:
        shutil.copyfileobj(answer, file)
PYTHON
    fi
}

get() {
    fetch "$1" "$2" && return 0
    fail "$url$1 cannot be fetched ($(tail -n 1 "$work/error")): check the address, and that --ca is its CA"
}

digest() { sha256sum "$1" | cut -d ' ' -f 1; }

agent=$prefix/bin/nimbus-agent
get /download/nimbus-agent.sha256 "$work/sha256"
wanted=$(cut -d ' ' -f 1 "$work/sha256")
case $wanted in
    *[!0-9a-f]* | '') fail "$url did not send a SHA-256: make sure that --url is a Nimbus control plane" ;;
esac
[ "${#wanted}" = 64 ] || fail "$url did not send a SHA-256: make sure that --url is a Nimbus control plane"

if [ -f "$agent" ] && [ "$(digest "$agent")" = "$wanted" ]; then
    say "$agent is up to date"
else
    (umask 022 && mkdir -p "$prefix/bin") 2>/dev/null ||
        fail "$prefix/bin cannot be made: choose another folder with --prefix"
    staged=$(mktemp "$prefix/bin/.nimbus-agent.XXXXXX" 2>/dev/null) ||
        fail "$prefix/bin cannot be written: run it with sudo, or choose another folder with --prefix"
    get /download/nimbus-agent "$staged"
    [ "$(digest "$staged")" = "$wanted" ] ||
        fail "what came from $url/download/nimbus-agent has another SHA-256: nothing was installed, try again"
    chmod 0755 "$staged"
    version=$("$python" "$staged" --version 2>"$work/error" </dev/null) ||
        fail "the agent does not run here: $(tail -n 1 "$work/error")"
    mv -f "$staged" "$agent" 2>/dev/null || fail "$agent cannot be replaced: remove it, then run this again"
    staged=''
    say "installed $version as $agent"
fi

has_wireguard() {
    have wireguard-go || have boringtun-cli || [ -d /sys/module/wireguard ] ||
        { have modprobe && modprobe -n -q wireguard; }
}

if ! has_wireguard; then
    if have apt-get; then hint='apt-get install wireguard-go'; else hint='install the package wireguard-go'; fi
    if [ "$packages" = yes ] && have apt-get; then
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends wireguard-go >&2 </dev/null ||
            fail "wireguard-go could not be installed: try apt-get update, then run this again"
    else
        say "neither this kernel nor a program here does WireGuard; if the join asks for it: $hint"
    fi
fi

# What it says is shown as it comes, and looked at afterwards.
status=0
{ "$python" "$agent" join "$@" - <"$work/token" 2>&1 || echo $? >"$work/status"; } | tee "$work/join" >&2
rm -f "$work/token"
[ ! -f "$work/status" ] || read -r status <"$work/status"
if [ "$status" != 0 ]; then
    grep -q '\[ALREADY_JOINED\]$' "$work/join" || exit "$status"
    say "this machine stays the node that it is"
fi

set -- run
[ -z "$data" ] || set -- "$@" --data-dir "$data"
[ -z "$config" ] || set -- "$@" --config "$config"
if [ "$service" = yes ] && [ -z "$data$config" ] && [ "$(id -u)" = 0 ] && [ -d /run/systemd/system ]; then
    "$python" "$agent" install-service
else
    say "no service was installed. Start the agent with: $agent $*"
fi
