// SPDX-License-Identifier: Apache-2.0
// The certificate that is handed in through the pages.
#include "web/api/certificate.hpp"

#include "filters/services.hpp"
#include "gateway/net/certificate_check.hpp"
#include "web/api/audit.hpp"
#include "web/api/document.hpp"
#include "web/api/json.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <filesystem>

namespace web {
namespace {
using Mark = net::CertificateCheck::Mark;

/// What was asked for. Its key is wiped out.
struct Offer {
    std::string certificate, key;
    std::vector<std::string> uses;
    bool is_certain = false; ///< warnings were read
    ~Offer() { OPENSSL_cleanse(key.data(), key.size()); }
};

bool is_there(const std::string& file)
{
    std::error_code error;
    return std::filesystem::exists(file, error);
}

std::optional<Offer> offer_in(Request& request)
{
    const auto body = parse_json(request.body);
    std::optional<Offer> offer;
    if (body && body->is_object())
        offer.emplace(text_member(*body, "certificate").value_or(""),
                      text_member(*body, "key").value_or(""), text_members(*body, "uses"),
                      is_member_true(*body, "anyway"));
    OPENSSL_cleanse(request.body.data(), request.body.size());
    return offer;
}

const CertificateDesk* desk_of(Site& site)
{
    const auto& desk = CertificateDesk::of(*site.context->services);
    return desk.places && desk.change ? &desk : nullptr;
}

Response nobody_keeps_it()
{
    return problem(503, "not available now", "this gateway keeps no certificate");
}

/// Whom it has to name: the listeners' hostname, and the pages' host where they use it.
std::vector<std::string> names_for(const Site& site, const std::vector<std::string>& uses)
{
    std::vector<std::string> names;
    if (std::ranges::any_of(uses, [](const auto& use) { return use != "web"; }))
        names.push_back(site.context->snapshot()->settings.hostname);
    const auto& url = site.web_url;
    const auto begin = url.find("://");
    if (std::ranges::find(uses, "web") == uses.end() || begin == url.npos)
        return names;
    auto host = url.substr(begin + 3, url.find('/', begin + 3) - begin - 3);
    host = host.starts_with('[') ? host.substr(1, host.find(']') - 1)
                                 : host.substr(0, host.find(':'));
    if (std::ranges::find(names, host) == names.end())
        names.push_back(host);
    return names;
}

awaitable<net::OfferedCertificate> look_at(Site& site, const Offer& offer)
{
    const auto names = names_for(site, offer.uses);
    const auto now = site.context->env->wall_now();
    co_return co_await site.context->pool->run(
        [&] { return net::check_certificate(offer.certificate, offer.key, names, now); });
}

std::string_view word_of(Mark mark)
{
    return mark == Mark::good ? "good" : mark == Mark::warning ? "warning" : "bad";
}

void write_checks(JsonWriter& json, const net::OfferedCertificate& offered)
{
    json.member("ok", !offered.has(Mark::bad));
    json.member("warnings", offered.has(Mark::warning)).key("checks").begin_array();
    for (const auto& check : offered.checks)
        json.begin_object()
            .member("what", check.what)
            .member("mark", word_of(check.mark))
            .member("detail", check.detail)
            .end_object();
    json.end_array();
}

void write_facts(JsonWriter& json, const std::optional<net::CertificateFacts>& facts)
{
    json.key("certificate");
    if (!facts)
        return static_cast<void>(json.null());
    json.begin_object().member("subject", facts->subject).key("names").begin_array();
    for (const auto& name : facts->names)
        json.text(name);
    json.end_array().member("begins", facts->begins).member("ends", facts->ends).end_object();
}

void write_places(JsonWriter& json, const CertificatePlaces& places)
{
    json.key("uses").begin_array();
    for (const auto& place : places.all) {
        json.begin_object().member("name", place.name).member("address", place.address);
        json.member("listener", place.is_listener).member("tls", place.has_tls);
        json.member("own", place.is_own);
        place.locked.empty() ? json.key("locked").null() : json.member("locked", place.locked);
        json.end_object();
    }
    json.end_array();
}

/// Why these places cannot use it; nothing where they can.
std::optional<Response> misplaced(const CertificatePlaces& places,
                                  const std::vector<std::string>& uses)
{
    for (const auto& use : uses) {
        const auto place = std::ranges::find(places.all, use, &CertificatePlace::name);
        if (place == places.all.end())
            return problem(422, "the certificate was not taken", "there is no " + use);
        if (!place->locked.empty())
            return problem(409, "set in a file", use + ": " + place->locked);
    }
    return {};
}

/// 422 with the checks, so that people see what to mend.
Response not_taken(const net::OfferedCertificate& offered)
{
    JsonWriter json;
    json.begin_object().member("type", "/problems/the-certificate-was-not-taken");
    json.member("title", "the certificate was not taken").member("status", 422);
    const auto bad = std::ranges::find(offered.checks, Mark::bad, &net::CertificateCheck::mark);
    json.member("detail",
                bad == offered.checks.end() ? "there are warnings: look at them"
                    : bad->detail.empty()   ? std::string{bad->what}
                                            : std::string{bad->what} + ": " + bad->detail);
    write_checks(json, offered);
    json.end_object();
    auto response = json_response(json.take(), 422);
    response.content_type = "application/problem+json";
    return response;
}

std::string in_one(const std::vector<std::string>& uses)
{
    std::string text;
    for (const auto& use : uses)
        text += (text.empty() ? "" : ", ") + use;
    return text.empty() ? "nothing" : text;
}

/// Records, changes, and says what is in force then.
awaitable<Response> change(Site& site, Principal principal, CertificateChange wanted,
                           std::string what)
{
    co_await audit(site, principal, "certificate", what + " for " + in_one(wanted.uses));
    const auto outcome = co_await desk_of(site)->change(std::move(wanted));
    co_await audit_outcome(site, principal, "certificate",
                           outcome.is_done ? "in force" : "not taken");
    if (!outcome.is_done)
        co_return problem(422, "the certificate was not taken", outcome.complaints);
    co_return co_await get_certificate(site, std::move(principal), {});
}
}

CertificateDesk& CertificateDesk::of(filters::Services& services)
{
    auto& place = services.kept("certificate");
    if (!place)
        place = std::make_shared<CertificateDesk>();
    return *std::static_pointer_cast<CertificateDesk>(place);
}

awaitable<Response> get_certificate(Site& site, Principal, Request)
{
    const auto* desk = desk_of(site);
    if (desk == nullptr)
        co_return nobody_keeps_it();
    const auto places = desk->places();
    const auto read = co_await site.context->pool->run([file = places.file] {
        return is_there(file) ? net::read_certificate({file, file}) : std::nullopt;
    });
    JsonWriter json;
    json.begin_object().member("url", site.web_url);
    write_facts(json, read ? *read : std::nullopt);
    json.member("problem", read ? "" : read.error());
    write_places(json, places);
    json.end_object();
    co_return json_response(json.take());
}

awaitable<Response> post_certificate_check(Site& site, Principal, Request request)
{
    const auto offer = offer_in(request);
    if (!offer)
        co_return problem(400, "malformed request", "certificate and key are texts in JSON");
    const auto offered = co_await look_at(site, *offer);
    JsonWriter json;
    json.begin_object();
    write_checks(json, offered);
    write_facts(json, offered.facts);
    json.end_object();
    co_return json_response(json.take());
}

awaitable<Response> put_certificate(Site& site, Principal principal, Request request)
{
    const auto* desk = desk_of(site);
    const auto offer = offer_in(request);
    if (desk == nullptr)
        co_return nobody_keeps_it();
    if (!offer)
        co_return problem(400, "malformed request", "certificate and key are texts in JSON");
    const auto places = desk->places();
    if (auto why = misplaced(places, offer->uses))
        co_return std::move(*why);
    if (offer->certificate.empty()) {
        if (!offer->uses.empty() && !is_there(places.file))
            co_return problem(422, "the certificate was not taken", "there is none yet");
        co_return co_await change(site, std::move(principal), {{}, offer->uses}, "the one there");
    }
    const auto offered = co_await look_at(site, *offer);
    if (offered.has(Mark::bad) || (offered.has(Mark::warning) && !offer->is_certain))
        co_return not_taken(offered);
    co_return co_await change(site, std::move(principal), {offered.pem, offer->uses},
                              offered.facts->subject);
}

awaitable<Response> delete_certificate(Site& site, Principal principal, Request)
{
    if (desk_of(site) == nullptr)
        co_return nobody_keeps_it();
    co_return co_await change(site, std::move(principal), {std::string{}, {}}, "away with it");
}
}
