// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/spf.hpp"

#include "filters/auth/spf_record.hpp"
#include "filters/dns_address.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>

namespace filters::auth {
namespace {
using Mechanism = SpfTerm::Mechanism;
using net::awaitable;
using net::DnsAnswerPtr;
using net::RecordType;

/// check_host() ends here with this result.
struct Stop {
    SpfResult result = SpfResult::permerror;
    std::string problem = {};
};
/// Whether a term matches, or why the whole check is over.
using Match = std::expected<bool, Stop>;

/// What check_host() says of one domain, redirects followed.
struct Outcome {
    SpfResult result = SpfResult::none;
    std::string mechanism = {}, problem = {};
    std::string domain = {}; ///< whose record it was
    std::optional<SpfMacroString> explanation = {};
};

std::string lower(std::string_view text)
{
    std::string result{text};
    std::ranges::transform(result, result.begin(), mail::to_lower);
    return result;
}

/// The name itself or one under it; both in lower case.
bool is_within(std::string_view name, std::string_view domain)
{
    return name.ends_with(domain)
        && (name.size() == domain.size() || name[name.size() - domain.size() - 1] == '.');
}

std::string_view type_text(RecordType type)
{
    switch (type) {
    case RecordType::a:
        return "A";
    case RecordType::aaaa:
        return "AAAA";
    case RecordType::mx:
        return "MX";
    case RecordType::ptr:
        return "PTR";
    default:
        return "TXT";
    }
}

/// One evaluation with its counters. Lives as long as the check.
class Check {
public:
    Check(SpfQuestion question, Dns& dns) : question_{std::move(question)}, dns_{dns} { }

    awaitable<SpfAnswer> run()
    {
        SpfAnswer answer{.domain = question_.domain, .scope = question_.scope};
        if (!can_have_spf(question_.domain)) {
            answer.problem = "not a domain that can have a record";
            co_return answer;
        }
        auto outcome = co_await check_host(question_.domain);
        answer.result = outcome.result;
        answer.mechanism = std::move(outcome.mechanism);
        answer.problem = std::move(outcome.problem);
        if (outcome.result == SpfResult::fail && question_.wants_explanation && outcome.explanation)
            answer.explanation = co_await explain(*outcome.explanation, outcome.domain);
        co_return answer;
    }

private:
    /// Calls itself by `include` only, which the limit of ten terms ends.
    awaitable<Outcome> check_host(std::string domain)
    {
        bool is_redirected = false;
        while (true) {
            auto record = co_await record_of(domain);
            if (!record) {
                Outcome failed{.result = record.error().result,
                               .problem = std::move(record.error().problem)};
                if (is_redirected && failed.result == SpfResult::none)
                    failed.result = SpfResult::permerror;
                co_return failed;
            }
            auto outcome = co_await evaluate(*record, domain);
            if (outcome)
                co_return std::move(*outcome);
            if (!record->redirect)
                co_return Outcome{.result = SpfResult::neutral, .domain = domain};
            if (!count_term())
                co_return over_limit(record->redirect_text);
            domain = record->redirect->domain_name(co_await values_for(*record->redirect, domain));
            is_redirected = true;
        }
    }

    /// The one record of the domain; `none` without one (§4.5).
    awaitable<std::expected<SpfRecord, Stop>> record_of(std::string domain)
    {
        const auto answer = co_await ask(domain, RecordType::txt);
        if (answer->has_failed())
            co_return std::unexpected{failure(RecordType::txt, domain, *answer)};
        const net::DnsRecord* found = nullptr;
        for (const auto& record : answer->records) {
            if (!is_spf(record.data))
                continue;
            if (found)
                co_return std::unexpected{
                    Stop{SpfResult::permerror, domain + " has several SPF records"}};
            found = &record;
        }
        if (!found)
            co_return std::unexpected{Stop{SpfResult::none, domain + " has no SPF record"}};
        auto parsed = SpfRecord::parse(found->data);
        if (!parsed)
            co_return std::unexpected{Stop{
                SpfResult::permerror, "in the record of " + domain + ", " + parsed.error().text}};
        co_return std::move(*parsed);
    }

