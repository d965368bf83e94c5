#!/usr/bin/env bash
# Installs what the tests need, builds once, runs the suites and adds up their results.
#
#   ./test.sh              all suites
#   ./test.sh NAME…        only these
#   ./test.sh --list       their names
#
# CONFIGURATION=Release builds and tests that configuration in place of Debug. The last line is "N passed, N failed, N skipped"; the exit code is 0 only
# if nothing failed and every suite ran a test. What the suites wrote is in artifacts/test/NAME.log.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
exec < /dev/null

declare -A about=(
  [format]="the code is formatted (dotnet format)"
  [protocol]="the pure protocol core"
  [netstandard]="the pure protocol core as Unity gets it (netstandard2.1)"
  [server]="the server, in process"
  [epoll]="the server again, on the epoll engine (Linux)"
  [adapters]="several servers as one, each engine against one specification, alone and together with official servers under Node"
  [client]="the .NET client against Node, Python and our own server"
  [client-netstandard]="the .NET client as Unity gets it (netstandard2.1), against Node"
  [cli]="the sockeye tool: broken deployments, captures of real traffic, its commands"
  [interop]="the official client under Node against the test host"
  [python]="Debian's python3-socketio against the test host"
  [dotnet]="the SocketIOClient package against the test host's contract"
  [browser]="the pages of the samples in Chromium"
  [aot]="native binaries: the test host, on the epoll engine, against the official client, the .NET client against the test host, the sockeye tool"
  [bench]="the server against Node with ws: ratios of CPU, and what a message allocates"
  [chaos]="three servers under load, and a fault: what became of each message"
  [docs]="the code in the documentation is the code that runs"
  [parity]="each line of the checklist of official behaviour has a test"
)
names=(format protocol netstandard server epoll adapters client client-netstandard cli interop python dotnet browser aot bench chaos docs parity)

