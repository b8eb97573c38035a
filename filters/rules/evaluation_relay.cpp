// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/evaluation.hpp"
#include "filters/rules/matcher.hpp"
#include "filters/rules/words.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/ip.hpp"
#include "gateway/mail/public_suffix.hpp"

#include <algorithm>
#include <array>

namespace filters::rulebook {
namespace {
using Arguments = std::span<const std::string>;

const Trace& trace_of(const EvaluationContext& context) { return context.view.headers().trace(); }

bool is_host_in(std::string_view name, std::string_view domain)
{
    std::string lower{name};
    std::ranges::transform(lower, lower.begin(), mail::to_lower);
    return lower == domain || lower.ends_with("." + std::string{domain});
}

bool sender_is_at(const EvaluationContext& context, std::string_view domain)
{
    const auto from = context.view.headers().first("From:addr");
    const auto at = from.rfind('@');
    return at != std::string_view::npos && is_host_in(from.substr(at + 1), domain);
}

bool came_through(const EvaluationContext& context, std::string_view domain)
{
    const auto& trace = trace_of(context);
    const auto is_there = [&](const Relay& relay) {
        return is_host_in(relay.rdns, domain) || is_host_in(relay.by, domain);
    };
    return std::ranges::any_of(trace.untrusted, is_there)
        || std::ranges::any_of(trace.trusted, is_there);
}

double all_trusted(const EvaluationContext& context, Arguments)
{
    const auto& trace = trace_of(context);
    return !trace.trusted.empty() && trace.untrusted.empty() && trace.unparseable == 0;
}

double no_relays(const EvaluationContext& context, Arguments)
{
    const auto& trace = trace_of(context);
    return trace.trusted.empty() && trace.untrusted.empty() && trace.unparseable == 0;
}

double unparseable(const EvaluationContext& context, Arguments)
{
    return trace_of(context).unparseable;
}

double no_rdns_dotcom_helo(const EvaluationContext& context, Arguments)
{
    const auto& untrusted = trace_of(context).untrusted;
    static constexpr std::array<std::string_view, 13> sites{
        "cs.com",      "hotmail.com",   "lycos.com",     "msn.com",   "netzero.com",
        "prodigy.com", "aol.com",       "juno.com",      "yahoo.com", "excite.com",
        "mail.com",    "earthlink.com", "compuserve.com"};
    return std::ranges::any_of(untrusted, [&](const Relay& relay) {
        return relay.rdns.empty() && !relay.is_private
            && std::ranges::any_of(sites, [&](auto site) { return is_host_in(relay.helo, site); });
    });
}

/// A name of four numbers that are not the address it came from.
double helo_ip_mismatch(const EvaluationContext& context, Arguments)
{
    for (const auto& relay : trace_of(context).untrusted) {
        const auto helo = mail::Ip::parse(relay.helo);
        const auto ip = mail::Ip::parse(relay.ip);
        if (!helo || !ip || !helo->is_v4() || is_private_address(relay.helo) || relay.is_private)
            continue;
        constexpr unsigned same_network = 24;
        if (helo->network(same_network) != ip->network(same_network))
            return 1;
    }
    return 0;
}

double forged_gmail(const EvaluationContext& context, Arguments)
{
    return sender_is_at(context, "gmail.com") && !came_through(context, "google.com")
        && context.view.headers().find("X-Google-Smtp-Source") == nullptr
        && context.view.headers().find("X-Gmail-Received") == nullptr;
}

bool fits(std::string_view text, std::string_view expression)
{
    const auto matcher = Matcher::compile(expression, "", Matcher::Speed::interpreted);
    PatternBudget budget{std::chrono::milliseconds{5}};
    return matcher && matcher->search(text, 0, false, budget).result == Matcher::Found::Result::yes;
}

/// Whether an expression fits the Received fields, which are a line each.
bool received_fits(const EvaluationContext& context, std::string_view expression)
{
    return fits(context.view.headers().text("Received"), expression);
}

double removed_received(const EvaluationContext& context, Arguments)
{
    const auto& headers = context.view.headers();
    const auto& list = headers.text("Mailing-List");
    return (list.contains("run by ezmlm") && headers.find("Delivered-To") != nullptr)
        || headers.text("Received").empty();
}

/// Neither the host that handed it to us, nor what hosts of Yahoo write, says that it came from
/// there.
double forged_yahoo(const EvaluationContext& context, Arguments arguments)
{
    const auto& trace = trace_of(context);
    const auto is_theirs = [](const Relay& relay) { return is_host_in(relay.rdns, "yahoo.com"); };
    if (!sender_is_at(context, "yahoo.com") || removed_received(context, arguments) != 0
        || context.view.headers().find("Resent-From") != nullptr
        || std::ranges::any_of(trace.trusted, is_theirs)
        || (!trace.untrusted.empty() && is_theirs(trace.untrusted.front())))
        return 0;
    return !received_fits(
        context,
        R"(by (?:(?:web|sonic|smtp)[\w.-]+|[\w.-]+\.(?:groups|scd|dcn))\.yahoo\.com)"
        R"( (?:via|with) (?:HTTP|SMTP|NNFMP)\b)"
        R"(|by [\w.]+\.yahoo\.com \([\d./]+\) (?:with ESMTP )?id )");
}

/// A relay named as those of AOL are, without what their programs write.
double fake_aol(const EvaluationContext& context, Arguments)
{
    return received_fits(context, R"((?i) rly-[a-z]{2}\d\d\.)")
        && !received_fits(context, R"(/AOL-[\d.]+\)|ESMTP id (?:RELAY|MAILRELAY|MAILIN))");
}

/// Eudora's web mailer wrote the address it was used from, and one name.
double forged_eudora(const EvaluationContext& context, Arguments arguments)
{
    const bool has_address
        = fits(context.view.headers().text("X-Sender-Ip"), R"(\d+\.\d+\.\d+\.\d+)");
    return sender_is_at(context, "eudoramail.com") && removed_received(context, arguments) == 0
        && !(has_address && received_fits(context, R"(by \S*whowhere\.com;)"));
}

/// A host that says it is one of Hotmail's, and is none by its address.
bool has_false_hotmail(const EvaluationContext& context)
{
    return std::ranges::any_of(trace_of(context).untrusted, [](const Relay& relay) {
        return is_host_in(relay.helo, "hotmail.com") && !is_host_in(relay.rdns, "hotmail.com")
            && !is_host_in(relay.rdns, "msn.com");
    });
}

double forged_hotmail(const EvaluationContext& context, Arguments)
{
    return sender_is_at(context, "hotmail.com") && !came_through(context, "hotmail.com")
        && has_false_hotmail(context);
}

double no_hotmail(const EvaluationContext& context, Arguments arguments)
{
    return removed_received(context, arguments) == 0 && sender_is_at(context, "hotmail.com")
        && !came_through(context, "hotmail.com") && !came_through(context, "outlook.com")
        && !has_false_hotmail(context)
        && context.view.headers().find("X-Originating-IP") == nullptr;
}

/// The part of a host's name that somebody registered, by a rule of thumb: two labels, three under
/// most countries' domains; in lower case. Nothing of what is no name with a dot.
std::string owner_of(std::string_view host)
{
    std::string name{host};
    std::ranges::transform(name, name.begin(), mail::to_lower);
    const auto last = name.rfind('.');
    const bool is_name = std::ranges::all_of(name, [](char c) {
        return mail::is_alphanumeric(c) || std::string_view{"._-"}.contains(c);
    });
    if (!is_name || last == std::string::npos || last == 0)
        return {};
    if (std::ranges::none_of(name, [](char c) { return c >= 'a' && c <= 'z'; }))
        return name;
    const auto top = std::string_view{name}.substr(last + 1);
    auto start = name.rfind('.', last - 1);
    const bool has_two = top.size() > 2 || top == "ie" || top == "fr" || top == "de";
    if (!has_two && start != std::string::npos && start > 0)
        start = name.rfind('.', start - 1);
    return start == std::string::npos ? name : name.substr(start + 1);
}

/// Each hop says who wrote the one below it: names that do not fit were made up.
double forged_trail(const EvaluationContext& context, Arguments)
{
    const auto& hops = trace_of(context).untrusted;
    double mismatches = 0;
    for (std::size_t i = 0; i + 1 < hops.size(); ++i) {
        const auto by = owner_of(hops[i + 1].by), from = owner_of(hops[i].rdns);
        const bool is_itself = hops[i].ip == "127.0.0.1" && from == "localhost.localdomain";
        const bool is_known = by == "msn.com" && from == "hotmail.com";
        mismatches += !by.empty() && !from.empty() && by != from && !is_itself && !is_known;
    }
    return mismatches > 1;
}

double bounce_relays(const EvaluationContext& context, Arguments)
{
    const auto known = context.lists.words.find("welcomelist_bounce_relays");
    return known != context.lists.words.end() && !known->second.empty();
}

double own_bounce(const EvaluationContext& context, Arguments)
{
    const auto known = context.lists.words.find("welcomelist_bounce_relays");
    if (known == context.lists.words.end())
        return 0;
    for (const auto& line : context.view.body())
        for (const auto word : words(line))
            for (const auto& host : known->second)
                if (line.contains("eceived:") && matches_glob(word, host))
                    return 1;
    return 0;
}

/// The bounce address is of the same owner as the host that sent it.
double sender_is_host(const EvaluationContext& context, Arguments)
{
    const auto& untrusted = trace_of(context).untrusted;
    std::string sender{mail::trimmed(context.view.headers().text("EnvelopeFrom"))};
    std::ranges::transform(sender, sender.begin(), mail::to_lower);
    const auto at = sender.rfind('@');
    if (untrusted.empty() || at == std::string::npos)
        return 0;
    std::string host = untrusted.front().rdns;
    std::ranges::transform(host, host.begin(), mail::to_lower);
    const std::string domain = sender.substr(at + 1);
    const auto owner = mail::registrable_domain(domain);
    return !owner.empty() && owner == mail::registrable_domain(host);
}

constexpr std::array<NamedEvaluation, 17> table{
    {{"check_all_trusted", all_trusted},
     {"check_for_forged_hotmail_received_headers", forged_hotmail},
     {"check_mailfrom_matches_rcvd", sender_is_host},
     {"check_no_relays", no_relays},
     {"check_relays_unparseable", unparseable},
     {"check_for_no_rdns_dotcom_helo", no_rdns_dotcom_helo},
     {"helo_ip_mismatch", helo_ip_mismatch},
     {"check_for_forged_gmail_received_headers", forged_gmail},
     {"check_for_forged_yahoo_received_headers", forged_yahoo},
     {"check_for_no_hotmail_received_headers", no_hotmail},
     {"check_for_fake_aol_relay_in_rcvd", fake_aol},
     {"check_for_forged_eudoramail_received_headers", forged_eudora},
     {"gated_through_received_hdr_remover", removed_received},
     {"check_for_forged_received_trail", forged_trail},
     {"have_any_bounce_relays", bounce_relays},
     {"check_welcomelist_bounce_relays", own_bounce},
     {"check_whitelist_bounce_relays", own_bounce}}};
}

std::span<const NamedEvaluation> relay_evaluations() { return table; }
}