    /// nullopt: no term matched.
    awaitable<std::optional<Outcome>> evaluate(const SpfRecord& record, const std::string& domain)
    {
        for (const auto& term : record.terms) {
            auto match = co_await matches(term, domain);
            if (!match)
                co_return Outcome{.result = match.error().result,
                                  .mechanism = term.text,
                                  .problem = std::move(match.error().problem),
                                  .domain = domain};
            if (*match)
                co_return Outcome{.result = term.qualifier,
                                  .mechanism = term.text,
                                  .domain = domain,
                                  .explanation = record.explanation};
        }
        co_return std::nullopt;
    }

    awaitable<Match> matches(const SpfTerm& term, const std::string& domain)
    {
        switch (term.mechanism) {
        case Mechanism::all:
            co_return true;
        case Mechanism::ip4:
        case Mechanism::ip6:
            co_return has_address(term, question_.ip);
        default:
            break;
        }
        if (!count_term())
            co_return std::unexpected{Stop{SpfResult::permerror, over_limit({}).problem}};
        const auto target = term.domain
            ? term.domain->domain_name(co_await values_for(*term.domain, domain))
            : domain;
        switch (term.mechanism) {
        case Mechanism::include:
            co_return co_await match_include(target);
        case Mechanism::a:
            co_return co_await match_address(term, target, Void::counts);
        case Mechanism::mx:
            co_return co_await match_mx(term, target);
        case Mechanism::ptr:
            co_return co_await match_ptr(target);
        default:
            co_return co_await match_exists(target);
        }
    }

    awaitable<Match> match_include(std::string target)
    {
        auto inner = co_await check_host(target);
        switch (inner.result) {
        case SpfResult::pass:
            co_return true;
        case SpfResult::fail:
        case SpfResult::softfail:
        case SpfResult::neutral:
            co_return false;
        case SpfResult::temperror:
            co_return std::unexpected{Stop{SpfResult::temperror, std::move(inner.problem)}};
        default:
            co_return std::unexpected{Stop{SpfResult::permerror, std::move(inner.problem)}};
        }
    }

    /// Whether a query without an answer counts against the limit: those of a record's terms do,
    /// those about what they led to do not.
    enum class Void { counts, passes };

    awaitable<Match> match_address(const SpfTerm& term, std::string target, Void without_answer)
    {
        const auto answer = co_await ask(target, address_type());
        if (answer->has_failed())
            co_return std::unexpected{failure(address_type(), target, *answer)};
        if (without_answer == Void::counts && !count_void(*answer))
            co_return std::unexpected{too_many_voids()};
        for (const auto& record : answer->records)
            if (const auto ip = address_of(record); ip && are_near(term, *ip, question_.ip))
                co_return true;
        co_return false;
    }

    awaitable<Match> match_mx(const SpfTerm& term, std::string target)
    {
        const auto answer = co_await ask(target, RecordType::mx);
        if (answer->has_failed())
            co_return std::unexpected{failure(RecordType::mx, target, *answer)};
        if (!count_void(*answer))
            co_return std::unexpected{too_many_voids()};
        if (answer->records.size() > SpfLimits::mx_names)
            co_return std::unexpected{
                Stop{SpfResult::permerror, target + " has more than ten MX records"}};
        for (const auto& record : answer->records) {
            if (record.data.empty()) // null MX, RFC 7505
                continue;
            auto match = co_await match_address(term, record.data, Void::passes);
            if (!match || *match)
                co_return match;
        }
        co_return false;
    }

    awaitable<Match> match_exists(std::string target)
    {
        const auto answer = co_await ask(target, RecordType::a);
        if (answer->has_failed())
            co_return std::unexpected{failure(RecordType::a, target, *answer)};
        if (!count_void(*answer))
            co_return std::unexpected{too_many_voids()};
        co_return answer->is_found();
    }

    /// Names outside of the target cannot match, so they are not looked up (§5.5).
    awaitable<Match> match_ptr(std::string target)
    {
        const auto names = co_await reverse_names();
        if (!count_void(*names))
            co_return std::unexpected{too_many_voids()};
        const auto domain = lower(target);
        for (const auto& name : first_names(*names))
            if (is_within(name, domain) && co_await is_validated(name))
                co_return true;
        co_return false;
    }

