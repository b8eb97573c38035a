# SPDX-License-Identifier: Apache-2.0
"""Messages for the tests, and how one that arrived may differ from the one that was sent."""
import re

REPLACED = {b"subject"}
# Fields that are removed on entry because a sender could forge them (interface.md §3), and verdicts
# of filters that are not listed as upstream (features.md I11).
FORGEABLE = re.compile(rb"(?i)^(x-mailweir-verdict|x-spam|x-spam-(flag|status|level|score|report|"
                       rb"checker-version)|x-barracuda-(spam-(flag|status|score|report)|bayes)|"
                       rb"authentication-results)$")


def compose(subject="a quiet note", sender="ann@sender.example", recipient="bob@example.org",
            body="Good morning.\r\n", marker="", size=0, extra=""):
    """A complete message in CRLF form; `marker` goes into the Message-ID, `size` pads the body."""
    head = (f"From: <{sender}>\r\nTo: <{recipient}>\r\nSubject: {subject}\r\n"
            f"Date: Mon, 05 Jan 2026 09:00:00 +0000\r\n"
            f"Message-ID: <{marker or 'one'}@sender.example>\r\n"
            f"{extra}\r\n{body}").encode()
    if size > len(head):
        line = b"The weir holds the water back and lets the boats go by, day and night.\r\n"
        head += line * ((size - len(head)) // len(line) + 1)
        head = head[:size - 2].rstrip(b"\r\n") + b"\r\n"
    return head


def split(message):
    """(list of raw header fields, the rest from the blank line on). A line that is no
    field counts as one: the header ends at the first blank line, whatever stands in it."""
    fields, position = [], 0
    while position < len(message):
        end = message.find(b"\n", position)
        end = len(message) if end < 0 else end + 1
        line = message[position:end]
        if line in (b"\r\n", b"\n"):
            break
        if line[:1] in b" \t" and fields:
            fields[-1] += line
        else:
            fields.append(line)
        position = end
    return fields, message[position:]


def name_of(field):
    return field.partition(b":")[0].strip().lower()


def added_fields(sent, arrived):
    """The fields that stand before the sent message, by lower-case name."""
    return {name_of(f).decode(): f for f in split(arrived)[0] if f not in split(sent)[0]}


def difference(sent, arrived):
    """None when `arrived` is `sent` with header fields added before it, forgeable ones removed and
    at most the Subject replaced; else what differs, in words."""
    if arrived.endswith(sent):
        only_fields = is_fields(arrived[:len(arrived) - len(sent)])
        return None if only_fields else "not only fields were added"
    sent_fields, sent_rest = split(sent)
    fields, rest = split(arrived)
    if not rest.endswith(sent_rest) or (rest != sent_rest and sent_fields):
        return f"the body differs: {len(sent_rest)} octets became {len(rest)}"
    lost = [name_of(f) for f in sent_fields if f not in fields]
    for name in lost:
        if not FORGEABLE.match(name) and not (name in REPLACED
                                              and name in map(name_of, fields)):
            return f"the field {name!r} was lost or changed"
    kept = [f for f in sent_fields if is_kept(f)]
    if kept and [f for f in fields if is_kept(f)][-len(kept):] != kept:
        return "the order of the fields changed"
    return None


def is_kept(field):
    return not FORGEABLE.match(name_of(field)) and name_of(field) not in REPLACED


def is_fields(text):
    fields, rest = split(text)
    return rest == b"" and all(re.match(rb"[!-9;-~]+[ \t]*:.*\r\n$", f, re.S) for f in fields)
