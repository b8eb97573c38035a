// SPDX-License-Identifier: Apache-2.0
// MTA-STS: what strangers publish as policy and as its record.
#include "gateway/smtp/sts_policy.hpp"
#include "tests/fuzz/require.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text{reinterpret_cast<const char*>(data), size};
    if (const auto policy = smtp::parse_sts_policy(text)) {
        require(policy->mode == smtp::StsPolicy::Mode::none || !policy->mx.empty());
        for (const auto& pattern : policy->mx)
            require(policy->allows(pattern.starts_with("*.") ? "a" + pattern.substr(1) : pattern));
    }
    net::DnsAnswer answer{.status = net::DnsAnswer::Status::found};
    answer.records = {{.data = text}};
    if (const auto id = smtp::sts_id(answer))
        require(!id->empty() && id->size() <= 32);
    return 0;
}
