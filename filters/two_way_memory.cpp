// SPDX-License-Identifier: Apache-2.0
#include "filters/two_way_memory.hpp"

#include "filters/content/content.hpp"
#include "gateway/net/worker_pool.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <iterator>

namespace filters {
namespace {
using content::Fingerprint;
using storage::RememberedMail;

std::atomic<TwoWayMemory*> the_one = nullptr;

constexpr std::size_t most_waiting = 50'000, most_recent = 5'000, most_names = 50;
constexpr std::size_t most_prints = 24;
constexpr std::uint8_t went_out = 1, would_have = 2, unproven = 4; // marks
constexpr double alike = 0.7, contained = 0.8;
constexpr int enough = 3;
constexpr std::string_view would = "observe: would ";

/// The part that says most of a message: its longest text, else its first file.
const Fingerprint* main_part(std::span<const Fingerprint> prints)
{
    const Fingerprint* best = nullptr;
    for (const auto& print : prints) {
        const bool is_text = print.kind == Fingerprint::Kind::text;
        const bool was_text = best && best->kind == Fingerprint::Kind::text;
        if (!best || (is_text && (!was_text || print.shingles > best->shingles)))
            best = &print;
    }
    return best;
}

/// Held mail that goes on was let go by somebody; what would have been stopped was not.
bool is_spam(const RememberedMail& mail)
{
    return static_cast<mail::Action>(mail.verdict) == mail::Action::tag
        || (mail.marks & would_have) != 0;
}

std::string_view without_brackets(std::string_view id)
{
    if (id.starts_with('<') && id.ends_with('>') && id.size() > 2)
        id = id.substr(1, id.size() - 2);
    return id;
}

/// What follows a word that stands alone, up to the next blank or ';'; "": it is not there.
std::string_view word_behind(std::string_view text, std::string_view word)
{
    const auto at = text.find(word);
    if (at == text.npos)
        return {};
    text.remove_prefix(at + word.size());
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    return text.substr(0, text.find_first_of(" \t\r\n;"));
}

/// Under which id we took it before, and for whom others did, as its fields say. Whoever writes
/// them can only make more of a mail a forward.
struct Trail {
    std::vector<mail::MailId> ids;
    std::vector<std::string> recipients; ///< keys
};

void add_address(Trail& trail, std::string_view text)
{
    if (text.starts_with('<') && text.ends_with('>'))
        text = text.substr(1, text.size() - 2);
    if (trail.recipients.size() >= most_names)
        return;
    if (const auto address = mail::Mailbox::parse(text))
        trail.recipients.push_back(address->key());
}

Trail trail_of(const mail::Header& header)
{
    Trail trail;
    for (const auto& field : header.fields()) {
        if (field.is("Received")) {
            const auto value = mail::unfold(field.value);
            add_address(trail, word_behind(value, " for "));
            if (trail.ids.size() < most_names)
                if (const auto id = mail::MailId::parse(word_behind(value, " id ")))
                    trail.ids.push_back(*id);
        } else if (field.is("Delivered-To") || field.is("X-Original-To")
                   || field.is("X-Forwarded-For") || field.is("Resent-From")) {
            add_address(trail, mail::unfold(field.value));
        }
    }
    return trail;
}
}

/// What is looked for, made on the loop, where the message is.
struct TwoWayMemory::Question {
    RememberedMail like;
    Trail trail;
    std::vector<Fingerprint> prints;
    std::chrono::system_clock::time_point now;
};

TwoWayMemory* TwoWayMemory::here() { return the_one.load(); }
void TwoWayMemory::put_here(TwoWayMemory* memory) { the_one.store(memory); }

RememberedMail TwoWayMemory::trace_of(const mail::Mail& mail) const
{
    RememberedMail trace;
    const auto& header = mail.message.header();
    if (const auto* id = header.find("Message-ID")) {
        const auto text = mail::unfold(id->value);
        if (!without_brackets(text).empty())
            trace.message_id = hash_of(without_brackets(text));
    }
    const mail::Field* oldest = nullptr;
    for (const auto& field : header.fields())
        if (field.is("Received"))
            oldest = &field;
    if (oldest)
        trace.chain = hash_of(mail::unfold(oldest->value));
    if (mail.content)
        if (const auto* print = main_part(mail.content->fingerprints)) {
            trace.body = hash_of(
                {reinterpret_cast<const char*>(print->exact.data()), sizeof print->exact});
            if (print->shingles > 0)
                std::memcpy(trace.bands.data(), print->sketch.data(), sizeof trace.bands);
        }
    trace.mail = mail.id.value();
    trace.time = static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::seconds>(mail.received_at.time_since_epoch())
            .count());
    return trace;
}

