// SPDX-License-Identifier: Apache-2.0
#include "web/api/fingerprints.hpp"

#include "web/api/audit.hpp"
#include "web/api/json.hpp"
#include "web/api/routes.hpp"

namespace web {
using filters::FingerprintTable;

namespace {
FingerprintTable::Time now_of(const Site& site)
{
    return std::chrono::floor<std::chrono::seconds>(site.context->env->wall_now());
}
}

awaitable<std::optional<bool>> teach_fingerprints(Site& site, mail::MailId mail, bool is_spam,
                                                  filters::Teacher teacher)
{
    const auto table = FingerprintTable::of(*site.context->services);
    co_return co_await site.context->pool->run(
        [table, mail, is_spam, teacher = std::move(teacher), now = now_of(site)] {
            const bool is_other_now = table->unlearn(mail, !is_spam, teacher).value_or(false);
            auto taught = table->learn(mail, is_spam, teacher, now);
            return taught ? std::optional{*taught || is_other_now} : taught;
        });
}

awaitable<bool> unteach_fingerprints(Site& site, mail::MailId mail, filters::Teacher teacher)
{
    const auto table = FingerprintTable::of(*site.context->services);
    co_return co_await site.context->pool->run([table, mail, teacher = std::move(teacher)] {
        const bool was_spam = table->unlearn(mail, true, teacher).value_or(false);
        return table->unlearn(mail, false, teacher).value_or(false) || was_spam;
    });
}

awaitable<Response> get_fingerprints(Site& site, Principal, Request)
{
    const auto table = FingerprintTable::of(*site.context->services);
    const auto counts = co_await site.context->pool->run([table] { return table->counts(); });
    JsonWriter json;
    json.begin_object().member("spam", counts.spam).member("wanted", counts.wanted);
    json.member("contested", counts.contested).end_object();
    co_return json_response(json.take());
}

awaitable<Response> get_fingerprints_export(Site& site, Principal, Request)
{
    const auto table = FingerprintTable::of(*site.context->services);
    auto text = co_await site.context->pool->run(
        [table, now = now_of(site)] { return table->exported(now); });
    co_return Response{200, "application/octet-stream", std::move(text), {}};
}

awaitable<Response> post_fingerprints_import(Site& site, Principal principal, Request request)
{
    const auto from = request.text("from");
    if (from.empty() || from.size() > 100)
        co_return problem(400, "malformed request", "\"from\" names whose fingerprints they are");
    co_await audit(site, std::move(principal), "import fingerprints", from);
    const auto table = FingerprintTable::of(*site.context->services);
    const auto taken = co_await site.context->pool->run(
        [table, text = std::move(request.body), from, now = now_of(site)] {
            const auto number = table->import(text, from, now);
            table->save(now);
            return number;
        });
    if (!taken)
        co_return problem(400, "malformed request", "that is no export of fingerprints");
    JsonWriter json;
    json.begin_object().member("fingerprints", *taken).end_object();
    co_return json_response(json.take());
}
}
