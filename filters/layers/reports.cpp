// SPDX-License-Identifier: Apache-2.0
#include "filters/content/received_report.hpp"
#include "filters/layer.hpp"
#include "filters/report_table.hpp"
#include "filters/services.hpp"
#include "filters/two_way_memory.hpp"

#include <algorithm>

namespace filters {
namespace {
constexpr std::string_view read_fact = "reports.read", broken = "reports.broken",
                           repeated = "reports.repeated", none = "reports.none",
                           unproven = "reports.unproven", unknown = "reports.unknown",
                           abuse = "reports.abuse";
using content::ReceivedReport;
constexpr std::size_t longest_domain = 253;

std::vector<std::string> addresses_in(const Settings& settings)
{
    std::vector<std::string> keys;
    for (const auto& text : settings.texts("addresses"))
        if (const auto address = mail::Mailbox::parse(text))
            keys.push_back(address->key());
        else
            settings.complain("addresses", "\"" + text + "\" is no address");
    std::ranges::sort(keys);
    return keys;
}

/// What reports say, read where messages are parsed.
class ReportsContent final : public ContentLayer {
public:
    explicit ReportsContent(bool is_needed) : is_needed_{is_needed} { }
    bool is_needed() const override { return is_needed_; }
    void extract(const mail::Message& message, Content& content) const override
    {
        const bool has_report = std::ranges::any_of(content.files, [](const content::File& file) {
            return file.depth == 0 && content::is_report(file.filename, file.declared);
        });
        if (is_needed_ && has_report)
            content.reports = content::find_reports(message.text(), {});
    }

private:
    bool is_needed_;
};

/// Reports of others that come to addresses which take them (features O12).
class Reports final : public Layer {
public:
    Reports(const Settings& settings, Services& services)
        : services_{services}, addresses_{addresses_in(settings)},
          must_be_proven_{settings.boolean("must_be_proven")}
    { }

    Inspection inspect_message(const mail::Mail& mail) const override
    {
        const bool is_for_us = std::ranges::any_of(mail.recipients, [&](const auto& recipient) {
            return std::ranges::binary_search(addresses_, recipient.address.key());
        });
        if (mail.direction != mail::Direction::inbound || !is_for_us || !mail.content)
            return Findings{};
        if (mail.content->reports.empty())
            return Findings{{.name = none}};
        return take_all(mail);
    }

private:
    awaitable<Findings> take_all(const mail::Mail& mail) const
    {
        Findings found;
        for (const auto& report : mail.content->reports)
            take(mail, report, co_await departure_of(mail, report), found);
        co_return found;
    }
    /// Whether a complaint is about a mail of that account.
    static awaitable<bool> has_left(const mail::Mail& mail, const ReceivedReport& report,
                                    const std::string& account)
    {
        auto* memory = TwoWayMemory::here();
        if (!memory || account.empty() || report.message_id.empty())
            co_return false;
        co_return co_await memory->was_sent_by(report.message_id, account, mail.received_at);
    }
    /// Whose mail a complaint is about. An account counts where it sent that mail; `who()` is empty
    /// where no such mail left.
    awaitable<Departure> departure_of(const mail::Mail& mail, const ReceivedReport& report) const
    {
        auto* memory = TwoWayMemory::here();
        const bool counts = !must_be_proven_ || proof_of(mail);
        if (!memory || !counts || report.kind != ReceivedReport::Kind::abuse
            || report.message_id.empty())
            co_return Departure{};
        auto of = co_await memory->departure_of({report.message_id}, {report.recipient}, false);
        for (auto* address : {&of.alias, &of.list})
            if (const auto known = mail::Mailbox::parse(*address);
                !known || !is_own(known->domain().ascii()))
                address->clear();
        const auto account = account_of(report);
        if (!account.empty()) {
            const bool has_sent = co_await has_left(mail, report, account);
            of.account = has_sent ? account : "";
        }
        co_return of;
    }
    /// What proves who sent it; nullptr: nothing.
    static const mail::Finding* proof_of(const mail::Mail& mail)
    {
        for (const auto* name : {"dmarc.pass", "dkim.pass", "spf.pass"})
            if (const auto found = std::ranges::find(mail.findings, name, &mail::Finding::name);
                found != mail.findings.end())
                return &*found;
        return nullptr;
    }
    bool is_own(std::string_view domain) const
    {
        const auto parsed = mail::Domain::parse(domain);
        return parsed && services_.is_own_domain && services_.is_own_domain(*parsed);
    }
    /// The account of ours that a complaint is about; "": nobody knows, or it is none.
    std::string account_of(const ReceivedReport& report) const
    {
        if (report.kind != ReceivedReport::Kind::abuse)
            return {};
        const auto address = mail::Mailbox::parse(report.sender);
        return address && is_own(address->domain().ascii()) ? address->key() : std::string{};
    }
    void take(const mail::Mail& mail, ReceivedReport report, const Departure& of,
              Findings& found) const
    {
        const auto now = std::chrono::floor<std::chrono::seconds>(mail.received_at);
        const auto kind = content::to_string(report.kind);
        auto& table = ReportTable::here();
        const auto* proof = proof_of(mail);
        if (must_be_proven_ && !proof) {
            found.push_back({.name = unproven, .detail = mail::to_string(mail.sender)});
            table.note_refused(kind, report.organization, {}, "nothing proves who sent it", now);
            return;
        }
        const bool is_abuse = report.kind == ReceivedReport::Kind::abuse;
        // Its own name is anybody's word: whose mail it came with stands beside it.
        if (proof && !proof->detail.empty() && proof->detail != report.organization)
            report.organization += (report.organization.empty() ? "(" : " (")
                + proof->detail.substr(0, longest_domain) + ")";
        const auto account = account_of(report);
        if (is_abuse && !account.empty() && of.who().empty()) {
            found.push_back({.name = unknown, .detail = account, .evidence = report.organization});
            table.note_refused(kind, report.organization, account.substr(account.find('@') + 1),
                               "no such mail of that account left from here", now);
            return;
        }
        keep_own(report, of);
        const auto taken = table.take(report, of, now);
        if (!report.error.empty() && taken != ReportTable::Taken::repeated)
            found.push_back({.name = broken, .detail = report.error});
        if (taken == ReportTable::Taken::repeated)
            found.push_back({.name = repeated, .detail = report.id});
        else if (taken == ReportTable::Taken::counted && is_abuse)
            found.push_back({.name = abuse, .detail = of.who(), .evidence = report.organization});
        else if (taken == ReportTable::Taken::counted)
            found.push_back({.name = read_fact,
                             .detail = std::string{kind} + " " + report.domain,
                             .evidence = report.organization});
    }
    /// What it says of others' domains is nobody's business here.
    void keep_own(ReceivedReport& report, const Departure& of) const
    {
        if (report.kind == ReceivedReport::Kind::abuse) {
            if (of.who().empty() && report.error.empty())
                report.error = "it is about no mail of ours";
            return;
        }
        std::erase_if(report.sessions,
                      [&](const auto& sessions) { return !is_own(sessions.domain); });
        if (is_own(report.domain) || !report.sessions.empty())
            return;
        report.sources.clear();
        if (report.error.empty())
            report.error = "it is about no domain of ours";
    }

