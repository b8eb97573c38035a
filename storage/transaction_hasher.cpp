// SPDX-License-Identifier: Apache-2.0
#include "storage/dedupe.hpp"

#include <algorithm>
#include <new>
#include <xxhash.h>

namespace storage {
namespace {
constexpr unsigned v4_network = 24;
constexpr unsigned v6_network = 48;
}

struct TransactionHasher::State {
    XXH3_state_t* hash = XXH3_createState();
    ~State() { XXH3_freeState(hash); }
    void add(std::string_view text)
    {
        // With its length before it, no two lists of texts run together into the same bytes.
        const std::uint64_t size = text.size();
        XXH3_128bits_update(hash, &size, sizeof size);
        XXH3_128bits_update(hash, text.data(), text.size());
    }
};

TransactionHasher::TransactionHasher(std::uint64_t secret) : state_{std::make_unique<State>()}
{
    if (!state_->hash)
        throw std::bad_alloc{};
    XXH3_128bits_reset_withSeed(state_->hash, secret);
}

TransactionHasher::~TransactionHasher() = default;

TransactionHasher::TransactionHasher(TransactionHasher&&) noexcept = default;

void TransactionHasher::envelope(const mail::Ip& client, const mail::ReversePath& sender,
                                 std::vector<std::string> recipient_keys)
{
    const auto network = client.network(client.is_v4() ? v4_network : v6_network);
    XXH3_128bits_update(state_->hash, network.bytes().data(), network.bytes().size());
    state_->add(sender ? sender->key() : std::string{});
    std::ranges::sort(recipient_keys);
    const std::uint64_t count = recipient_keys.size();
    XXH3_128bits_update(state_->hash, &count, sizeof count);
    for (const auto& key : recipient_keys)
        state_->add(key);
}

void TransactionHasher::update(std::string_view bytes)
{
    XXH3_128bits_update(state_->hash, bytes.data(), bytes.size());
}

TransactionHash TransactionHasher::finish()
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_->hash));
    TransactionHash hash{};
    std::ranges::copy(canonical.digest, hash.begin());
    // All zero means that none was computed.
    if (hash == TransactionHash{})
        hash.back() = 1;
    return hash;
}
}
