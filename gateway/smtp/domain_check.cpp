// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/domain_check.hpp"

#include "filters/auth/dkim_key.hpp"
#include "filters/auth/dmarc_discovery.hpp"
#include "filters/auth/spf_record.hpp"
#include "filters/dns_address.hpp"
#include "filters/reverse_name.hpp"
#include "gateway/smtp/sts_policy.hpp"

#include <algorithm>

namespace smtp {
namespace {
using net::awaitable;
using net::RecordType;
namespace auth = filters::auth;

constexpr std::size_t most_hosts = 10;
constexpr std::size_t smallest_rsa = 1024;

class DomainCheck {
public:
    DomainCheck(DomainQuestion question, auth::Dns& dns)
        : question_{std::move(question)}, domain_{question_.domain}, name_{domain_.ascii()},
          dns_{dns}
    { }

    awaitable<std::vector<DomainFact>> run()
    {
        co_await look_at_mx();
        co_await look_at_spf();
        for (const auto& key : question_.keys)
            co_await look_at_own_key(key);
        co_await look_at_dkim(question_.selectors);
        co_await look_at_dmarc();
        co_await look_at_sts();
        co_await look_at_tls_reports();
        for (const auto& address : question_.addresses)
            co_await look_at_sender(address);
        co_return std::move(facts_);
    }

private:
    void add(std::string what, std::string name, std::string state, std::string found,
             std::string paste = {})
    {
        facts_.push_back({std::move(what), std::move(name), std::move(state), std::move(found),
                          std::move(paste)});
    }

    awaitable<void> look_at_mx()
    {
        const auto answer = co_await dns_.ask(name_, RecordType::mx);
        if (answer->has_failed())
            co_return add("MX", name_, "unknown", answer->problem);
        if (!answer->is_found())
            co_return add("MX", name_, "missing", "",
                          name_ + ". IN MX 10 "
                              + (question_.hostname.empty() ? "mx." + name_ : question_.hostname)
                              + ".");
        for (const auto& record : answer->records) {
            if (record.data.empty()) {
                add("MX", name_, "note", "takes no mail at all (null MX)");
                continue;
            }
            co_await look_at_host(record);
        }
    }
    awaitable<void> look_at_host(const net::DnsRecord& record)
    {
        const auto shown = std::to_string(record.preference) + " " + record.data;
        bool has_failed = false;
        std::vector<mail::Ip> addresses;
        for (const auto type : {RecordType::a, RecordType::aaaa}) {
            const auto answer = co_await dns_.ask(record.data, type);
            has_failed |= answer->has_failed();
            for (const auto& address : answer->records)
                if (const auto ip = filters::address_of(address))
                    addresses.push_back(*ip);
        }
        if (addresses.empty())
            co_return add("MX", name_, has_failed ? "unknown" : "wrong", shown + " has no address");
        add("MX", name_, "ok", shown);
        for (const auto& address : addresses)
            if (hosts_++ < most_hosts)
                co_await look_at_reverse(record.data, address);
    }
    awaitable<void> look_at_reverse(std::string host, mail::Ip address)
    {
        const auto name = filters::reverse_name(address, "in-addr.arpa", "ip6.arpa");
        const auto answer = co_await dns_.ask(name, RecordType::ptr);
        const auto text = address.to_string();
        if (answer->has_failed())
            co_return add("PTR", text, "unknown", answer->problem);
        if (!answer->is_found())
            co_return add("PTR", text, "missing", "", name + ". IN PTR " + host + ".");
        for (const auto& record : answer->records) {
            const auto back = co_await dns_.ask(record.data,
                                                address.is_v4() ? RecordType::a : RecordType::aaaa);
            for (const auto& one : back->records)
                if (filters::address_of(one) == address)
                    co_return add("PTR", text, "ok", record.data);
        }
        add("PTR", text, "wrong", answer->records.front().data + " does not lead back",
            name + ". IN PTR " + host + ".");
    }