    Services& services_;
    std::vector<std::string> addresses_;
    bool must_be_proven_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services& services)
{
    return std::make_unique<Reports>(settings, services);
}
std::unique_ptr<ContentLayer> make_content(const Settings& settings, Services&)
{
    return std::make_unique<ReportsContent>(!settings.texts("addresses").empty());
}
}

extern const LayerType reports{
    .name = "reports",
    .summary = "Reads what others report of our mail: DMARC, TLS and abuse reports.",
    .findings = {
        {.name = read_fact,
         .english = "It brings a report of others: {}",
         .japanese = "外部からのレポートです: {}"},
        {.name = broken,
         .english = "The report that it brings is broken: {}",
         .japanese = "添付のレポートに誤りがあります: {}"},
        {.name = repeated,
         .english = "The report that it brings came before ({}).",
         .japanese = "添付のレポートは受信済みです({})。"},
        {.name = none,
         .english = "It came to an address for reports and brings none.",
         .japanese = "レポート用のアドレス宛てですが、レポートがありません。"},
        {.name = unproven,
         .english = "Its report does not count, since nothing proves who sent it: {}",
         .japanese = "送信元を証明できないため、レポートは集計されません: {}"},
        {.name = unknown,
         .english = "It calls a mail of {} spam that did not leave from here.",
         .japanese = "{}の迷惑メールだという通報ですが、そのメールの送信記録はありません。"},
        {.name = abuse,
         .english = "Somebody called a mail of {} spam.",
         .japanese = "{}のメールが迷惑メールとして通報されました。"},
    },
    .settings = R"(# Addresses of our domains to which others send DMARC, TLS and abuse
# reports, as rua= and the like name them. What they say is summed up by domain, source and day
# (`mailweir report`); the mail itself goes on as the policy says.
addresses: []
# Reports count only where SPF, DKIM or DMARC proves who sent them: anybody could invent them.
# Complaints count only about mail that the layer `forward` saw leave in the last 30 days.
must_be_proven: true
)",
    .after = {"spf", "dkim", "dmarc"},
    .make = make,
    .make_content = make_content,
};
}