export CONFIGURATION="${CONFIGURATION:-Debug}" DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
results=artifacts/test
passed=0 failed=0 skipped=0
if [[ -t 1 && -z "${NO_COLOR:-}" ]]; then bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' dim=$'\e[2m' plain=$'\e[0m'; else bold='' red='' green='' dim='' plain=''; fi

say() { echo "${dim}··· $*${plain}"; }
die() { echo "${red}$*${plain}" >&2; exit 1; }
wanted() { local name; for name in "$@"; do [[ " ${suites[*]} " == *" $name "* ]] && return 0; done; return 1; }

# ---- what the tests need ----

as_root() { if [[ $EUID == 0 ]]; then "$@"; elif command -v sudo > /dev/null; then sudo -n "$@"; else return 1; fi; }

install_packages() {
  local packages=()
  if wanted aot; then
    command -v clang > /dev/null || command -v gcc > /dev/null || packages+=(clang)
    [[ -e /usr/include/zlib.h ]] || packages+=(zlib1g-dev)
  fi
  if wanted python client client-netstandard cli; then /usr/bin/python3 -c "import socketio, requests, websocket, aiohttp" 2> /dev/null || packages+=(python3 python3-socketio python3-requests python3-websocket python3-aiohttp); fi
  if wanted cli; then
    command -v haproxy > /dev/null || packages+=(haproxy)
    command -v tcpdump > /dev/null || packages+=(tcpdump)
    command -v tshark > /dev/null || packages+=(tshark)
    command -v ip > /dev/null || packages+=(iproute2)
    [[ -e /usr/lib/x86_64-linux-gnu/libpcap.so.0.8 || -e /usr/lib/aarch64-linux-gnu/libpcap.so.0.8 ]] || packages+=(libpcap0.8)
  fi
  if wanted adapters cli; then command -v nginx > /dev/null || packages+=(nginx); fi
  if wanted adapters chaos; then compgen -G "/usr/lib/postgresql/*/bin/initdb" > /dev/null || command -v initdb > /dev/null || packages+=(postgresql); fi
  if wanted adapters bench chaos; then command -v redis-server > /dev/null || packages+=(redis-server); fi
  if wanted adapters; then command -v nats-server > /dev/null || [[ -x /usr/sbin/nats-server ]] || packages+=(nats-server); fi
  if wanted browser; then [[ -e "${CHROMIUM:-/usr/bin/chromium}" ]] || packages+=(chromium); fi
  (( ${#packages[@]} )) || return 0
  say "install ${packages[*]}"
  { as_root apt-get update && as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y --no-install-recommends "${packages[@]}"; } > "$results/apt.log" 2>&1 ||
    die "Could not install ${packages[*]} (see $results/apt.log). Install them by hand."
}

install_modules() {
  local folder
  for folder in "$@"; do
    [[ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ]] && continue
    say "npm ci in $folder"
    (cd "$folder" && npm ci --no-audit --no-fund) > "$results/npm.log" 2>&1 || { cat "$results/npm.log"; die "npm ci failed in $folder."; }
  done
}

build() {
  say "restore"
  dotnet restore Sockeye.slnx --locked-mode -v q > "$results/build.log" 2>&1 || { cat "$results/build.log"; die "The restore failed."; }
  say "build ($CONFIGURATION)"
  dotnet build Sockeye.slnx --no-restore -c "$CONFIGURATION" -v q > "$results/build.log" 2>&1 || { grep -E 'error|warn' "$results/build.log" | sort -u; die "The build failed."; }
}

build_netstandard() {
  say "build $1 for netstandard2.1"
  dotnet build "tests/$1" -c "$CONFIGURATION" -p:ProtocolTarget=netstandard2.1 -p:RestoreLockedMode=true -v q > "$results/build.log" 2>&1 || { grep -E 'error|warn' "$results/build.log" | sort -u; die "The build for netstandard2.1 failed."; }
}

# ---- suites: each writes its log, sets counts to "passed failed skipped", and crashed when it ended badly ----

dotnet_tests() {
  timeout 900 "tests/$2/bin/${3:+$3/}$CONFIGURATION/net10.0/$2" --no-ansi --progress off --results-directory "$results" --report-xunit-ctrf --report-xunit-ctrf-filename "$(basename "$1" .log).ctrf.json" > "$1" 2>&1 || crashed=1
  counts=$(awk '$1 == "succeeded:" { p = $2 } $1 == "failed:" { f = $2 } $1 == "skipped:" { s = $2 } END { print p + 0, f + 0, s + 0 }' "$1")
}

node_tests() {
  (cd "$2" && timeout 900 node --test --test-timeout=120000 --test-reporter=spec --test-reporter-destination=stdout --test-reporter=tap --test-reporter-destination="$OLDPWD/$1.tap") > "$1" 2>&1 || crashed=1
  counts=$(awk '/^# pass / { p = $3 } /^# (fail|cancelled) / { f += $3 } /^# (skipped|todo) / { s += $3 } END { print p + 0, f + 0, s + 0 }' "$1.tap")
}

python_tests() {
  # Debian's own interpreter: another one on the path does not see Debian's modules.
  timeout 600 /usr/bin/python3 -W ignore "$2" > "$1" 2>&1 || crashed=1
  counts=$(awk '/^Ran [0-9]+ test/ { n = $2 } /^(OK|FAILED)/ { gsub(/[^0-9a-z=,]/, ""); split($0, parts, ","); for (i in parts) { split(parts[i], pair, "="); if (pair[1] ~ /skipped/) s = pair[2]; else if (pair[1] ~ /failures|errors/) f += pair[2] } } END { print n - f - s, f + 0, s + 0 }' "$1")
}

one_test() {
  local log=$1
  shift
  if "$@" > "$log" 2>&1; then counts="1 0 0"; else counts="0 1 0"; fi
}

# Only the white space: the build holds the rest of the style (EnforceCodeStyleInBuild, warnings are errors).
run_format() { one_test "$1" dotnet format whitespace Sockeye.slnx --verify-no-changes --no-restore; }
run_protocol() { dotnet_tests "$1" Sockeye.Protocol.Tests; }
run_netstandard() { dotnet_tests "$1" Sockeye.Protocol.Tests netstandard2.1; }
run_server() { dotnet_tests "$1" Sockeye.AspNetCore.Tests; }
run_epoll() { SOCKEYE_EPOLL=1 dotnet_tests "$1" Sockeye.AspNetCore.Tests; }
run_adapters() { dotnet_tests "$1" Sockeye.Adapters.Tests; }
run_client() { dotnet_tests "$1" Sockeye.Client.Tests; }
run_client-netstandard() { SOCKEYE_CLIENT_SERVERS=Node,Node2 dotnet_tests "$1" Sockeye.Client.Tests netstandard2.1; }
run_cli() { dotnet_tests "$1" Sockeye.Cli.Tests; }
run_interop() { node_tests "$1" tests/Sockeye.Interop.Tests; }
run_python() { python_tests "$1" tests/python/test_contract.py; }
run_dotnet() { dotnet_tests "$1" Sockeye.SocketIOClient.Tests; }
run_browser() { node_tests "$1" tests/browser; }
run_docs() { one_test "$1" dotnet run eng/snippets.cs; }

run_bench() {
  # Always in Release: what it measures is what users run.
  timeout 580 dotnet run -c Release --project bench/Sockeye.Bench -- gate > "$1" 2>&1 || crashed=1
  counts="$(grep -c '^ok ' "$1") $(grep -c '^failed ' "$1") 0"
}

run_chaos() {
  timeout 300 dotnet run -c Release --project bench/Sockeye.Chaos -- redis,redis-streams,postgres-log clients,stop > "$1" 2>&1 || crashed=1
  counts="$(grep -c '^ok ' "$1") $(grep -c '^failed ' "$1") 0"
}

run_parity() {
  one_test "$1" dotnet run eng/parity.cs -- --strict
  if [[ $counts == "1 0 0" ]]; then cat "$1"; fi
}

run_aot() {
  # The build counts as a test of its own: any trim or AOT warning fails it.
  one_test "$1" dotnet publish tests/Sockeye.AotSmoke -c Release -o artifacts/aot -v q
  [[ $counts == "1 0 0" ]] || return 0
  # On the epoll engine where there is one: the suite "interop" is the same on the default transport.
  SOCKEYE_EPOLL=1 SOCKEYE_HOST="$PWD/artifacts/aot/Sockeye.AotSmoke" node_tests "$1" tests/Sockeye.Interop.Tests
  local p f s log="${1%.log}-client.log"
  read -r p f s <<< "$counts"
  timeout 300 artifacts/aot/Sockeye.AotSmoke client > "$log" 2>&1 || crashed=1
  cat "$log" >> "$1"
  # The tool, too: without a warning, and it starts.
  local tool=0
  { dotnet publish src/Sockeye.Cli -c Release -r "$(dotnet --info | awk '$1 == "RID:" { print $2; exit }')" -o artifacts/aot-cli -v q && artifacts/aot-cli/sockeye --version; } >> "$1" 2>&1 && tool=1
  counts="$(( p + 1 + tool + $(grep -c '^ok ' "$log") )) $(( f + 1 - tool + $(grep -c '^failed ' "$log") )) $s"
}

run_suite() {
  local name=$1 log="$results/$1.log" begin=$SECONDS counts="0 0 0" crashed=0 p f s mark
  echo "${bold}▶ $name${plain} ${dim}${about[$name]}${plain}"
  "run_$name" "$log"
  read -r p f s <<< "$counts"
  # A suite that ends badly without a failed test has crashed, and one without tests has proved nothing.
  if (( f == 0 && (crashed || p + s == 0) )); then f=1; fi
  passed=$(( passed + p )) failed=$(( failed + f )) skipped=$(( skipped + s ))
  if (( f )); then tail -n 200 "$log"; mark="${red}✘"; else mark="${green}✔"; fi
  echo "$mark $name: $p passed, $f failed, $s skipped${plain} ${dim}($(( SECONDS - begin )) s)${plain}"
}

# ---- the run ----

if [[ "${1:-}" == --list ]]; then
  for name in "${names[@]}"; do printf '%-18s %s\n' "$name" "${about[$name]}"; done
  exit 0
fi
suites=("$@")
(( $# )) || suites=("${names[@]}")
for name in "${suites[@]}"; do [[ -n "${about[$name]:-}" ]] || die "There is no suite \"$name\". ./test.sh --list names them."; done

command -v dotnet > /dev/null || die "The .NET 10 SDK is missing: https://dotnet.microsoft.com/download"
if wanted adapters client client-netstandard cli interop browser aot bench; then command -v npm > /dev/null || die "Node.js 20 or later is missing: https://nodejs.org"; fi

mkdir -p "$results"
rm -f "$results"/*.{log,tap,json}
install_packages
if wanted interop aot; then install_modules tests/Sockeye.Interop.Tests; fi
if wanted adapters; then install_modules tests/Sockeye.Adapters.Tests/node tests/Sockeye.Adapters.Tests/Relay/node; fi
if wanted client client-netstandard; then install_modules tests/Sockeye.Client.Tests/node; fi
if wanted cli; then install_modules tests/Sockeye.Cli.Tests/node; fi
if wanted browser; then install_modules tests/browser; fi
if wanted bench; then install_modules bench/servers/peers; fi
if wanted format protocol server epoll adapters client client-netstandard cli interop python dotnet browser; then build; fi
if wanted netstandard; then build_netstandard Sockeye.Protocol.Tests; fi
if wanted client-netstandard; then build_netstandard Sockeye.Client.Tests; fi

for name in "${suites[@]}"; do run_suite "$name"; done
echo "$passed passed, $failed failed, $skipped skipped"
(( failed == 0 && passed > 0 ))