    awaitable<void> look_at_spf()
    {
        const auto answer = co_await dns_.ask(name_, RecordType::txt);
        if (answer->has_failed())
            co_return add("SPF", name_, "unknown", answer->problem);
        std::vector<std::string> texts;
        for (const auto& record : answer->records)
            if (auth::is_spf(record.data))
                texts.push_back(record.data);
        if (texts.empty())
            co_return add("SPF", name_, "missing", "", txt_line(name_, "v=spf1 mx -all"));
        if (texts.size() > 1)
            co_return add("SPF", name_, "wrong", "several records: none of them counts");
        const auto parsed = auth::SpfRecord::parse(texts.front());
        if (!parsed)
            co_return add("SPF", name_, "wrong", parsed.error().text);
        if (lets_everybody(*parsed))
            co_return add("SPF", name_, "wrong", texts.front() + " (lets everybody send)",
                          txt_line(name_, "v=spf1 mx -all"));
        auto question = auth::spf_question(mail::Ip{}, name_, "postmaster@" + name_);
        const auto tried = co_await auth::check_spf(std::move(question), dns_);
        const bool is_broken = tried.result == auth::SpfResult::permerror;
        add("SPF", name_, is_broken ? "wrong" : "ok",
            is_broken ? texts.front() + " (" + tried.problem + ")" : texts.front());
    }
    static bool lets_everybody(const auth::SpfRecord& record)
    {
        return std::ranges::any_of(record.terms, [](const auth::SpfTerm& term) {
            return term.mechanism == auth::SpfTerm::Mechanism::all
                && term.qualifier == auth::SpfResult::pass;
        });
    }

    awaitable<void> look_at_dkim(const std::vector<std::string>& selectors)
    {
        bool has_any = false;
        for (const auto& selector : selectors) {
            const auto name = selector + "._domainkey." + name_;
            const auto answer = co_await dns_.ask(name, RecordType::txt);
            has_any |= answer->has_failed() || answer->is_found();
            if (answer->has_failed())
                add("DKIM", name, "unknown", answer->problem);
            else if (answer->is_found())
                add_key(name, answer->records.front().data);
        }
        if (!has_any && question_.keys.empty())
            add("DKIM", name_, "missing", "no key at the selectors tried",
                "mailweir dkim keygen --domain " + name_ + " --selector mail --key mail.pem");
    }
    void add_key(const std::string& name, const std::string& text)
    {
        const auto parsed = auth::DkimKey::parse(text);
        if (!parsed)
            return add("DKIM", name, "wrong", parsed.error().text);
        const auto key = auth::PublicKey::make(*parsed, smallest_rsa);
        if (!key)
            return add("DKIM", name, "wrong", key.error().text);
        add("DKIM", name, "ok",
            std::string{to_string(parsed->type)} + (parsed->is_testing ? ", testing" : ""));
    }

    /// A key that signs here must be the one that the world sees.
    awaitable<void> look_at_own_key(const auth::Signers::Key& key)
    {
        const auto name = key.selector + "._domainkey." + question_.key_domain;
        const auto own = auth::DkimKey::parse(key.key.record());
        const auto paste = txt_line(name, key.key.record());
        const auto answer = co_await dns_.ask(name, RecordType::txt);
        if (answer->has_failed())
            co_return add("DKIM", name, "unknown", answer->problem);
        if (!answer->is_found())
            co_return add("DKIM", name, "missing", "this key signs", paste);
        if (answer->records.size() > 1)
            co_return add("DKIM", name, "wrong", "several records: which one counts is chance",
                          paste);
        const auto published = auth::DkimKey::parse(answer->records.front().data);
        if (!published)
            co_return add("DKIM", name, "wrong", published.error().text, paste);
        if (published->type != own->type || published->octets != own->octets)
            co_return add("DKIM", name, "wrong", "another key than the one that signs", paste);
        add("DKIM", name, "ok",
            std::string{to_string(own->type)} + ", signs"
                + (published->is_testing ? ", testing" : ""));
    }

    awaitable<void> look_at_sender(mail::Ip address)
    {
        const bool has_hostname = !question_.hostname.empty();
        co_await look_at_reverse(has_hostname ? question_.hostname : "mail." + name_, address);
        if (has_hostname)
            co_await look_at_hello(address);
        auto question = auth::spf_question(address, has_hostname ? question_.hostname : name_,
                                           "postmaster@" + name_);
        const auto said = co_await auth::check_spf(std::move(question), dns_);
        const auto text = address.to_string();
        if (said.result == auth::SpfResult::pass)
            co_return add("SPF", text, "ok", said.mechanism);
        const auto result = std::string{to_string(said.result)};
        if (said.result == auth::SpfResult::temperror)
            co_return add("SPF", text, "unknown", said.problem);
        add("SPF", text, "wrong", result + ": the record does not let this address send",
            std::string{address.is_v4() ? "ip4:" : "ip6:"} + text
                + " before the last word of the record");
    }
    awaitable<void> look_at_hello(mail::Ip address)
    {
        const auto& host = question_.hostname;
        const auto answer
            = co_await dns_.ask(host, address.is_v4() ? RecordType::a : RecordType::aaaa);
        if (answer->has_failed())
            co_return add("HELO", host, "unknown", answer->problem);
        if (std::ranges::any_of(answer->records, [&](const net::DnsRecord& record) {
                return filters::address_of(record) == address;
            }))
            co_return add("HELO", host, "ok", address.to_string());
        add("HELO", host, answer->is_found() ? "wrong" : "missing",
            "does not lead to " + address.to_string(),
            host + (address.is_v4() ? ". IN A " : ". IN AAAA ") + address.to_string());
    }

