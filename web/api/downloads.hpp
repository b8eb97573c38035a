// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/http.hpp"
#include "web/api/principal.hpp"

#include <map>
#include <memory>
#include <string>

namespace web {
/// Answers that stay in memory until a client has taken them to the last octet, however slowly: a
/// few at a time of each account and in all, so that nobody fills the gate. On one loop.
class Downloads {
public:
    static constexpr std::size_t most = 8, most_of_account = 2;
    /// Those of this process.
    static Downloads& here();
    /// One download, as long as it lasts.
    class Place;
    /// nullptr: there are too many. Commands of the machine itself, which have no account, always
    /// have one.
    std::shared_ptr<Place> begin(const Principal& principal);

private:
    struct Counts {
        std::size_t all = 0;
        std::map<std::int64_t, std::size_t> of;
    };
    std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();
};

/// A body that is sent piece by piece; the place is free when it is taken.
net::HttpResponse download(std::shared_ptr<Downloads::Place> place, std::string content_type,
                           std::string body);
net::HttpResponse too_many_downloads();
}
