// SPDX-License-Identifier: Apache-2.0
// Whether mail that came in is known again when it goes out, whatever a forwarder does to it.
//   forward_replay INDEX ROOT      INDEX: "spam|ham PATH" a line; odd ham never came in
#include "filters/content/analysis.hpp"
#include "filters/two_way_memory.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/net/worker_pool.hpp"
#include "storage/records.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdlib.h>
#include <string>
#include <vector>

namespace {
using filters::CameIn;
using filters::TwoWayMemory;
using Clock = std::chrono::steady_clock;

std::string with_field(std::string text, std::string_view name, std::string_view value)
{
    const auto message = mail::Message::from_text(text);
    const auto* field = message.header().find(name);
    const auto line = std::string{name} + ": " + std::string{value} + "\r\n";
    return field ? text.replace(field->offset, field->length, line) : line + text;
}
std::string as_it_is(const std::string& text) { return text; }
std::string tagged(const std::string& text)
{
    const auto message = mail::Message::from_text(text);
    return with_field(text, "Subject", "[Fwd] " + message.header().decoded("Subject"));
}
std::string with_footer(const std::string& text)
{
    return text
        + "\r\n-- \r\nThis mail was sent on by the list of the river.\r\n"
          "To leave it, write to leave@b.example.\r\n";
}
/// A text alone in base64; a multipart as it is.
std::string encoded(const std::string& text)
{
    constexpr std::string_view letters
        = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto message = mail::Message::from_text(text);
    const auto* type = message.header().find("Content-Type");
    const auto* coding = message.header().find("Content-Transfer-Encoding");
    const auto name = coding ? mail::unfold(coding->value) : std::string{"7bit"};
    if ((type && !mail::unfold(type->value).starts_with("text/"))
        || (!mail::equals_ignoring_case(name, "7bit") && !mail::equals_ignoring_case(name, "8bit")))
        return text;
    const auto body = message.body(text.size());
    std::string out;
    for (std::size_t i = 0; i < body.size(); i += 3) {
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < 3; ++k)
            bits = bits << 8 | (i + k < body.size() ? static_cast<unsigned char>(body[i + k]) : 0);
        for (std::size_t k = 0; k < 4; ++k)
            out += i + k > body.size() ? '=' : letters[bits >> (18 - 6 * k) & 63];
        if (i % 57 == 54)
            out += "\r\n";
    }
    return with_field(text.substr(0, message.body_offset()), "Content-Transfer-Encoding", "base64")
        + out + "\r\n";
}

/// As somebody of ours would write it anew.
std::string written_here(const std::string& text)
{
    auto own = with_field(text, "From", "ann@b.example");
    for (const auto* name : {"Received", "Delivered-To", "X-Original-To", "Resent-From"})
        for (;;) {
            const auto message = mail::Message::from_text(own);
            const auto* field = message.header().find(name);
            if (!field)
                break;
            own.erase(field->offset, field->length);
        }
    return own;
}

struct Change {
    const char* name;
    std::string (*make)(const std::string&);
    std::size_t asked = 0, known = 0, as_spam = 0, same = 0;
};

/// One gateway.
struct Replay {
    explicit Replay(const std::string& folder)
        : prints{folder, storage::DatabaseFile::fingerprints},
          mails{folder, storage::DatabaseFile::mail_fingerprints}
    {
        auto opened = storage::MailMemory::open(folder + "/memory", {});
        TwoWayMemory::Parts parts{.memory = std::move(opened.value()), .pool = &pool};
        parts.fingerprints = fingerprints;
        memory = std::make_unique<TwoWayMemory>(std::move(parts));
    }
    mail::Mail mail_of(const std::string& text)
    {
        mail::Mail mail;
        mail.id = mail::MailId{++ids};
        mail.received_at = std::chrono::system_clock::now();
        mail.message = mail::Message::from_text(text);
        auto content
            = std::make_shared<filters::Content>(filters::content::analyse(mail.message, {}));
        content->fingerprints = filters::content::fingerprints_of(
            *content, filters::content::recipient_words(mail.message.header()));
        mail.content = std::move(content);
        return mail;
    }
    void comes_in(const std::string& text, bool is_spam)
    {
        auto mail = mail_of(text);
        mail.recipients.push_back({.address = *mail::Mailbox::parse("bob@b.example")});
        mail.recipients.back().verdict.action = is_spam ? mail::Action::tag : mail::Action::deliver;
        memory->remember(mail);
        fingerprints->remember(mail.id, mail.content->fingerprints);
    }
    std::optional<CameIn> goes_out(const std::string& text, bool is_ours)
    {
        const auto mail = mail_of(text);
        std::optional<CameIn> found;
        net::Loop loop{net::Env::real()};
        loop.spawn("find", find(*memory, mail, is_ours, found, took));
        loop.run();
        return found;
    }
    static net::awaitable<void> find(TwoWayMemory& memory, const mail::Mail& mail, bool is_ours,
                                     std::optional<CameIn>& found, Clock::duration& took)
    {
        const auto start = Clock::now();
        found = co_await memory.find(mail, is_ours);
        took += Clock::now() - start;
    }

