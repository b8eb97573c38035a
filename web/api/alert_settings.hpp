// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/address.hpp"
#include "gateway/mail/ip.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace web {
/// A program that hears of alerts by HTTPS.
struct HookSettings {
    std::string url;
    std::string secret_file; ///< its first line keys the signature
    std::string ca_file; ///< "": the system's
    std::vector<mail::Network> networks; ///< where it may be besides the public network
};

/// Who is told what and when.
struct AlertSettings {
    enum class Report { off, daily, weekly };
    std::vector<mail::Mailbox> mail;
    std::optional<HookSettings> hook;
    bool is_japanese = false;
    std::chrono::milliseconds after{60'000}; ///< so long something is bad before it is told
    std::chrono::milliseconds well_after{300'000}; ///< and so long well again
    std::chrono::milliseconds remind{24 * 3600'000};
    std::chrono::milliseconds queue_age{4 * 3600'000}; ///< health complains of older mail
    /// So often public lists are asked about our addresses and domains; 0: never.
    std::chrono::milliseconds public_lists{0};
    Report report = Report::off;
    std::chrono::minutes at{7 * 60}; ///< of a day here
};
}
