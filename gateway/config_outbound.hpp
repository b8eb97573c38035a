// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/yaml.hpp"
#include "gateway/smtp/settings.hpp"

namespace app {
/// What `outbound:` says of how mail leaves.
void fill_outbound(const filters::Yaml& tree, smtp::Settings& settings,
                   filters::Complaints& complaints);

smtp::AuthUse auth_of(const filters::Yaml& value);
/// Complains of a listener where nobody could sign in: inbound, or without a certificate.
void complain_of_auth(const filters::Yaml& item, const smtp::ListenerSettings& listener,
                      filters::Complaints& complaints);
}
