// SPDX-License-Identifier: Apache-2.0
#include "filters/two_way_memory.hpp"

#include "filters/content/content.hpp"
#include "filters/trail.hpp"
#include "filters/two_way_marks.hpp"
#include "gateway/net/worker_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <iterator>
#include <ranges>

namespace filters {
namespace {
using content::Fingerprint;
using storage::RememberedMail;
using namespace two_ways;

std::atomic<TwoWayMemory*> the_one = nullptr;

constexpr std::size_t most_waiting = 50'000, most_recent = 5'000, most_names = 50;
constexpr std::size_t most_prints = 24;
constexpr double alike = 0.7, contained = 0.8, same = 0.9;
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

}

/// What is looked for, made on the loop, where the message is.
struct TwoWayMemory::Question {
    RememberedMail like;
    Trail trail;
    std::vector<Fingerprint> prints;
    std::chrono::system_clock::time_point now;
    bool is_ours = false;
};

TwoWayMemory* TwoWayMemory::here() { return the_one.load(); }
void TwoWayMemory::put_here(TwoWayMemory* memory) { the_one.store(memory); }

RememberedMail TwoWayMemory::trace_of(const mail::Mail& mail) const
{
    RememberedMail trace;
    const auto& header = mail.message.header();
    if (const auto id = id_of(header); !id.empty())
        trace.message_id = hash_of(id);
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
    trace.time = seconds_of(mail.received_at);
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
    const auto* from = mail.message.header().find("From");
    const auto authors = from ? mail::parse_address_list(from->value) : mail::AddressList{};
    trace.chain = authors.entries.empty() ? 0 : hash_of(authors.entries.front().mailbox.key());
    trace.recipient = mail.sender ? hash_of(mail.sender->key()) : 0;
    const std::lock_guard lock{mutex_};
    note(trace);
    note_copies(mail, trace);
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

bool TwoWayMemory::is_alike(const Question& question, mail::MailId mail, double least)
{
    const auto* print = main_part(question.prints);
    const auto known
        = print && parts_.fingerprints ? parts_.fingerprints->remembered(mail) : std::nullopt;
    const auto* other = known ? main_part(*known) : nullptr;
    // Of what is to be the same, nothing may be added.
    return other
        && (content::resemblance(*print, *other) >= least
            || (least < same && content::containment(*other, *print) >= contained));
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
    const bool has_trail = has_chain || question.trail.is_handed_on;
    if (question.is_ours && !is_in_trail && !has_id && !has_trail)
        return 0; // others may have written the same before
    const bool is_similar = !is_in_trail && !has_id && !has_text && is_alike(question, id, alike);
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
    if (!best || is_ours)
        return std::nullopt;
    best->is_same_text = question.like.body == best->mail.body
        || is_alike(question, mail::MailId{best->mail.mail}, same);
    return best;
}

net::awaitable<bool> TwoWayMemory::was_sent_by(std::string id, std::string address,
                                               std::chrono::system_clock::time_point now)
{
    const auto wanted = hash_of(address), of_id = hash_of(without_brackets(id));
    co_return co_await parts_.pool->run([this, wanted, of_id, now] {
        write_waiting();
        const auto all = parts_.memory->find({.message_id = of_id}, now);
        return std::ranges::any_of(all, [wanted](const RememberedMail& one) {
            return (one.marks & went_out) != 0 && (one.recipient == wanted || one.chain == wanted);
        });
    });
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

TwoWayMemory::Question TwoWayMemory::question_about(const mail::Mail& mail, bool is_ours) const
{
    Question question{
        trace_of(mail), trail_of(mail.message.header()), {}, mail.received_at, is_ours};
    if (mail.content) {
        const auto& prints = mail.content->fingerprints;
        question.prints.assign(
            prints.begin(),
            prints.begin() + static_cast<std::ptrdiff_t>(std::min(prints.size(), most_prints)));
    }
    return question;
}

net::awaitable<std::optional<CameIn>> TwoWayMemory::find(const mail::Mail& mail, bool is_ours)
{
    const auto question = question_about(mail, is_ours);
    const auto best = co_await parts_.pool->run([this, &question] { return choose(question); });
    if (!best)
        co_return std::nullopt;
    const auto action = static_cast<mail::Action>(best->mail.verdict);
    CameIn came{.id = mail::MailId{best->mail.mail},
                .is_spam = is_spam(best->mail),
                .action = mail::to_string(action),
                .by = best->by,
                .is_same_text = best->is_same_text,
                .recipients = co_await recipients_of(mail::MailId{best->mail.mail})};
    put_forwarder_first(came, question, best->mail.recipient);
    co_return came;
}
}
