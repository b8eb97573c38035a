// SPDX-License-Identifier: Apache-2.0
#include "web/api/dns_check.hpp"

#include "filters/dns_address.hpp"
#include "filters/known_dns_lists.hpp"
#include "filters/reverse_name.hpp"
#include "gateway/net/resolver.hpp"

#include <algorithm>

namespace web {
namespace {
using net::DnsAnswerPtr;
using net::RecordType;

constexpr std::string_view good = "good", warning = "warning", bad = "bad";

void write_check(JsonWriter& json, std::string_view what, std::string_view mark,
                 std::string_view detail)
{
    json.begin_object().member("what", what).member("mark", mark).member("detail", detail);
    json.end_object();
}

std::string joined(const std::vector<std::string>& texts)
{
    std::string all;
    for (const auto& text : texts)
        all += (all.empty() ? "" : ", ") + text;
    return all;
}

awaitable<void> look_up(net::Resolver& resolver, std::string name, RecordType type,
                        DnsAnswerPtr& answer)
{
    answer = co_await resolver.query(std::move(name), type, nullptr);
}

/// What is asked at once, so that a silent zone costs its time once.
struct Answers {
    DnsAnswerPtr ns, mx, a, aaaa;
};

awaitable<Answers> ask_all(net::Resolver& resolver, std::string domain, std::string hostname)
{
    Answers answers;
    std::vector<awaitable<void>> work;
    work.push_back(look_up(resolver, domain, RecordType::ns, answers.ns));
    work.push_back(look_up(resolver, domain, RecordType::mx, answers.mx));
    work.push_back(look_up(resolver, hostname, RecordType::a, answers.a));
    work.push_back(look_up(resolver, hostname, RecordType::aaaa, answers.aaaa));
    co_await net::all(std::move(work));
    co_return answers;
}

/// Names that an address leads back to (RFC 1912 §2.1).
awaitable<bool> leads_back(net::Resolver& resolver, mail::Ip ip, std::string name)
{
    const auto reverse = filters::reverse_name(ip, "in-addr.arpa", "ip6.arpa");
    const auto answer = co_await resolver.query(reverse, RecordType::ptr, nullptr);
    co_return std::ranges::any_of(answer->records,
                                  [&](const auto& record) { return record.data == name; });
}

awaitable<void> check_host(JsonWriter& json, net::Resolver& resolver, std::string hostname,
                           const Answers& answers)
{
    std::vector<std::string> texts;
    bool all_lead_back = true;
    for (const auto* answer : {&answers.a, &answers.aaaa})
        for (const auto& record : (*answer)->records) {
            const auto ip = filters::address_of(record);
            if (!ip)
                continue;
            texts.push_back(ip->to_string());
            const bool leads = co_await leads_back(resolver, *ip, hostname);
            all_lead_back = all_lead_back && leads;
        }
    const bool is_found = !texts.empty();
    write_check(json, "hostname", is_found ? good : bad,
                hostname + (is_found ? ": " + joined(texts) : ""));
    write_check(json, "reverse", is_found && all_lead_back ? good : warning, joined(texts));
}

void check_mx(JsonWriter& json, const net::DnsAnswer& answer, const std::string& hostname)
{
    std::vector<std::string> texts;
    bool is_here = false;
    for (const auto& record : answer.records) {
        texts.push_back(std::to_string(record.preference) + " " + record.data);
        is_here = is_here || record.data == hostname;
    }
    write_check(json, "mx", answer.has_failed() ? bad : is_here ? good : warning, joined(texts));
}

struct Tried {
    std::string_view mark = good, detail = "answers";
};

/// RFC 5782 §5: 127.0.0.2 is listed, 127.0.0.1 is not.
awaitable<void> try_list(net::Resolver& resolver, std::string zone, Tried& tried)
{
    const auto listed = co_await resolver.query("2.0.0.127." + zone, RecordType::a, nullptr);
    const auto other = co_await resolver.query("1.0.0.127." + zone, RecordType::a, nullptr);
    const auto refuses = [](const DnsAnswerPtr& answer) {
        return std::ranges::any_of(answer->records, [](const auto& record) {
            return record.data.starts_with("\x7F\xFF\xFF");
        });
    };
    if (refuses(listed) || refuses(other))
        tried = {bad, "refuses"};
    else if (!listed->is_found())
        tried = {bad, "silent"};
    else if (other->is_found())
        tried = {bad, "lists everybody"};
}

void write_list(JsonWriter& json, const filters::KnownDnsList& list, const Tried& tried)
{
    json.begin_object().member("zone", list.zone).member("name", list.name);
    json.key("terms").begin_object().member("en", list.english).member("ja", list.japanese);
    json.end_object().member("url", list.url).member("mark", tried.mark);
    json.member("detail", tried.detail).end_object();
}
}

awaitable<void> write_dns_check(JsonWriter& json, smtp::Context& context, mail::Domain domain)
{
    net::Resolver& resolver = *context.resolver;
    const auto snapshot = context.snapshot();
    const std::string hostname = snapshot->settings.hostname;
    const std::string name = domain.ascii();
    const auto answers = co_await ask_all(resolver, name, hostname);
    const bool has_answer = resolver.has_servers()
        && (!answers.ns->has_failed() || !answers.mx->has_failed() || !answers.a->has_failed());
    json.begin_object().key("checks").begin_array();
    write_check(json, "resolver", has_answer ? good : bad, answers.ns->problem);
    if (has_answer) {
        co_await check_host(json, resolver, hostname, answers);
        check_mx(json, *answers.mx, hostname);
    }
    json.end_array().member("mx_line", name + ". IN MX 10 " + hostname + ".").end_object();
}

awaitable<void> write_block_lists(JsonWriter& json, smtp::Context& context)
{
    const auto known_lists = filters::known_dns_lists();
    std::vector<Tried> tried(known_lists.size());
    std::vector<awaitable<void>> work;
    for (std::size_t i = 0; i < known_lists.size(); ++i)
        work.push_back(try_list(*context.resolver, std::string{known_lists[i].zone}, tried[i]));
    co_await net::all(std::move(work));
    json.begin_object().key("lists").begin_array();
    for (std::size_t i = 0; i < known_lists.size(); ++i)
        write_list(json, known_lists[i], tried[i]);
    json.end_array().end_object();
}
}