    net::WorkerPool pool{1};
    storage::Records prints, mails;
    std::shared_ptr<filters::FingerprintTable> fingerprints
        = std::make_shared<filters::FingerprintTable>(&prints, &mails);
    std::unique_ptr<TwoWayMemory> memory;
    std::uint64_t ids = 0;
    Clock::duration took{};
};

std::string read(const std::string& path)
{
    std::ifstream in{path, std::ios::binary};
    std::stringstream bytes;
    bytes << in.rdbuf();
    const auto raw = bytes.str();
    std::string text;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] == '\n' && (i == 0 || raw[i - 1] != '\r'))
            text += '\r';
        text += raw[i];
    }
    return text;
}

using Changes = std::array<Change, 4>;

void tell(const char* what, const Changes& changes)
{
    for (const auto& one : changes)
        std::printf("%-34s %-12s of %5zu: known %5zu, text %5zu, as spam %5zu "
                    "(%.2f %%)\n",
                    what, one.name, one.asked, one.known, one.same, one.as_spam,
                    100.0 * static_cast<double>(one.as_spam)
                        / static_cast<double>(std::max<std::size_t>(1, one.asked)));
}

void ask(Replay& replay, Changes& changes, const std::string& text, std::string_view id,
         bool is_ours = false)
{
    for (auto& one : changes) {
        auto forwarded = one.make(text);
        if (!id.empty())
            forwarded = with_field(std::move(forwarded), "Message-ID", id);
        const auto found = replay.goes_out(forwarded, is_ours);
        ++one.asked;
        one.known += found.has_value();
        one.same += found && found->is_same_text;
        one.as_spam += found && found->is_spam;
    }
}
}

int main(int count, char** arguments)
{
    if (count != 3) {
        std::fputs("forward_replay INDEX ROOT\n", stderr);
        return 2;
    }
    std::string folder = (std::filesystem::temp_directory_path() / "replay-XXXXXX").string();
    if (!::mkdtemp(folder.data()))
        return 1;
    const Changes none{{{"as it is", as_it_is},
                        {"subject", tagged},
                        {"footer", with_footer},
                        {"base64", encoded}}};
    Changes spam = none, spam_new_id = none, spam_of_ours = none, ham = none, strange = none;
    std::size_t asked = 0, line = 0;
    {
        Replay replay{folder};
        std::ifstream in{arguments[1]};
        for (std::string label, path; in >> label >> path; ++line) {
            const auto text = read(std::string{arguments[2]} + "/" + path);
            const auto new_id = "<new." + std::to_string(line) + "@b.example>";
            const bool is_spam = label == "spam", came_in = is_spam || line % 2 == 0;
            if (came_in)
                replay.comes_in(text, is_spam);
            ask(replay, is_spam ? spam : came_in ? ham : strange, text, "");
            if (is_spam) {
                ask(replay, spam_new_id, text, new_id);
                ask(replay, spam_of_ours, written_here(text), new_id, true);
            }
            asked += is_spam ? 12 : 4;
        }
        tell("spam, forwarded", spam);
        tell("spam, with another Message-ID", spam_new_id);
        tell("ours, with the text of a spam", spam_of_ours);
        tell("wanted, forwarded", ham);
        tell("wanted, never came in", strange);
        std::printf("look-up: %.1f us each\n",
                    std::chrono::duration<double, std::micro>(replay.took).count()
                        / static_cast<double>(std::max<std::size_t>(1, asked)));
    }
    std::filesystem::remove_all(folder);
}
