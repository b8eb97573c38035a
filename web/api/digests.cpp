// SPDX-License-Identifier: Apache-2.0
#include "web/api/digests.hpp"

#include "storage/desk.hpp"
#include "web/api/digest_mail.hpp"
#include "web/api/people_settings.hpp"
#include "web/api/row_acts.hpp"
#include "web/api/sign_in.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace web {
using namespace std::chrono_literals;
using storage::DigestReader;
using storage::Row;
using storage::WallTime;

namespace {
constexpr std::size_t owners_at_once = 500, rows_at_once = 1000, most_rows = 20'000;
constexpr std::size_t most_lines = 100;
constexpr auto step = 15min; // zones differ by quarters of an hour
/// A message is told when it has been held for so long: what is committed slowly is seen by then.
constexpr std::chrono::seconds settled{60}, settled_for_command{3};
constexpr std::chrono::days longest_link{14};
/// As long as the store knows the hash of a mail.
constexpr auto remembered = 24h;

/// MailId counts milliseconds from here.
constexpr std::chrono::sys_days first_id{std::chrono::year{2020} / 1 / 1};
WallTime time_of(mail::MailId id)
{
    return first_id + std::chrono::milliseconds{static_cast<std::int64_t>(id.value() >> 22)};
}

/// Its frame may end after the object whose round it is.
struct Running {
    explicit Running(std::shared_ptr<bool> flag) : flag_{std::move(flag)} { *flag_ = true; }
    ~Running() { *flag_ = false; }
    std::shared_ptr<bool> flag_;
};

std::string one_line(const smtp::Contact& contact)
{
    return contact.url.empty() || contact.phone.empty() ? contact.url + contact.phone
                                                        : contact.url + ", " + contact.phone;
}

bool has_sender(const Row& row) { return row.sender || row.from.contains('@'); }
}

/// One round: for whom, and what came of it.
struct Digests::Turn {
    WallTime now{};
    DigestSettings settings = {};
    bool is_at_once = false; ///< by command, whatever the schedule
    bool is_asked_for = false; ///< the addresses were named, even if they want none
    bool is_rehearsal = false;
    std::vector<DigestOutcome> outcomes = {};

    DigestSchedule schedule_of(const DigestReader& reader) const
    {
        if (reader.days)
            return {*reader.days, reader.hour};
        return reader.has_account || settings.is_for_everyone ? settings.schedule
                                                              : DigestSchedule{};
    }
    /// For how long a message has been held that is told.
    std::chrono::seconds age() const { return is_at_once ? settled_for_command : settled; }
    /// What was held up to then is a reason to tell what was held until `until`; nullopt: there is
    /// none.
    std::optional<WallTime> due(const DigestReader& reader, WallTime until) const
    {
        if (is_asked_for)
            return until;
        const auto schedule = schedule_of(reader);
        if (schedule.days == 0)
            return {};
        return is_at_once ? until : last_moment(schedule, until);
    }
    std::string language_of(const DigestReader& reader) const
    {
        return reader.language.empty() ? settings.language : reader.language;
    }
};

std::vector<std::string_view> digest_actions(const Row& row)
{
    if (row.state != storage::RowState::held)
        return {};
    std::vector<std::string_view> actions;
    const bool may_deliver = !is_beyond_choice(row);
    if (may_deliver)
        actions.push_back("deliver");
    if (may_deliver && has_sender(row))
        actions.push_back("allow");
    if (has_sender(row))
        actions.push_back("block");
    actions.push_back("delete");
    return actions;
}

bool Digests::is_offered() const
{
    return site_.context->snapshot()->settings.has_quarantine && !site_.web_url.empty();
}

awaitable<void> Digests::tick()
{
    const auto now = site_.context->env->wall_now();
    const auto current = std::chrono::floor<std::chrono::minutes>(now);
    const auto quarter = current - current.time_since_epoch() % step;
    if (*is_busy_ || quarter == done_for_ || !is_offered())
        co_return;
    const Running running{is_busy_};
    Turn turn{.now = now};
    if (site_.people)
        turn.settings = site_.people->digest;
    co_await send_all(turn);
    done_for_ = quarter;
}

awaitable<std::optional<std::vector<DigestOutcome>>> Digests::send(Order order)
{
    if (*is_busy_)
        co_return std::nullopt;
    const Running running{is_busy_};
    Turn turn{.now = site_.context->env->wall_now(), .is_at_once = true};
    turn.is_rehearsal = order.is_rehearsal;
    turn.is_asked_for = !order.addresses.empty();
    if (site_.people)
        turn.settings = site_.people->digest;
    if (turn.is_asked_for)
        co_await send_to(std::move(order.addresses), turn);
    else
        co_await send_all(turn);
    co_return std::move(turn.outcomes);
}

awaitable<void> Digests::send_all(Turn& turn)
{
    std::string after;
    for (std::size_t some = owners_at_once; some == owners_at_once;) {
        auto owners = co_await site_.desk->held_owners(after, owners_at_once);
        some = owners.size();
        if (some > 0)
            after = owners.back();
        co_await send_to(std::move(owners), turn);
    }
}