    /// §7.3: the domain itself if it is validated, else one under it, else any, else "unknown".
    awaitable<std::string> validated_name(std::string domain)
    {
        const auto answer = co_await reverse_names();
        const auto names = first_names(*answer);
        domain = lower(domain);
        for (int rank = 0; rank <= 2; ++rank)
            for (const auto& name : names) {
                const int own_rank = name == domain ? 0 : is_within(name, domain) ? 1 : 2;
                if (own_rank == rank && co_await is_validated(name))
                    co_return name;
            }
        co_return "unknown";
    }

    awaitable<bool> is_validated(std::string name)
    {
        const auto answer = co_await ask(name, address_type());
        co_return std::ranges::any_of(answer->records, [&](const auto& record) {
            return address_of(record) == question_.ip;
        });
    }

    awaitable<DnsAnswerPtr> reverse_names()
    {
        if (!reverse_names_) {
            static const auto name = *SpfMacroString::parse_domain("%{ir}.%{v}.arpa");
            reverse_names_ = co_await ask(name.domain_name({.ip = question_.ip}), RecordType::ptr);
        }
        co_return reverse_names_;
    }

    static std::vector<std::string> first_names(const net::DnsAnswer& answer)
    {
        std::vector<std::string> names;
        for (const auto& record : answer.records)
            if (names.size() < SpfLimits::ptr_names)
                names.push_back(lower(record.data));
        return names;
    }

    awaitable<std::string> explain(SpfMacroString target, std::string domain)
    {
        const auto name = target.domain_name(co_await values_for(target, domain));
        const auto answer = co_await ask(name, RecordType::txt);
        if (answer->records.size() != 1)
            co_return "";
        const auto text = SpfMacroString::parse_explanation(answer->records.front().data);
        co_return text ? text->text(co_await values_for(*text, domain)) : "";
    }

    awaitable<SpfMacroValues> values_for(const SpfMacroString& text, std::string domain)
    {
        SpfMacroValues values{.ip = question_.ip,
                              .local = question_.local,
                              .sender_domain = question_.domain,
                              .domain = domain,
                              .helo = question_.helo,
                              .receiver = question_.receiver,
                              .time = std::chrono::duration_cast<std::chrono::seconds>(
                                          question_.now.time_since_epoch())
                                          .count()};
        if (text.needs_validated_name())
            values.validated_name = co_await validated_name(std::move(domain));
        co_return values;
    }

    /// A name that macros made of a client's words may have octets that no query should have.
    awaitable<DnsAnswerPtr> ask(std::string name, RecordType type)
    {
        static const auto no_name = std::make_shared<const net::DnsAnswer>(
            net::DnsAnswer{.status = net::DnsAnswer::Status::no_name});
        if (!std::ranges::all_of(name, mail::is_printable))
            co_return no_name;
        co_return co_await dns_.ask(std::move(name), type);
    }

    RecordType address_type() const
    {
        return question_.ip.is_v4() ? RecordType::a : RecordType::aaaa;
    }
    bool count_term() { return ++terms_ <= SpfLimits::lookup_terms; }
    bool count_void(const net::DnsAnswer& answer)
    {
        return !answer.is_void() || ++voids_ <= SpfLimits::void_lookups;
    }
    static Stop failure(RecordType type, const std::string& name, const net::DnsAnswer& answer)
    {
        return {SpfResult::temperror,
                std::string{type_text(type)} + " of " + name + ": " + answer.problem};
    }
    static Stop too_many_voids()
    {
        return {SpfResult::permerror, "more than two of the names asked for do not exist"};
    }
    static Outcome over_limit(std::string mechanism)
    {
        return {.result = SpfResult::permerror,
                .mechanism = std::move(mechanism),
                .problem = "more than ten terms that need the DNS"};
    }

    SpfQuestion question_;
    Dns& dns_;
    unsigned terms_ = 0, voids_ = 0;
    DnsAnswerPtr reverse_names_;
};
}

awaitable<SpfAnswer> check_spf(SpfQuestion question, Dns& dns)
{
    Check check{std::move(question), dns};
    co_return co_await check.run();
}
}
