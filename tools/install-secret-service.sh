#!/bin/sh
# Installs a Secret Service (gnome-keyring) on Debian and its kin, so that tests/sync/test_secret_service.py can run:
# it keeps tokens in a real keyring, under a D-Bus session of its own. Without these packages that test is skipped.
#
#   sudo tools/install-secret-service.sh
#
# dbus             dbus-run-session, a private session bus
# gnome-keyring    the keyring's daemon
# libsecret-tools  secret-tool, an independent program that reads what was kept
set -eu
if ! command -v apt-get >/dev/null 2>&1; then
  echo "This script knows apt-get only. Install by other means: dbus, gnome-keyring, libsecret-tools (secret-tool)." >&2
  exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "Packages are installed by root: sudo $0" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends dbus gnome-keyring libsecret-tools