    awaitable<void> look_at_dmarc()
    {
        auth::DmarcDiscovery discovery{auth::DmarcStandard::rfc7489, dns_};
        const auto published = co_await discovery.publish(domain_);
        const auto name = "_dmarc." + name_;
        const auto advice = txt_line(name, "v=DMARC1; p=none; rua=mailto:postmaster@" + name_);
        if (!published)
            co_return add("DMARC", name,
                          published.error().result == auth::DmarcResult::temperror ? "unknown"
                                                                                   : "wrong",
                          published.error().problem);
        if (!published->record && !published->problem.empty())
            co_return add("DMARC", name, "wrong", published->problem);
        if (!published->record)
            co_return add("DMARC", name, "missing", "", advice);
        const auto& record = *published->record;
        const auto at = published->record_domain == domain_
            ? ""
            : " (of " + published->record_domain.ascii() + ")";
        const auto policy = "p=" + std::string{to_string(record.policy)} + at;
        if (record.policy == auth::DmarcPolicy::none)
            co_return add(
                "DMARC", name, "note", policy + ": asks for nothing yet",
                txt_line(name,
                         "v=DMARC1; p=quarantine"
                             + (record.reports.empty() ? "" : "; rua=" + record.reports)));
        add("DMARC", name, "ok", policy);
    }

    /// Who does without loses nothing but the promise of TLS to others: a note.
    awaitable<void> look_at_sts()
    {
        const auto name = "_mta-sts." + name_;
        const auto answer = co_await dns_.ask(name, RecordType::txt);
        if (answer->has_failed())
            co_return add("MTA-STS", name, "unknown", answer->problem);
        const auto paste = txt_line(name, "v=STSv1; id=1");
        if (!answer->is_found())
            co_return add("MTA-STS", name, "note",
                          "others send here without TLS if somebody wants them to; the policy "
                          "stands at https://mta-sts."
                              + name_ + "/.well-known/mta-sts.txt",
                          paste);
        const auto id = sts_id(*answer);
        if (!id)
            co_return add("MTA-STS", name, "wrong", answer->records.front().data, paste);
        add("MTA-STS", name, "ok", "id " + *id);
    }
    awaitable<void> look_at_tls_reports()
    {
        constexpr std::string_view version = "v=TLSRPTv1;";
        const auto name = "_smtp._tls." + name_;
        const auto answer = co_await dns_.ask(name, RecordType::txt);
        if (answer->has_failed())
            co_return add("TLSRPT", name, "unknown", answer->problem);
        const auto paste = txt_line(name, std::string{version} + " rua=mailto:postmaster@" + name_);
        if (!answer->is_found())
            co_return add("TLSRPT", name, "note", "nobody tells of failed TLS", paste);
        const auto& text = answer->records.front().data;
        const bool is_right = answer->records.size() == 1 && text.starts_with(version)
            && text.find("rua=") != text.npos;
        add("TLSRPT", name, is_right ? "ok" : "wrong", text, is_right ? "" : paste);
    }

    DomainQuestion question_;
    mail::Domain domain_;
    std::string name_;
    auth::Dns& dns_;
    std::size_t hosts_ = 0;
    std::vector<DomainFact> facts_;
};
}

awaitable<net::DnsAnswerPtr> PlainDns::ask(std::string name, RecordType type)
{
    co_return co_await resolver_.query(std::move(name), type, nullptr);
}

std::string txt_line(const std::string& name, const std::string& text)
{
    constexpr std::size_t longest_string = 255;
    if (text.size() <= longest_string)
        return name + ". IN TXT \"" + text + "\"";
    std::string strings;
    for (std::size_t at = 0; at < text.size(); at += longest_string)
        strings += " \"" + text.substr(at, longest_string) + "\"";
    return name + ". IN TXT (" + strings + " )";
}

std::vector<std::string> usual_selectors()
{
    return {"default", "mail", "dkim",      "mailweir",  "s1",  "s2",
            "google",  "k1",   "selector1", "selector2", "key1"};
}

awaitable<std::vector<DomainFact>> check_domain(DomainQuestion question, auth::Dns& dns)
{
    DomainCheck check{std::move(question), dns};
    co_return co_await check.run();
}
}
