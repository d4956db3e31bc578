#!/bin/sh
# Installs the system tools that some tests drive, where it may: Debian, root. Elsewhere those tests
# skip and say why.
missing=""
command -v tshark >/dev/null || missing="$missing tshark"
command -v tmux >/dev/null || missing="$missing tmux"
command -v ip >/dev/null || missing="$missing iproute2"
command -v ethtool >/dev/null || missing="$missing ethtool"
command -v dnsmasq >/dev/null || missing="$missing dnsmasq-base"
[ -x /usr/sbin/nginx ] || command -v nginx >/dev/null || missing="$missing nginx-light"
command -v curl >/dev/null || missing="$missing curl"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing for the tests:$missing"
    apt-get update -qq &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "not here, so the tests that need them skip:$missing"
fi
exit 0