void TwoWayMemory::note(RememberedMail one)
{
    if (waiting_.size() < most_waiting)
        waiting_.push_back(one);
}

void TwoWayMemory::remember(const mail::Mail& mail)
{
    auto trace = trace_of(mail);
    const bool is_proven = std::ranges::any_of(mail.findings, [](const mail::Finding& finding) {
        return finding.name == "spf.pass" || finding.name == "dkim.pass"
            || finding.name == "dmarc.pass";
    });
    trace.marks = is_proven ? 0 : unproven;
    std::vector<std::string> names;
    const std::lock_guard lock{mutex_};
    for (const auto& recipient : mail.recipients) {
        const auto& verdict = recipient.verdict;
        if (verdict.action == mail::Action::discard || verdict.action == mail::Action::reject)
            continue;
        auto one = trace;
        one.recipient = hash_of(recipient.address.key());
        one.verdict = static_cast<std::uint8_t>(verdict.action);
        if (std::string_view rule = verdict.rule; rule.starts_with(would)) {
            rule.remove_prefix(would.size());
            if (const auto action = mail::parse_action(rule.substr(0, rule.find(' ')))) {
                one.verdict = static_cast<std::uint8_t>(*action);
                one.marks |= would_have;
            }
        }
        note(one);
        if (names.size() < most_names)
            names.push_back(recipient.address.key());
    }
    recent_.emplace_back(mail.id, std::move(names));
    if (recent_.size() > most_recent)
        recent_.pop_front();
}

void TwoWayMemory::remember_outgoing(const mail::Mail& mail)
{
    auto trace = trace_of(mail);
    trace.marks = went_out;
    const std::lock_guard lock{mutex_};
    note(trace);
}

/// On a thread of the pool.
void TwoWayMemory::write_waiting()
{
    const std::lock_guard writing{writing_};
    std::vector<RememberedMail> all;
    {
        const std::lock_guard lock{mutex_};
        all.swap(waiting_);
    }
    for (const auto& one : all)
        parts_.memory->remember(one);
}

void TwoWayMemory::sweep(std::chrono::system_clock::time_point now)
{
    write_waiting();
    parts_.memory->sweep(now);
}

bool TwoWayMemory::is_alike(const Question& question, mail::MailId mail)
{
    const auto* print = main_part(question.prints);
    const auto known
        = print && parts_.fingerprints ? parts_.fingerprints->remembered(mail) : std::nullopt;
    const auto* other = known ? main_part(*known) : nullptr;
    return other
        && (content::resemblance(*print, *other) >= alike
            || content::containment(*other, *print) >= contained);
}

/// How much speaks for one that is remembered: nothing that agrees by chance is enough alone.
int TwoWayMemory::agreement(const Question& question, const RememberedMail& one,
                            std::string_view& by)
{
    const auto& like = question.like;
    const mail::MailId id{one.mail};
    const bool is_in_trail = std::ranges::find(question.trail.ids, id) != question.trail.ids.end();
    const bool has_id = like.message_id != 0 && like.message_id == one.message_id;
    const bool has_text = like.body != 0 && like.body == one.body;
    const bool has_chain = like.chain != 0 && like.chain == one.chain;
    const bool is_similar = !is_in_trail && !has_id && !has_text && is_alike(question, id);
    by = is_in_trail ? "Received" : has_id ? "Message-ID" : has_text ? "text" : "likeness";
    return is_in_trail * 16 + has_id * 8 + has_text * 6 + has_chain * 2 + is_similar * 3;
}

