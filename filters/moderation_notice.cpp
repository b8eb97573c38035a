// SPDX-License-Identifier: Apache-2.0
#include "filters/moderation_notice.hpp"

#include "filters/departure.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace filters {
namespace {
constexpr std::size_t longest_subject = 2000;
constexpr std::array<std::string_view, 2> of_many{"moderator request(s) waiting",
                                                  "moderation requests waiting"};
constexpr std::array<std::string_view, 8> of_one{
    "requires approval",    "requires moderator approval",
    "approval required",    "moderate for ",
    "subscription request", "to be moderated",
    "承認が必要",           "承認待ち"};

std::string subject_of(const mail::Header& header)
{
    auto subject = header.decoded("Subject").substr(0, longest_subject);
    std::ranges::transform(subject, subject.begin(), mail::to_lower);
    return subject;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The number in front of it all ("3 Staff moderator request(s) waiting"), or right in front of
/// the phrase.
std::optional<unsigned> number_in(std::string_view before)
{
    while (before.ends_with(' '))
        before.remove_suffix(1);
    if (before.empty() || !is_digit(before.front())) {
        const auto at = before.find_last_not_of("0123456789");
        before.remove_prefix(at == before.npos ? 0 : at + 1);
    }
    unsigned number = 0;
    const auto [end, error] = std::from_chars(before.data(), before.data() + before.size(), number);
    return error == std::errc{} ? std::optional{number} : std::nullopt;
}

/// The list whose own address stands there; the one of a whole site ("mailman") is none.
std::string list_of(const mail::ReversePath& sender, const mail::Header& header)
{
    std::vector<mail::Mailbox> all;
    if (sender)
        all.push_back(*sender);
    for (const auto* name : {"From", "Sender", "To"})
        if (const auto* field = header.find(name))
            for (const auto& entry : mail::parse_address_list(field->value).entries)
                all.push_back(entry.mailbox);
    for (const auto& address : all)
        if (is_of_list(address))
            if (auto name = list_name_in(address); !name.starts_with("mailman@"))
                return name;
    return {};
}
}

std::optional<ModerationNotice> moderation_notice_in(const mail::ReversePath& sender,
                                                     const mail::Header& header)
{
    const auto subject = subject_of(header);
    ModerationNotice notice;
    bool is_notice = false;
    for (const auto phrase : of_many)
        if (const auto at = subject.find(phrase); at != subject.npos) {
            notice.waiting = number_in(std::string_view{subject}.substr(0, at));
            is_notice = notice.waiting.has_value();
        }
    is_notice = is_notice || std::ranges::any_of(of_one, [&](std::string_view phrase) {
                    return subject.find(phrase) != subject.npos;
                });
    if (!is_notice)
        return {};
    notice.list = list_of(sender, header);
    return notice.list.empty() ? std::nullopt : std::optional{std::move(notice)};
}

std::string moderation_answer_in(const mail::Mailbox& recipient, const mail::Header& header)
{
    const auto key = recipient.key();
    const auto name = std::string_view{key}.substr(0, key.find_first_of("+@"));
    const bool is_answer = name.ends_with("-confirm")
        || (name.ends_with("-request") && subject_of(header).find("confirm ") != std::string::npos);
    return is_answer && is_of_list(recipient) ? list_name_in(recipient) : std::string{};
}
}
