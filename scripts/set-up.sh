# Sourced by start and test: makes a checkout ready to run, and does nothing where it is ready.
# Node 24 comes with the npm packages, so that any Node with an npm is enough to begin with.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
export PATH="$PWD/node_modules/.bin:$PATH"

fail_set_up() {
  echo "draws: $1" >&2
  exit 2
}

# How far npm is: it says nothing itself for a minute. On a terminal one line that changes, else a line
# every twenty seconds.
show_packages() {
  local all there every=20 end='\n'
  all=$(grep -c '^    "node_modules/' package-lock.json)
  [ -t 1 ] && every=1 end='\r'
  trap 'exit 0' TERM
  while true; do
    sleep "$every" &
    wait $!
    there=$(find node_modules -name package.json -path '*node_modules/*' -prune 2>/dev/null | wc -l)
    printf "  %s s, %s of at most %s packages   $end" "$SECONDS" "$there" "$all"
  done
}

install_packages() {
  local mark=node_modules/.package-lock.json
  if [ -x node_modules/.bin/node ] && [ -e "$mark" ] && [ ! package-lock.json -nt "$mark" ]; then
    return
  fi
  command -v npm >/dev/null ||
    fail_set_up "npm is missing (install Node.js with npm, from nodejs.org or your system)"
  echo "installing the npm packages (some 600 MB with Node; a minute or two where they come from the net)…"
  # What a pack that was killed left; npm would prefer it to package-lock.json.
  rm -f npm-shrinkwrap.json
  show_packages &
  local shower=$! failed=''
  npm ci --prefer-offline --no-fund --no-audit --loglevel=error </dev/null ||
    npm install --no-save --no-fund --no-audit --loglevel=error </dev/null ||
    failed=yes
  kill "$shower" 2>/dev/null || true
  wait "$shower" 2>/dev/null || true
  [ -z "$failed" ] || fail_set_up "the npm packages could not be installed (see the lines above)"
  touch "$mark"
  hash -r
}

# Debian keeps the programs of PostgreSQL's server out of PATH.
find_program() {
  command -v "$1" >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/$1" >/dev/null
}

# install_program PROGRAM PACKAGE: by apt where it is missing and the user is root, else one line.
install_program() {
  local program=$1 package=$2
  find_program "$program" && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing $package…"
    { apt-get install -y -qq "$package" ||
      { apt-get update -qq && apt-get install -y -qq "$package"; }; } </dev/null >/dev/null 2>&1
    hash -r
  fi
  find_program "$program" ||
    fail_set_up "$program is missing (install it, on Debian: apt-get install $package)"
}

# What only the tests need: a real sshd, a real browser, a real terminal, two hosts in one, a proxy.
install_test_programs() {
  PATH="$PATH:/usr/sbin:/sbin"
  install_program ssh openssh-client
  install_program sshd openssh-server
  install_program chromium chromium
  install_program tmux tmux
  install_program ip iproute2
  install_program pg_ctl postgresql
  install_program nginx nginx-light
  install_program openssl openssl
}

# Without its page the dashboard still serves its data, and the line is not kept from starting.
build_page() {
  scripts/build-dashboard || echo "draws: the dashboard's page could not be built" >&2
}

# Without it the programs start from their sources.
compile_programs() {
  scripts/compile || echo "draws: the programs could not be compiled" >&2
}

install_packages
install_program rsync rsync
compile_programs
build_page
