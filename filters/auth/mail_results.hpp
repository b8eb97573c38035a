// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/arc.hpp"
#include "filters/auth/authentication_results.hpp"
#include "filters/auth/dkim.hpp"
#include "gateway/mail/mail.hpp"

namespace filters::auth {
/// A result as a finding: "dkim.pass" with the domain as detail; the evidence is the line that
/// Authentication-Results says of it.
mail::Finding finding_of(const DkimResult& result);
/// "arc.pass" with the newest sealer as detail.
mail::Finding finding_of(const ArcResult& result);

/// The state of the chain of `mail` as the layer arc found it; nullopt if that did not look.
std::optional<ArcResult> arc_result_of(const mail::Mail& mail);

/// What the layers spf, dkim, dmarc and arc found out about `mail`, to be said to those behind us:
/// from the evidence of their findings where it is such a line, else from their names. Without
/// methods if none of them ran.
AuthenticationResults results_of(const mail::Mail& mail, std::string authserv_id);
}
