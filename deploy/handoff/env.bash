# Who the managers run as, and where the host has what they need; source it before docker compose.
export USR_ID="$(id -u)"
export GRP_ID="$(id -g)"
export TAG=latest

export AT_BUFFER=/data/at/buffer AT_HOLDING=/data/at/holding AT_STATE=/data/at/state
export CC_BUFFER=/data/cc/buffer CC_HOLDING=/data/cc/holding CC_STATE=/data/cc/state
export DBBBM_ETC="$HOME/local/etc"
export DBBBM_LOG="$HOME/local/var/log"
export DBBBM_SSH="$HOME/.ssh"
