// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/feeds/feed_folder.hpp"
#include "filters/feeds/feed_store.hpp"
#include "tests/unit/filters/folder.hpp"

namespace filters::feeds::test {
using filters::test::Folder;

inline const auth::PrivateKey& signer()
{
    static const auto key = auth::PrivateKey::generate(auth::KeyType::ed25519);
    return key;
}
inline std::string public_text(const auth::PrivateKey& key)
{
    const auto record = key.record();
    return record.substr(record.find("p=") + 2);
}
inline FeedKey public_key(const auth::PrivateKey& key = signer())
{
    return *FeedKey::parse(public_text(key));
}
inline const std::chrono::sys_seconds start{std::chrono::seconds{1'800'000'000}};

/// Signs what lies in a folder, as `mailweir update sign` does; returns the index.
inline FeedIndex publish(const Folder& folder, const std::string& name = "site",
                         std::chrono::sys_seconds now = start)
{
    auto index = index_of_folder(folder.path, name, now);
    if (!index)
        throw std::runtime_error{index.error()};
    write_index(folder.path, signed_text(*index, signer()));
    return *index;
}
}