/// On a thread of the pool.
std::optional<TwoWayMemory::Choice> TwoWayMemory::choose(const Question& question)
{
    write_waiting();
    std::optional<Choice> best;
    std::uint32_t began_here = ~0U;
    std::vector<std::uint64_t> looked_at; // likeness is dear: once for each mail
    for (const auto& one : parts_.memory->find(question.like, question.now)) {
        if (one.marks & went_out) {
            began_here = std::min(began_here, one.time);
            continue;
        }
        std::string_view by;
        const int agrees = agreement(question, one, by);
        const bool is_named
            = std::ranges::any_of(question.trail.recipients, [&](const std::string& name) {
                  return hash_of(name) == one.recipient;
              });
        const int sum = agrees + is_named;
        const bool is_milder = best && sum == best->agreement && one.verdict < best->mail.verdict;
        if (agrees >= enough && (!best || sum > best->agreement || is_milder))
            best = Choice{one, sum, by};
    }
    // Our own mail that came back from a list, and whose other copies go out now.
    const bool is_ours = best && best->agreement < 16 && began_here <= best->mail.time;
    return is_ours ? std::nullopt : best;
}

/// On a thread of the pool.
TwoWayMemory::ById TwoWayMemory::look_up(const std::vector<std::string>& ids,
                                         std::chrono::system_clock::time_point now)
{
    write_waiting();
    ById known;
    for (const auto& id : ids) {
        const RememberedMail like{.message_id = hash_of(without_brackets(id))};
        const bool is_first = !known.came_in;
        for (const auto& one : parts_.memory->find(like, now)) {
            if (one.marks & went_out) {
                known.went_out = true;
                continue;
            }
            const bool was_spam = is_spam(one), was_proven = (one.marks & unproven) == 0;
            if (known.came_in && (!is_first || was_spam || !was_proven))
                continue;
            known.came_in = mail::MailId{one.mail};
            known.was_spam = was_spam;
            known.was_proven = was_proven;
        }
    }
    return known;
}

net::awaitable<TwoWayMemory::ById>
TwoWayMemory::known_by_id(std::vector<std::string> ids, std::chrono::system_clock::time_point now)
{
    co_return co_await parts_.pool->run([this, &ids, now] { return look_up(ids, now); });
}

net::awaitable<std::vector<std::string>> TwoWayMemory::recipients_of(mail::MailId mail)
{
    {
        const std::lock_guard lock{mutex_};
        const auto found
            = std::ranges::find(recent_, mail, [](const auto& one) { return one.first; });
        if (found != recent_.end())
            co_return found->second;
    }
    if (!parts_.recipients)
        co_return std::vector<std::string>{};
    co_return co_await parts_.recipients(mail);
}

void TwoWayMemory::put_forwarder_first(CameIn& came, const Question& question,
                                       std::uint64_t recipient) const
{
    const auto& named = question.trail.recipients;
    std::array<std::vector<std::string>, 3> places;
    for (auto& name : came.recipients) {
        const bool is_in_fields = std::ranges::find(named, name) != named.end();
        places[is_in_fields ? 0 : hash_of(name) == recipient ? 1 : 2].push_back(std::move(name));
    }
    came.recipients.clear();
    for (auto& place : places)
        std::ranges::move(place, std::back_inserter(came.recipients));
}

TwoWayMemory::Question TwoWayMemory::question_about(const mail::Mail& mail) const
{
    Question question{trace_of(mail), trail_of(mail.message.header()), {}, mail.received_at};
    if (mail.content) {
        const auto& prints = mail.content->fingerprints;
        question.prints.assign(
            prints.begin(),
            prints.begin() + static_cast<std::ptrdiff_t>(std::min(prints.size(), most_prints)));
    }
    return question;
}

net::awaitable<std::optional<CameIn>> TwoWayMemory::find(const mail::Mail& mail)
{
    const auto question = question_about(mail);
    const auto best = co_await parts_.pool->run([this, &question] { return choose(question); });
    if (!best)
        co_return std::nullopt;
    const auto action = static_cast<mail::Action>(best->mail.verdict);
    CameIn came{.id = mail::MailId{best->mail.mail},
                .is_spam = is_spam(best->mail),
                .action = mail::to_string(action),
                .by = best->by,
                .recipients = co_await recipients_of(mail::MailId{best->mail.mail})};
    put_forwarder_first(came, question, best->mail.recipient);
    co_return came;
}
}
