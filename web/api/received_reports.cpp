// SPDX-License-Identifier: Apache-2.0
#include "filters/report_table.hpp"
#include "web/api/json.hpp"
#include "web/api/outbound_routes.hpp"
#include "web/api/site.hpp"

namespace web {
using filters::ReportTable;
using Wall = std::chrono::system_clock::time_point;

namespace {
/// Which rows a request wants, of domains or of accounts that this principal may see; nullopt:
/// "since" is no time.
std::optional<ReportTable::Page> page_of(const Site& site, const Principal& principal,
                                         const Request& request, bool by_account)
{
    const auto now = site.context->env->wall_now();
    const auto since = request.text("since");
    const auto from = parse_moment(since.empty() ? "30 days" : since, now);
    if (!from)
        return {};
    ReportTable::Page page{.is_wanted = {}};
    page.since = std::chrono::floor<std::chrono::days>(*from);
    page.after = request.text("after");
    page.limit = request.limit();
    page.is_wanted = [reach = principal.reach, domain = request.text("domain"),
                      by_account](const std::string& of) {
        if (!domain.empty() && of != domain)
            return false;
        return reach.is_everything() || (by_account ? reach.has_address(of) : reach.has_domain(of));
    };
    return page;
}

Response no_time()
{
    return problem(400, "malformed request", "\"since\" is a time, or how long ago: 30 days");
}

/// All rows, each as `write` says.
template <class Row>
Response listing(std::string_view name, const std::vector<Row>& rows, std::size_t limit,
                 void (*write)(JsonWriter&, const Row&))
{
    JsonWriter json;
    json.begin_object().key(name).begin_array();
    for (const auto& row : rows) {
        json.begin_object();
        write(json, row);
        json.end_object();
    }
    json.end_array().key("next");
    rows.size() < limit ? json.null() : json.text(rows.back().place);
    json.end_object();
    return json_response(json.take());
}

void write_day(JsonWriter& json, const filters::ReportedDay& row)
{
    json.member("domain", row.domain).member("day", row.day).member("source", row.source);
    json.member("reports", row.reports).member("mails", row.mails).member("proven", row.proven);
    json.member("dkim", row.dkim).member("spf", row.spf).member("quarantined", row.quarantined);
    json.member("rejected", row.rejected);
}

void write_sessions(JsonWriter& json, const filters::ReportedTls& row)
{
    json.member("domain", row.domain).member("day", row.day).member("reporter", row.reporter);
    json.member("policy", row.policy).member("mx", row.mx).member("why", row.why);
    json.member("succeeded", row.succeeded).member("failed", row.failed);
}

void write_complaint(JsonWriter& json, const filters::AbuseComplaint& row)
{
    json.member("at", Wall{row.at}).member("type", row.type).member("reporter", row.reporter);
    json.member("account", row.of.account).member("alias", row.of.alias);
    json.member("list", row.of.list).member("source", row.source);
    json.member("recipient", row.recipient).member("message_id", row.message_id);
}

void write_receipt(JsonWriter& json, const filters::ReportReceipt& row)
{
    json.member("at", Wall{row.at}).member("kind", row.kind).member("reporter", row.reporter);
    json.member("domain", row.domain).member("id", row.id).member("error", row.error);
    json.member("rows", row.rows);
}
}

awaitable<Response> get_dmarc_sums(Site& site, Principal principal, Request request)
{
    const auto page = page_of(site, principal, request, false);
    co_return page ? listing("rows", ReportTable::here().sources(*page), page->limit, write_day)
                   : no_time();
}

awaitable<Response> get_tls_sums(Site& site, Principal principal, Request request)
{
    const auto page = page_of(site, principal, request, false);
    co_return page
        ? listing("rows", ReportTable::here().sessions(*page), page->limit, write_sessions)
        : no_time();
}

awaitable<Response> get_abuse_reports(Site& site, Principal principal, Request request)
{
    const auto page = page_of(site, principal, request, true);
    co_return page
        ? listing("rows", ReportTable::here().complaints(*page), page->limit, write_complaint)
        : no_time();
}

awaitable<Response> get_received_reports(Site& site, Principal principal, Request request)
{
    const auto page = page_of(site, principal, request, false);
    co_return page
        ? listing("reports", ReportTable::here().receipts(*page), page->limit, write_receipt)
        : no_time();
}
}
