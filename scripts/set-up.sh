# Sourced by start and test: makes a checkout ready to run, and does nothing where it is ready.
# Node 24 comes with the npm packages, so that any Node with an npm is enough to begin with.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
export PATH="$PWD/node_modules/.bin:$PATH"

fail_set_up() {
  echo "draws: $1" >&2
  exit 2
}

install_packages() {
  local mark=node_modules/.package-lock.json
  if [ -x node_modules/.bin/node ] && [ -e "$mark" ] && [ ! package-lock.json -nt "$mark" ]; then
    return
  fi
  command -v npm >/dev/null ||
    fail_set_up "npm is missing (install Node.js with npm, from nodejs.org or your system)"
  echo "installing the npm packages…"
  npm ci --no-fund --no-audit --loglevel=error </dev/null ||
    npm install --no-save --no-fund --no-audit --loglevel=error </dev/null ||
    fail_set_up "the npm packages could not be installed (see the lines above)"
  touch "$mark"
  hash -r
}

install_rsync() {
  command -v rsync >/dev/null && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing rsync…"
    { apt-get install -y -qq rsync || { apt-get update -qq && apt-get install -y -qq rsync; }; } \
      </dev/null >/dev/null 2>&1
    hash -r
  fi
  command -v rsync >/dev/null ||
    fail_set_up "rsync is missing (install it, on Debian: apt-get install rsync)"
}

install_packages
install_rsync
