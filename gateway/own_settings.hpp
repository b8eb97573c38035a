// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace app {
/// Settings made in the pages. They lie in the data directory and stand beneath the files of the
/// administrator: what a file says holds. A few keys of known form and nothing else, whatever is in
/// their file: who can write there must not become who the supervisor is.
struct OwnSettings {
    struct Domain {
        std::string name;
        std::vector<std::string> next_hops;
        bool takes_any = false; ///< recipients: any; else callout
    };
    std::vector<Domain> domains;
    std::string preset; ///< "tag": one of the embedded policies
    unsigned revision = 0; ///< of the policy, instead of a preset (`policy_revisions`); 0: none
    std::vector<std::string> block_lists; ///< zones
    /// What uses the certificate that was handed in (`own_certificate`): "listener mx", "web".
    std::vector<std::string> certificate_for;

    std::string json() const;
    /// As a part of mailweir.yaml, but for the revision and the certificate.
    std::string yaml() const;
};

/// Where a data directory keeps them.
std::string own_settings_file(const std::string& data);
/// Those of a data directory; none where the file is missing or makes no sense.
OwnSettings read_own_settings(const std::string& data);
/// `patch` is a JSON object with any of domains, preset, block_lists and certificate_for; a preset
/// takes the place of a revision. The error is one sentence.
std::expected<OwnSettings, std::string> with_changes(OwnSettings settings, std::string_view patch);
/// Durable, whole or not at all.
std::expected<void, std::string> write_own_settings(const std::string& data,
                                                    const OwnSettings& settings);
}
