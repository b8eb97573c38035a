// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/unrouted.hpp"

namespace smtp {
namespace {
constexpr std::size_t most = 100; // beyond that one domain more tells nobody anything
}

Unrouted& Unrouted::here()
{
    static Unrouted unrouted;
    return unrouted;
}

void Unrouted::add(const std::string& domain)
{
    const std::scoped_lock lock{mutex_};
    if (domains_.size() < most)
        domains_.insert(domain);
}

void Unrouted::remove(const std::string& domain)
{
    const std::scoped_lock lock{mutex_};
    domains_.erase(domain);
}

std::vector<std::string> Unrouted::domains() const
{
    const std::scoped_lock lock{mutex_};
    return {domains_.begin(), domains_.end()};
}
}
