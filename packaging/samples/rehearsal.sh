#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What packaging/rehearse does in a bare Debian with the package: it has bash and little more.
set -euo pipefail
fail() { printf 'FAILED: %s\n' "$*" >&2; cat /tmp/mailweir.log >&2; exit 1; }

# The loopback interface of a new network is down, and nothing here can bring it up but this.
perl -e 'socket(S, 2, 2, 0); my $r = pack("a16 s x14", "lo", 1); ioctl(S, 0x8914, $r) or die $!'

serve() {
  setpriv --reuid=mailweir --regid=mailweir --init-groups --no-new-privs \
    mailweir serve --config /etc/mailweir/mailweir.yaml >>/tmp/mailweir.log 2>&1 &
  server=$!
  for _ in $(seq 200); do
    ! mailweir status >/dev/null 2>&1 || return 0
    kill -0 "$server" 2>/dev/null || fail "serve ended"
    read -rt 0.1 <> <(:) || true
  done
  fail "it does not start"
}

stop() { kill -TERM "$server"; wait "$server" || fail "serve ended with $?"; }

# One message over SMTP; prints the last reply but that to QUIT.
send() {
  local line= reply=
  exec 9<>/dev/tcp/127.0.0.1/2525
  read -r line <&9
  for command in "EHLO client.example" "MAIL FROM:<ann@sender.example>" "RCPT TO:<$1>" DATA; do
    printf '%s\r\n' "$command" >&9
    while read -r line <&9; do [ "${line:3:1}" = - ] || break; done
    case $line in [45]*) break ;; esac
  done
  if [[ $line == 354* ]]; then
    printf '%s\r\n' "From: ann@sender.example" "Subject: $2" "Date: $(date -R)" \
      "Message-ID: <$2@sender.example>" "" "Hello." . >&9
    read -r line <&9
  fi
  reply=$line
  printf 'QUIT\r\n' >&9
  exec 9>&-
  printf '%s\n' "$reply"
}

first() {
  mkdir -p /tmp/maildir
  mailweir sink --listen 127.0.0.1:2526 --maildir /tmp/maildir >/tmp/sink.log 2>&1 &
  mailweir config check || fail "the configuration"
  serve
  mailweir health || fail "not well"
  # Addresses in /proc/net/tcp are hexadecimal, the last octet first: 7F000001 reads 0100007F.
  while read -r _ address _ state _; do
    [ "$state" != 0A ] || [[ $address == 0100007F:* ]] || fail "it listens on $address"
  done < <(tail -n +2 /proc/net/tcp)
  local reply
  reply=$(send bob@example.org one)
  [[ $reply == 250* ]] || fail "said: $reply"
  grep -rqs 'Subject: one' /tmp/maildir || fail "nothing arrived"
  reply=$(send eve@elsewhere.example two)
  [[ $reply == 5* ]] || fail "an open relay: $reply"
  mailweir status
  mailweir history search | grep -q bob@example.org || fail "no history"
  if mailweir setup --help >/dev/null 2>&1; then
    mailweir setup --link 2>/dev/null | grep -q '^http' || fail "no link for the first sign-in"
  fi
  echo 'limits: { message: 1 MiB }' >/etc/mailweir/conf.d/20-change.yaml
  mailweir config reload || fail "reload"
  echo 'limits: { mesage: 1 MiB }' >/etc/mailweir/conf.d/20-change.yaml
  ! mailweir config reload 2>/tmp/complaint || fail "a wrong configuration was taken"
  grep -q 'did you mean' /tmp/complaint || fail "no help: $(cat /tmp/complaint)"
  rm /etc/mailweir/conf.d/20-change.yaml
  stop
}

again() {
  serve
  mailweir history search | grep -q bob@example.org || fail "the history is gone"
  stop
}

# What an earlier version leaves behind: mail in the queue, history, a list entry.
old() {
  serve
  local reply
  for subject in kept-1 kept-2; do
    reply=$(send bob@example.org "$subject")
    [[ $reply == 250* ]] || fail "said: $reply"
  done
  mailweir allow add friend@sender.example || fail "allow add"
  mailweir queue list | grep -q bob@example.org || fail "nothing waits"
  stop
}

# The new version on what the old one left.
upgraded() {
  mailweir config check || fail "the new version does not like the configuration"
  serve
  kept_is_there
  stop
}

kept_is_there() {
  [ "$(mailweir queue list | grep -c bob@example.org)" -ge 2 ] ||
    fail "the queue is not what it was"
  mailweir history search | grep -q bob@example.org || fail "the history is gone"
  mailweir allow list | grep -q friend@sender.example || fail "the list is gone"
}

# Prints the path of a backup of the running gateway.
back_up() {
  serve
  mailweir backup create >/tmp/backup.said || fail "backup create"
  stop
  mailweir backup verify "$(cut -d' ' -f1 /tmp/backup.said)" || fail "backup verify"
}

# On another machine: the service has run before, as after an installation.
restored() {
  serve
  ! mailweir backup restore "$1" 2>/dev/null || fail "restored over a running gateway"
  stop
  mailweir backup restore --dry-run "$1" || fail "the rehearsal of a restore"
  mailweir backup restore "$1" || fail "the restore"
  serve
  kept_is_there
  mkdir -p /tmp/maildir
  mailweir sink --listen 127.0.0.1:2526 --maildir /tmp/maildir >/tmp/sink.log 2>&1 &
  mailweir queue retry --all || fail "retry"
  for _ in $(seq 200); do
    [ "$(grep -rls 'Subject: kept-' /tmp/maildir | wc -l)" -lt 2 ] || break
    read -rt 0.1 <> <(:) || true
  done
  [ "$(grep -rls 'Subject: kept-' /tmp/maildir | wc -l)" = 2 ] || fail "the queue was not delivered"
  stop
}

"$@"
