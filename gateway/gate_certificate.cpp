// SPDX-License-Identifier: Apache-2.0
// How a gate takes a certificate that was handed in through the pages.
#include "gateway/gate.hpp"
#include "gateway/own_certificate.hpp"
#include "gateway/snapshot.hpp"

#include <spdlog/spdlog.h>

namespace app {
namespace {
/// Checks and keeps: until its last step nothing has changed, with it all has. "" or what is wrong.
std::string take(const Configuration& now, const ConfigurationSource& source,
                 const web::CertificateChange& change)
{
    auto own = now.own;
    own.certificate_for = change.uses;
    CertificateExchange exchange{now.data};
    if (change.pem)
        if (const auto put = exchange.put(*change.pem); !put)
            return put.error();
    const auto checked = load_configuration(source, &own);
    if (!checked)
        return filters::to_string(checked.error());
    if (const auto written = write_own_settings(now.data, own); !written)
        return written.error();
    exchange.keep();
    return {};
}
}

net::awaitable<web::ReloadOutcome> Gate::change_certificate(web::CertificateChange change)
{
    const auto problem = co_await pool_->run(
        [this, &change] { return take(configuration_, start_.source, change); });
    if (!problem.empty())
        co_return web::ReloadOutcome{false, false, problem, {}};
    spdlog::info("the certificate of the pages was changed");
    co_return co_await reload();
}

void Gate::offer_certificates()
{
    web::CertificateDesk::of(services_)
        = {[this] { return certificate_places(configuration_); },
           [this](web::CertificateChange change) {
               return change_alone(change_certificate(std::move(change)));
           }};
}
}
