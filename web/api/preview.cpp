// SPDX-License-Identifier: Apache-2.0
// A message as text, made in the sandbox.
#include "filters/scan/scan.hpp"
#include "gateway/mail/utf8.hpp"
#include "web/api/audit.hpp"
#include "web/api/people_routes.hpp"
#include "web/api/routes.hpp"
#include "web/api/rows.hpp"

#include <spdlog/spdlog.h>

namespace web {
namespace {
constexpr std::size_t raw_octets = 4096, most_parts = 100, most_links = 100;

std::string clip(std::string_view text, std::size_t most)
{
    return std::string{text.substr(0, most)};
}

void write_parts(JsonWriter& json, const filters::Content& content)
{
    json.key("parts").begin_array();
    std::size_t written = 0;
    for (const auto& file : content.files) {
        if (!file.is_attachment || ++written > most_parts)
            continue;
        json.begin_object().member("type", clip(file.declared, 200));
        json.member("filename", clip(file.filename, 512)).member("size", file.size).end_object();
    }
    json.end_array();
}

std::string_view name_of(filters::content::Link::Source source)
{
    using Source = filters::content::Link::Source;
    return source == Source::html        ? "html"
        : source == Source::picture_code ? "picture_code"
        : source == Source::document     ? "document"
                                         : "text";
}

void write_links(JsonWriter& json, const filters::Content& content)
{
    json.key("links").begin_array();
    std::size_t written = 0;
    for (const auto& link : content.links) {
        if (++written > most_links)
            break;
        json.begin_object().member("url", clip(link.written, 2048));
        json.member("resolved", clip(link.url.to_string(), 2048));
        json.member("host", link.url.host).member("source", name_of(link.source));
        json.member("hidden", link.is_hidden);
        json.member("text", clip(link.text, 512)).end_object();
    }
    json.end_array();
}

void write_head(JsonWriter& json, const mail::Message& message)
{
    const auto& header = message.header();
    for (const auto& [member, field] :
         {std::pair{"from", "From"}, {"to", "To"}, {"subject", "Subject"}, {"date", "Date"}})
        json.member(member, clip(header.decoded(field), 2048));
}

awaitable<void> write_preview(Site& site, mail::MailId id, JsonWriter& json)
{
    const auto message = co_await site.context->store->message(id);
    json.begin_object();
    write_head(json, message);
    std::optional<filters::Scanned> scanned;
    try {
        scanned = co_await filters::scan(message, {}, *site.context->services);
    } catch (const std::exception& error) {
        spdlog::warn("preview of {}: {}", id.to_string(), error.what());
    }
    const bool is_text = scanned && !scanned->content.preview.empty();
    const auto text = message.text();
    json.member("source", is_text ? "text" : "raw");
    json.member("text", is_text ? scanned->content.preview : clip(text, raw_octets));
    json.member("truncated", !is_text && text.size() > raw_octets);
    if (scanned) {
        write_parts(json, scanned->content);
        write_links(json, scanned->content);
    }
    json.end_object();
}
}

awaitable<Response> get_preview(Site& site, Principal principal, Request request)
{
    const auto rows = co_await stored_rows(site, principal.reach, request.captures.front());
    if (!rows)
        co_return rows.error();
    const std::string act = "preview";
    // People read their own mail; who reads another's leaves a trace.
    const auto own = principal.own();
    const bool is_own = own.has_address(rows->front().address);
    if (!is_own)
        co_await audit(site, principal, act, rows->front().id.to_string());
    JsonWriter json;
    co_await audited(site, principal, act, write_preview(site, rows->front().id.mail, json));
    if (!is_own)
        co_await audit_outcome(site, std::move(principal), act, "shown");
    co_return json_response(json.take());
}
}
