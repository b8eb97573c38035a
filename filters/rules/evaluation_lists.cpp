// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/body_addresses.hpp"
#include "filters/rules/evaluation.hpp"
#include "filters/rules/matcher.hpp"
#include "filters/rules/words.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>

namespace filters::rulebook {
namespace {
using Arguments = std::span<const std::string>;

std::string lower(std::string_view text)
{
    std::string out{mail::trimmed(text)};
    std::ranges::transform(out, out.begin(), mail::to_lower);
    return out;
}

std::vector<std::string> senders(const EvaluationContext& context)
{
    const auto& headers = context.view.headers();
    std::vector<std::string> all;
    if (headers.find("Resent-From") != nullptr)
        return {lower(headers.first("Resent-From:addr"))};
    // A list names itself there.
    const bool is_list = headers.find("List-Id") != nullptr || headers.find("List-ID") != nullptr
        || headers.find("X-Mailing-List") != nullptr || headers.find("Precedence") != nullptr;
    if (!is_list && headers.find("Sender") != nullptr)
        all.push_back(lower(headers.first("Sender:addr")));
    for (const auto* name : {"From:addr", "EnvelopeFrom", "X-Envelope-From:addr",
                             "Envelope-Sender:addr", "Resent-Sender:addr"})
        if (headers.find(name) != nullptr)
            all.push_back(lower(headers.first(name)));
    return all;
}

std::vector<std::string> recipients(const EvaluationContext& context)
{
    std::vector<std::string> all;
    for (const auto* name :
         {"Resent-To", "Resent-Cc", "To", "Cc", "Bcc", "Apparently-To", "Delivered-To",
          "Envelope-Recipients", "Apparently-Resent-To", "X-Envelope-To", "Envelope-To",
          "X-Delivered-To", "X-Original-To", "X-Rcpt-To", "X-Real-To"})
        for (const auto& field : context.view.headers().header().fields())
            if (field.is(name))
                for (const auto& entry : mail::parse_address_list(field.value).entries)
                    all.push_back(lower(entry.mailbox.to_string()));
    return all;
}

const std::vector<AddressEntry>& entries(const EvaluationContext& context, std::string_view name)
{
    static const std::vector<AddressEntry> none;
    const auto found = context.lists.addresses.find(name);
    return found == context.lists.addresses.end() ? none : found->second;
}

bool has_any(const std::vector<AddressEntry>& entries, const std::vector<std::string>& addresses)
{
    return std::ranges::any_of(addresses, [&](const std::string& address) {
        return std::ranges::any_of(entries, [&](const AddressEntry& entry) {
            return matches_glob(address, entry.pattern);
        });
    });
}

/// An entry with a relay counts only for mail that this relay handed to us.
bool has_any_from(const EvaluationContext& context, std::string_view name,
                  const std::vector<std::string>& addresses)
{
    const auto& trace = context.view.headers().trace();
    const auto& relay = !trace.untrusted.empty() ? trace.untrusted.front().rdns : std::string{};
    return std::ranges::any_of(entries(context, name), [&](const AddressEntry& entry) {
        const auto domain = lower(entry.relay), host = lower(relay);
        return (host == domain || host.ends_with("." + domain)) && has_any({entry}, addresses);
    });
}

double from_in_welcomelist(const EvaluationContext& context, Arguments)
{
    const auto addresses = senders(context);
    return has_any(entries(context, "welcomelist_from"), addresses)
        || has_any_from(context, "welcomelist_from_rcvd", addresses);
}
double from_in_default(const EvaluationContext& context, Arguments)
{
    return has_any_from(context, "def_welcomelist_from_rcvd", senders(context));
}
double from_in_blocklist(const EvaluationContext& context, Arguments)
{
    return has_any(entries(context, "blocklist_from"), senders(context));
}
double to_in_welcomelist(const EvaluationContext& context, Arguments)
{
    return has_any(entries(context, "welcomelist_to"), recipients(context));
}
double to_in_blocklist(const EvaluationContext& context, Arguments)
{
    return has_any(entries(context, "blocklist_to"), recipients(context));
}
double to_in_more_spam(const EvaluationContext& context, Arguments)
{
    return has_any(entries(context, "more_spam_to"), recipients(context));
}
double to_in_all_spam(const EvaluationContext& context, Arguments)
{
    return has_any(entries(context, "all_spam_to"), recipients(context));
}

bool is_subject_in(const EvaluationContext& context, std::string_view name)
{
    const auto subject = mail::trimmed(context.view.headers().text("Subject"));
    return std::ranges::any_of(entries(context, name), [&](const AddressEntry& entry) {
        return matches_glob(subject, "*" + entry.pattern + "*");
    });
}
double subject_in_welcomelist(const EvaluationContext& context, Arguments)
{
    return is_subject_in(context, "welcomelist_subject");
}
double subject_in_blocklist(const EvaluationContext& context, Arguments)
{
    return is_subject_in(context, "blocklist_subject");
}

bool is_in_named(const EvaluationContext& context, Arguments arguments,
                 const std::vector<std::string>& addresses)
{
    const auto list = context.lists.named_addresses.find(text_argument(arguments, 0));
    return list != context.lists.named_addresses.end()
        && std::ranges::any_of(addresses, [&](const std::string& address) {
               return std::ranges::any_of(list->second, [&](const std::string& pattern) {
                   return matches_glob(address, pattern);
               });
           });
}
double from_in_list(const EvaluationContext& context, Arguments arguments)
{
    return is_in_named(context, arguments, senders(context));
}
double reply_to_in_list(const EvaluationContext& context, Arguments arguments)
{
    const auto address = context.view.headers().first("Reply-To:addr");
    return !address.empty() && is_in_named(context, arguments, {lower(address)});
}

/// A list holds hosts, sorted; one of a host's parent domains may be in it, "!host" is left out.
bool is_host_listed(const std::vector<std::string>& hosts, const std::string& host)
{
    for (std::string_view rest = host; !rest.empty();) {
        if (std::ranges::binary_search(hosts, "!" + std::string{rest}))
            return false;
        if (std::ranges::binary_search(hosts, rest))
            return true;
        const auto dot = rest.find('.');
        rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
    }
    return false;
}
bool is_link_listed(const EvaluationContext& context, std::string_view list)
{
    const auto found = context.lists.uri_hosts.find(list);
    return found != context.lists.uri_hosts.end()
        && std::ranges::any_of(context.view.hosts(), [&](const std::string& host) {
               return is_host_listed(found->second, host);
           });
}
double link_in_list(const EvaluationContext& context, Arguments arguments)
{
    return is_link_listed(context, text_argument(arguments, 0));
}
double link_in_welcomelist(const EvaluationContext& context, Arguments)
{
    return is_link_listed(context, "WELCOME");
}
double link_in_blocklist(const EvaluationContext& context, Arguments)
{
    return is_link_listed(context, "BLOCK");
}

bool is_free(const EvaluationContext& context, std::string_view address)
{
    const auto domains = context.lists.words.find("freemail_domains");
    const auto at = address.rfind('@');
    if (domains == context.lists.words.end() || at == std::string_view::npos)
        return false;
    if (is_role_mailbox(lower(address.substr(0, at))))
        return false;
    const auto domain = lower(address.substr(at + 1));
    const auto kept = context.lists.words.find("freemail_welcomelist");
    if (kept != context.lists.words.end())
        for (const auto& entry : kept->second)
            if (entry == domain || entry == lower(address))
                return false;
    if (std::ranges::binary_search(domains->second, domain))
        return true;
    const auto patterns = context.lists.words.find(freemail_patterns);
    return patterns != context.lists.words.end()
        && std::ranges::any_of(patterns->second, [&](const std::string& pattern) {
               // "*" stands for no dot.
               return std::ranges::count(pattern, '.') == std::ranges::count(domain, '.')
                   && matches_glob(domain, pattern);
           });
}

bool fits(std::string_view address, std::string_view expression)
{
    if (expression.empty())
        return true;
    const auto matcher = Matcher::compile(expression, "i", Matcher::Speed::interpreted);
    PatternBudget budget{std::chrono::milliseconds{5}};
    return matcher
        && matcher->search(address, 0, false, budget).result == Matcher::Found::Result::yes;
}

double free_from(const EvaluationContext& context, Arguments arguments)
{
    return std::ranges::any_of(senders(context), [&](const std::string& address) {
        return is_free(context, address) && fits(address, text_argument(arguments, 0));
    });
}
double free_header(const EvaluationContext& context, Arguments arguments)
{
    std::string name{text_argument(arguments, 0)};
    if (name != "EnvelopeFrom" && !name.ends_with(":addr"))
        name += ":addr";
    const auto address = lower(context.view.headers().first(name));
    return is_free(context, address) && fits(address, text_argument(arguments, 1));
}

double free_reply_to(const EvaluationContext& context, Arguments arguments)
{
    const auto& headers = context.view.headers();
    if (is_bulk_sender(lower(headers.text("EnvelopeFrom"))))
        return 0;
    const auto from = lower(headers.first("From:addr"));
    const auto reply = lower(headers.first("Reply-To:addr"));
    const bool is_from_free = is_free(context, from), is_reply_free = is_free(context, reply);
    if (is_from_free && is_reply_free && reply != from)
        return 1;
    const bool is_reply = text_argument(arguments, 0) == "reply";
    if (is_reply ? !is_from_free || (!reply.empty() && !is_reply_free) : !is_reply_free)
        return 0;
    // Of many addresses none is more the one to answer than others.
    constexpr std::ptrdiff_t too_many = 5, too_many_free = 3;
    auto addresses = offered_addresses(context.view);
    if (std::ssize(addresses) >= too_many)
        return 0;
    std::erase_if(addresses, [&](const auto& one) { return !is_free(context, one); });
    if (std::ssize(addresses) >= too_many_free)
        return 0;
    const auto& answered = is_reply_free ? reply : from;
    return std::ranges::any_of(addresses, [&](const auto& one) { return one != answered; });
}

constexpr std::array<NamedEvaluation, 26> table{
    {{"check_from_in_welcomelist", from_in_welcomelist},
     {"check_from_in_whitelist", from_in_welcomelist},
     {"check_from_in_default_welcomelist", from_in_default},
     {"check_from_in_default_whitelist", from_in_default},
     {"check_from_in_blocklist", from_in_blocklist},
     {"check_from_in_blacklist", from_in_blocklist},
     {"check_to_in_welcomelist", to_in_welcomelist},
     {"check_to_in_whitelist", to_in_welcomelist},
     {"check_to_in_blocklist", to_in_blocklist},
     {"check_to_in_blacklist", to_in_blocklist},
     {"check_to_in_more_spam", to_in_more_spam},
     {"check_to_in_all_spam", to_in_all_spam},
     {"check_subject_in_welcomelist", subject_in_welcomelist},
     {"check_subject_in_whitelist", subject_in_welcomelist},
     {"check_subject_in_blocklist", subject_in_blocklist},
     {"check_subject_in_blacklist", subject_in_blocklist},
     {"check_from_in_list", from_in_list},
     {"check_replyto_in_list", reply_to_in_list},
     {"check_uri_host_listed", link_in_list},
     {"check_uri_host_in_welcomelist", link_in_welcomelist},
     {"check_uri_host_in_whitelist", link_in_welcomelist},
     {"check_uri_host_in_blocklist", link_in_blocklist},
     {"check_uri_host_in_blacklist", link_in_blocklist},
     {"check_freemail_from", free_from},
     {"check_freemail_header", free_header},
     {"check_freemail_replyto", free_reply_to}}};
}

std::span<const NamedEvaluation> list_evaluations() { return table; }
}