awaitable<void> Digests::send_to(std::vector<std::string> addresses, Turn& turn)
{
    auto readers = co_await site_.sign_in->accounts().digest_readers(std::move(addresses));
    for (auto& reader : readers)
        co_await send_one(std::move(reader), turn);
}

awaitable<void> Digests::send_one(DigestReader reader, Turn& turn)
{
    const auto until = site_.context->env->wall_now() - turn.age();
    const auto due = turn.due(reader, until);
    const auto to = mail::Mailbox::parse(reader.address);
    const auto snapshot = site_.context->snapshot();
    if (!due || *due <= reader.told || !to
        || !snapshot->settings.domains.contains(to->domain().ascii()))
        co_return;
    const bool is_known = co_await was_sent(reader);
    if (is_known)
        co_return;
    auto rows = co_await untold(reader, until);
    if (std::ranges::none_of(rows, [&](const Row& row) { return row.since <= *due; })) {
        // So that nobody looks at all of it again before the next time.
        if (!turn.is_at_once)
            co_await site_.sign_in->accounts().note_digest(reader.address, *due);
        co_return;
    }
    DigestOutcome outcome{reader.address, turn.language_of(reader), rows.size(), false, {}};
    if (!turn.is_rehearsal) {
        auto own = mail_of(reader, *to, std::move(rows), turn);
        own.once = key_.once(reader.address, reader.told, turn.age());
        const auto sent = co_await smtp::submit_own(*site_.context, std::move(own));
        outcome.is_sent = sent.has_value();
        if (sent)
            co_await site_.sign_in->accounts().note_digest(reader.address, until);
        else
            spdlog::warn("no digest to {}: {}", reader.address, outcome.problem = sent.error());
    }
    turn.outcomes.push_back(std::move(outcome));
}

awaitable<bool> Digests::was_sent(DigestReader reader)
{
    constexpr std::chrono::seconds made_in{1}; // its id is a little younger than what it looked at
    const auto now = site_.context->env->wall_now();
    for (const auto age : {settled, settled_for_command}) {
        const auto once = key_.once(reader.address, reader.told, age);
        const auto id = co_await site_.context->store->find(once, now - remembered);
        if (!id)
            continue;
        const auto told = std::max(reader.told, WallTime{time_of(*id)} - age - made_in);
        co_await site_.sign_in->accounts().note_digest(reader.address, told);
        co_return true;
    }
    co_return false;
}

awaitable<std::vector<Row>> Digests::untold(DigestReader reader, WallTime until) const
{
    storage::RowQuery query;
    query.state = storage::RowState::held;
    query.limit = rows_at_once;
    std::vector<Row> untold;
    for (bool is_more = true; is_more && untold.size() < most_rows;) {
        auto rows = co_await site_.desk->rows(query, storage::Reach::only({}, {reader.address}));
        is_more = rows.size() == rows_at_once;
        if (is_more)
            query.after = rows.back().id;
        // The others are the administrator's to look at.
        for (auto& row : rows)
            if (row.since > reader.told && row.since <= until && !is_held_for_itself(row))
                untold.push_back(std::move(row));
    }
    co_return untold;
}

smtp::OwnMail Digests::mail_of(const DigestReader& reader, const mail::Mailbox& to,
                               std::vector<Row> rows, const Turn& turn) const
{
    std::ranges::sort(rows, [](const Row& left, const Row& right) {
        return std::pair{left.score, left.id} < std::pair{right.score, right.id};
    });
    const auto snapshot = site_.context->snapshot();
    const auto postmaster = mail::Mailbox::parse("postmaster@" + to.domain().ascii());
    Digest digest{.to = to, .from = turn.settings.from.value_or(postmaster.value_or(to))};
    digest.is_japanese = turn.language_of(reader) == "ja";
    digest.url = site_.web_url;
    digest.contact = one_line(snapshot->settings.notice);
    digest.more = rows.size() - std::min(rows.size(), most_lines);
    auto first_end = WallTime::max();
    for (const auto& row : rows) {
        first_end = std::min(first_end, row.expires_at);
        if (digest.lines.size() == most_lines)
            continue;
        const auto expires = std::min<WallTime>(row.expires_at, turn.now + longest_link);
        const auto actions = digest_actions(row);
        const auto may = [&](std::string_view action) {
            return std::ranges::find(actions, action) != actions.end();
        };
        digest.lines.push_back({.from = row.from.empty() ? mail::to_string(row.sender) : row.from,
                                .subject = row.subject,
                                .received = local_minute(row.received_at),
                                .score = row.score,
                                .token = key_.token({row.id, reader.address, expires}),
                                .may_deliver = may("deliver"),
                                .may_block = may("block")});
    }
    digest.days_kept
        = std::max<long>(1, std::chrono::floor<std::chrono::days>(first_end - turn.now).count());
    return compose_digest(digest);
}
}
