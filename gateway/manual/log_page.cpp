// SPDX-License-Identifier: Apache-2.0
#include "gateway/manual/pages.hpp"
#include "gateway/manual/roff.hpp"

#include <array>

namespace app::manual {
namespace {
constexpr std::string_view introduction = R"(
`mailweir serve` writes its log to stderr, which systemd keeps in its journal. Each message has
one final line for each of its recipients, each attempt to deliver from the queue one more;
other lines are sentences for people. With `log.format` text, such a line is time, level and
`key=value` pairs in the order below, in double quotes where a value has blanks; with json it is
one object.

What a sender wrote is cut at 512 octets; control characters, quotes and characters that steer
the direction of text are escaped as \uXXXX, so that no message can forge a line.)";

constexpr std::array<std::pair<std::string_view, std::string_view>, 16> message_fields{{
    {"event", "message"},
    {"id",
     "The message's id; ID/N for its Nth recipient; - where the client was refused before "
     "there was a message."},
    {"stage", "How far it came: connect, helo, mail, rcpt or data."},
    {"listener", "The name of the listener."},
    {"client", "The client's address."},
    {"helo", "The name it gave."},
    {"from", "The envelope's sender; empty for bounces."},
    {"to", "The recipient."},
    {"size", "Octets of the message."},
    {"action", "deliver, tag, quarantine, discard, defer or reject."},
    {"score", "The sum of the points."},
    {"rule", "What decided."},
    {"reply", "What the client was told."},
    {"delivery", "What the internal server answered, or what became of it else."},
    {"message_id", "The Message-ID field."},
    {"subject", "The subject, only with `log.subjects`: it is personal data."},
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> attempt_fields{{
    {"event", "attempt"},
    {"id", "The message's id."},
    {"to", "The recipient."},
    {"server", "The server that was asked."},
    {"outcome",
     "delivered; deferred: it is tried again; bounced: its sender, one of ours, is told; "
     "delivery.refused, delivery.expired or delivery.failed: it is held."},
    {"reply", "The server's answer."},
    {"ms", "How long it took, in milliseconds."},
}};

constexpr std::string_view example = R"(journalctl -u mailweir -o cat | grep 'to=bob@example.org'
journalctl -u mailweir -o cat | grep 'action=reject')";
}

Page log_page()
{
    Roff roff{"mailweir-log", 5, "the lines that Mailweir logs"};
    roff.section("Description").text(introduction);
    roff.section("Lines of messages");
    for (const auto& [field, meaning] : message_fields)
        roff.item(field, meaning);
    roff.section("Lines of attempts");
    for (const auto& [field, meaning] : attempt_fields)
        roff.item(field, meaning);
    roff.section("Examples").example(example);
    roff.section("See also")
        .text("`mailweir-history`(1) has the same and more, and can be searched; "
              "`mailweir-metrics`(7)");
    return {"mailweir-log", 5, roff.take()};
}
}
